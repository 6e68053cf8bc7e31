/** The elements where two axes have the same index: the diagonal of a matrix. */
import type { Expression, Operand } from "../ir/op.js";
import { defineOp } from "../ir/op.js";
import { equal, one, type Size } from "../ir/size.js";
import { broadcastTo } from "./broadcast.js";
import { eq } from "./compare.js";
import { coordinates, countOf, offsetOf, stridesOf } from "./rowMajor.js";
import { iota } from "./gatherLast.js";
import { reshape } from "./reshape.js";
import { where } from "./where.js";

type Axes = { readonly first: number; readonly second: number };

/** The index in x at an index of the diagonal: the second axis repeats the first one's. */
const inside = <T>(index: readonly T[], { first, second }: Axes): T[] => index.toSpliced(second, 0, index[first] as T);

/** The elements where the axes `first < second`, which are of one size, have the same index; the second disappears. */
export const diagonal = defineOp<[x: Operand, first: number, second: number], Axes>({
  name: "diagonal",
  parse: (x, first, second) => ({ args: [x], attributes: { first, second } }),
  infer([x], { first, second }) {
    const { shape, element } = x;
    if (!equal(shape[first] as Size, shape[second] as Size)) throw new Error("a diagonal of axes that differ");
    return { shape: shape.toSpliced(second, 1), element };
  },
  gradient({ args: [x], cotangent, attributes: { first, second } }) {
    const { shape } = x;
    const along = (axis: number): Expression => {
      const counted = shape.map((each, other) => (other === axis ? each : one));
      return broadcastTo(reshape(iota([shape[axis] as Size]), counted), shape);
    };
    const spread = reshape.node([cotangent], { shape: shape.with(second, one) });
    return [where(eq(along(first), along(second)), broadcastTo(spread, shape), 0)];
  },
  lowering: { kind: "view", read: ({ index, at, attributes }) => at(0, inside(index, attributes)) },
  evaluate([x], { shape, attributes }) {
    const strides = stridesOf(x.shape);
    const result = new Float64Array(countOf(shape));
    let position = 0;
    for (const at of coordinates(shape))
      result[position++] = x.data[offsetOf(inside(at, attributes), strides)] as number;
    return result;
  },
});
