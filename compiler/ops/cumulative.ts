/** Accumulation along an axis: scalars are carried from element to element, and a result is stored at each. */
import type { Lowering } from "../ir/lowering.js";
import type { Attributes } from "../ir/op.js";
import type { Scalar, ScalarType } from "../ir/scalar.js";
import { indexSize, one, sub, type Size } from "../ir/size.js";
import { carry, local, loop } from "./rowProgram.js";
import type { Statement } from "../ir/kernel.js";

export interface Accumulation {
  /** The carried scalars before the first element. `element` is the type of the elements. */
  initial(element: ScalarType, accumulator: ScalarType): readonly Scalar[];
  /** The carried scalars after one more element, which stands at `place`. */
  step(carried: readonly Scalar[], value: Scalar, place: Size): readonly Scalar[];
  /** The result to store there, of the result's type. */
  result(carried: readonly Scalar[], type: ScalarType): Scalar;
}

/** The lowering of an accumulation from the first element to the last, or, reversed, from the last to the first. */
export function scanLowering<A extends Attributes & { readonly axis: number; readonly reverse?: boolean }>({
  initial,
  step,
  result,
}: Accumulation): Lowering<A> {
  return {
    kind: "row",
    axis: ({ axis }) => axis,
    readsOnce: true,
    program(row) {
      const index = row.index("k", row.extent);
      const place = row.attributes.reverse ? sub(sub(row.extent, one), indexSize(index)) : indexSize(index);
      const value = row.at(0, place);
      const carried = initial(value.type, row.accumulator(value.type)).map((each) => carry(row, "so far", each));
      const body: Statement[] = [];
      const next = step(
        carried.map((each) => each.inside),
        value,
        place,
      ).map((each) => local(row, body, "now", each));
      body.push(row.store(place, result(next, row.type)));
      return [
        loop(
          index,
          carried.map((each, position) => each.to(next[position] as Scalar)),
          body,
        ),
      ];
    },
  };
}

/** The numbers of each row along an axis, as offsets into a dense array. */
export function* rowsOf(shape: readonly number[], axis: number): Generator<readonly number[]> {
  const extent = shape[axis] as number;
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const outer = shape.slice(0, axis).reduce((a, b) => a * b, 1);
  for (let i = 0; i < outer; i++) {
    for (let j = 0; j < inner; j++) {
      yield Array.from({ length: extent }, (_, k) => (i * extent + k) * inner + j);
    }
  }
}
