/** Copies of a tensor beside each other. */
import { fail } from "../diagnostics.js";
import { describeValue } from "../ir/guards.js";
import { addMethods, type Expression } from "../ir/op.js";
import type { Dim, Is, Shape } from "../ir/shape.js";
import { mul, one, size, type Size } from "../ir/size.js";
import { broadcastTo } from "./broadcast.js";
import { isOne, reshape } from "./reshape.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * Repeats x along each axis as often as `repeats` says, aligned at the last axis: [2, 3] becomes [4, 3] by
     * `tile([2, 1])` and [5, 2, 3] by `tile([5, 1, 1])`. A repeated axis is `number` in the type, unless its size is 1.
     * The gradient is summed over the copies.
     */
    tile<R extends Shape, const N extends readonly number[]>(this: Tensor<R>, repeats: N): Tensor<Tile<R, N, []>>;
  }

  interface IntTensorMethods {
    /**
     * Repeats x along each axis as often as `repeats` says, aligned at the last axis: [2, 3] becomes [4, 3] by
     * `tile([2, 1])` and [5, 2, 3] by `tile([5, 1, 1])`. A repeated axis is `number` in the type, unless its size is 1.
     */
    tile<R extends Shape, const N extends readonly number[]>(this: IntTensor<R>, repeats: N): IntTensor<Tile<R, N, []>>;
  }

  interface BoolTensorMethods {
    /**
     * Repeats x along each axis as often as `repeats` says, aligned at the last axis: [2, 3] becomes [4, 3] by
     * `tile([2, 1])` and [5, 2, 3] by `tile([5, 1, 1])`. A repeated axis is `number` in the type, unless its size is 1.
     */
    tile<R extends Shape, const N extends readonly number[]>(
      this: BoolTensor<R>,
      repeats: N,
    ): BoolTensor<Tile<R, N, []>>;
  }
}

// prettier-ignore
type Tile<S extends Shape, N extends Shape, Done extends Shape> =
  N extends readonly [...infer M extends Shape, infer E extends Dim]
    ? S extends readonly [...infer L extends Shape, infer D extends Dim]
      ? Tile<L, M, [Is<E, 1, N> extends true ? D : Is<D, 1, S> extends true ? E : number, ...Done]>
      : number extends S["length"] ? Shape
      : Tile<[], M, [E, ...Done]>
    : number extends N["length"] ? Shape
    : [...S, ...Done];

/** Copies of x beside each other: repeated along an axis before each one, which is then joined with it. */
export function tile(x: Expression, repeats: readonly number[]): Expression {
  if (!Array.isArray(repeats) || repeats.some((each) => !Number.isInteger(each) || each < 1)) {
    fail({
      code: "invalid-argument",
      message: "tile: the repeats are not numbers of copies",
      expected: "an array of whole numbers, at least 1",
      found: describeValue(repeats),
    });
  }
  const rank = Math.max(repeats.length, x.shape.length);
  const extents = Array.from({ length: rank }, (_, axis) => x.shape[axis - rank + x.shape.length] ?? one);
  const copies = extents.map((_, axis) => repeats[axis - rank + repeats.length] ?? 1);
  const isCopied = (axis: number): boolean => copies[axis] !== 1;
  const apart = extents.flatMap((each, axis) => (isCopied(axis) && !isOne(each) ? [one, each] : [each]));
  const copied = extents.flatMap((each, axis): Size[] => {
    const count = size(copies[axis] as number);
    if (!isCopied(axis)) return [each];
    return isOne(each) ? [count] : [count, each];
  });
  const joined = extents.map((each, axis) => mul(each, size(copies[axis] as number)));
  return reshape.node([broadcastTo(reshape.node([x], { shape: apart }), copied)], { shape: joined });
}

addMethods({ tile });
