/** Repetition along axes, as the user asks for it. */
import type { Expression } from "../ir/op.js";
import { addMethods, shapeFault, toShape } from "../ir/op.js";
import type { CheckBroadcast, Dim, Is, Shape } from "../ir/shape.js";
import { printShape, type Size, type SizeLike } from "../ir/size.js";
import { broadcast } from "./broadcast.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * Repeats x along new leading axes and along axes of size 1, until it has the given shape; -1 leaves a size as it
     * is. Aligned at the last axis, each size of x is 1 or equal to the given one. Nothing is copied. Binary operations
     * broadcast by themselves. The gradient is summed over the repeated axes.
     */
    expand<R extends Shape, const T extends Shape>(
      this: Tensor<R>,
      shape: readonly [...T] & CheckBroadcast<R, Filled<R, T, []>, "expand">,
    ): Tensor<Filled<R, T, []>>;
  }

  interface IntTensorMethods {
    /**
     * Repeats x along new leading axes and along axes of size 1, until it has the given shape; -1 leaves a size as it
     * is. Aligned at the last axis, each size of x is 1 or equal to the given one. Nothing is copied. Binary operations
     * broadcast by themselves.
     */
    expand<R extends Shape, const T extends Shape>(
      this: IntTensor<R>,
      shape: readonly [...T] & CheckBroadcast<R, Filled<R, T, []>, "expand">,
    ): IntTensor<Filled<R, T, []>>;
  }

  interface BoolTensorMethods {
    /**
     * Repeats x along new leading axes and along axes of size 1, until it has the given shape; -1 leaves a size as it
     * is. Aligned at the last axis, each size of x is 1 or equal to the given one. Nothing is copied. Binary operations
     * broadcast by themselves.
     */
    expand<R extends Shape, const T extends Shape>(
      this: BoolTensor<R>,
      shape: readonly [...T] & CheckBroadcast<R, Filled<R, T, []>, "expand">,
    ): BoolTensor<Filled<R, T, []>>;
  }
}

/** T with the sizes of S in the place of -1, aligned at the last axis. */
// prettier-ignore
type Filled<S extends Shape, T extends Shape, Done extends Shape> =
  T extends readonly [...infer M extends Shape, infer E extends Dim]
    ? S extends readonly [...infer L extends Shape, infer D extends Dim]
      ? Filled<L, M, [Is<E, -1, T> extends true ? D : E, ...Done]>
    : Filled<S, M, [Is<E, -1, T> extends true ? number : E, ...Done]>
  : number extends T["length"] ? Shape
  : Done;

/** The given shape, with sizes of x in the place of -1. */
export function expand(x: Expression, shape: readonly SizeLike[]): Expression {
  const sizes = toShape("expand", shape);
  const lead = sizes.length - x.shape.length;
  const filled = sizes.map((each, axis) => {
    if (shape[axis] !== -1) return each;
    return x.shape[axis - lead] ?? newAxis(x.shape, axis);
  });
  return broadcast(x, filled);
}

function newAxis(shape: readonly Size[], axis: number): never {
  return shapeFault(
    `expand: axis ${axis} is new and has no size yet`,
    "a size",
    `-1, with ${printShape(shape)} to repeat`,
  );
}

addMethods({ expand });
