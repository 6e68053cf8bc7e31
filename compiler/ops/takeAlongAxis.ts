/** Reading at computed places of each row along an axis, and its adjoint, adding there. */
import type { Expression, TensorType } from "../ir/op.js";
import { defineOp, literal, printType, requireTensor, shapeFault } from "../ir/op.js";
import type { CheckAxes, ShapeFault, Match, Replace, Shape, Show } from "../ir/shape.js";
import { equal, printShape, type Size } from "../ir/size.js";
import type { IntTensor, TensorOf } from "../ir/tensorMethods.js";
import { broadcastTo } from "./broadcast.js";
import type { AnyTensor } from "./concat.js";
import { requireIndices } from "./gather.js";
import { axisOf } from "./reshape.js";
import { rowsOf } from "./cumulative.js";
import type { ElementOf, ShapeOf } from "./where.js";

/**
 * Indices with the shape of x, apart from the axis; else the sentence. An axis that does not exist is a fault of the
 * axis alone.
 */
// prettier-ignore
type IndicesAlong<S extends Shape, I extends Shape, A extends number> =
  number extends A ? IntTensor<I>
  : CheckAxes<S, A, "takeAlongAxis"> extends ShapeFault<string> ? IntTensor<I>
  : Match<Replace<S, A, [number]>, I> extends null
    ? `takeAlongAxis: ${Show<S>} and indices ${Show<I>} differ beside axis ${A}`
    : IntTensor<I>;

export interface TakeAlongAxis {
  /**
   * From each row of x along an axis (default -1), the elements that the indices of the same row name, as NumPy's
   * `take_along_axis`: x [batch, 100] and indices [batch, 5] make [batch, 5]. Apart from that axis both have the same
   * shape. Indices lie in [0, size): indices from an input are checked before the call; computed ones are clamped, and
   * the result's `clamped` counts them. The gradient accumulates at the positions that were read.
   */
  <X extends AnyTensor, I extends Shape, const A extends number = -1>(
    x: X,
    indices: IndicesAlong<ShapeOf<X>, I, A>,
    axis?: A & CheckAxes<ShapeOf<X>, A, "takeAlongAxis">,
  ): TensorOf<ElementOf<X> & string, I>;
}

const clamp = (value: number, extent: number): number => Math.min(Math.max(value, 0), extent - 1);

function requireRows(name: string, axis: number, x: TensorType, indices: TensorType): void {
  requireIndices(name, indices);
  const same = (each: Size, at: number): boolean => at === axis || equal(each, indices.shape[at] as Size);
  if (x.shape.length === indices.shape.length && x.shape.every(same)) return;
  shapeFault(
    `${name}: the shapes differ beside axis ${axis}`,
    `indices as x, ${printShape(x.shape)}, but for axis ${axis}`,
    printType(indices),
  );
}

type Along = { readonly axis: number } & Record<string, unknown>;

export const takeAlongAxis = defineOp<[x: Expression, indices: Expression, axis?: number], Along>({
  name: "takeAlongAxis",
  parse: (x, indices, axis = -1) => ({
    args: [x, indices],
    attributes: { axis: axisOf("takeAlongAxis", axis, requireTensor("takeAlongAxis", x, 1).shape.length) },
  }),
  infer([x, indices], { axis }) {
    requireRows("takeAlongAxis", axis, x, indices);
    return { shape: indices.shape, element: x.element };
  },
  indices: ([x], { axis }) => ({ argument: 1, below: x.shape[axis] as Size }),
  gradient: ({ args: [x, indices], cotangent, attributes: { axis } }): [Expression, null] => [
    scatteredAlongAxis(indices, cotangent, { shape: x.shape, axis }),
    null,
  ],
  lowering: {
    kind: "point",
    read({ index, at, args, attributes: { axis }, asIndex }) {
      const place = asIndex(at(1, index), args[0].shape[axis] as Size);
      return at(0, index.with(axis, place));
    },
  },
  evaluate([from, places], { attributes: { axis } }) {
    const result = new Float64Array(places.data.length);
    const rows = rowsOf(from.shape, axis);
    for (const to of rowsOf(places.shape, axis)) {
      const row = rows.next().value as readonly number[];
      for (const at of to) {
        const place = clamp(places.data[at] as number, row.length);
        result[at] = from.data[row[place] as number] as number;
      }
    }
    return result;
  },
});

/** x, with each update added in its row along `axis` at the place that `indices` names, in order. */
export const scatterAlongAxis = defineOp<
  [x: Expression, indices: Expression, updates: Expression, axis: number],
  Along
>({
  name: "scatterAlongAxis",
  parse: (x, indices, updates, axis) => ({ args: [x, indices, updates], attributes: { axis } }),
  infer([x, indices], { axis }) {
    requireRows("scatterAlongAxis", axis, x, indices);
    return x;
  },
  indices: ([x], { axis }) => ({ argument: 1, below: x.shape[axis] as Size }),
  gradient: ({ args: [, indices], cotangent, attributes: { axis } }): [Expression, null, Expression] => [
    cotangent,
    null,
    takeAlongAxis.node([cotangent, indices], { axis }),
  ],
  lowering: {
    kind: "scatter",
    target: ({ index, at, attributes: { axis }, shape, asIndex }) =>
      index.with(axis, asIndex(at(1, index), shape[axis] as Size)),
  },
  evaluate([x, places, from], { shape, attributes: { axis } }) {
    const result = Float64Array.from(x.data);
    const rows = rowsOf(shape, axis);
    for (const row of rowsOf(from.shape, axis)) {
      const to = rows.next().value as readonly number[];
      for (const at of row) {
        const place = to[clamp(places.data[at] as number, to.length)] as number;
        result[place] = (result[place] as number) + (from.data[at] as number);
      }
    }
    return result;
  },
});

/** Zeros of a shape, with each update added in its row along `axis` at the place that `indices` names. */
export const scatteredAlongAxis = (
  indices: Expression,
  updates: Expression,
  { shape, axis }: { readonly shape: readonly Size[]; readonly axis: number },
): Expression => scatterAlongAxis.node([broadcastTo(literal(0, "float"), shape), indices, updates], { axis });
