/** The larger and the smaller of two tensors. A NaN on either side is the result, as PyTorch has it. */
import { abstractLarger, abstractSmaller } from "../ir/abstractValue.js";
import { addMethods } from "../ir/op.js";
import type { Expression } from "../ir/op.js";
import { lt as below, ne, or, select, type Scalar } from "../ir/scalar.js";
import type { Broadcast, Shape } from "../ir/shape.js";
import { eq, lt } from "./compare.js";
import { binaryOp } from "./elementwise.js";
import { mul } from "./mul.js";
import { where } from "./where.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * The larger of x and other, elementwise; NaN if either is. The two shapes broadcast: aligned at the last axis,
     * sizes are equal or one of them is 1. The gradient goes to the larger; where they are equal, half to each, and
     * where one is NaN, all of it to both, as in PyTorch.
     */
    maximum<R extends Shape, B extends Shape = []>(
      this: Tensor<R>,
      other: TensorOperand<"maximum", R, B>,
    ): Tensor<Broadcast<R, B>>;

    /**
     * The smaller of x and other, elementwise; NaN if either is. The two shapes broadcast: aligned at the last axis,
     * sizes are equal or one of them is 1. The gradient goes to the smaller; where they are equal, half to each, and
     * where one is NaN, all of it to both, as in PyTorch.
     */
    minimum<R extends Shape, B extends Shape = []>(
      this: Tensor<R>,
      other: TensorOperand<"minimum", R, B>,
    ): Tensor<Broadcast<R, B>>;
  }

  interface IntTensorMethods {
    /** The larger of x and other, elementwise; the shapes broadcast. A number must be whole. */
    maximum<R extends Shape, B extends Shape = []>(
      this: IntTensor<R>,
      other: IntOperand<"maximum", R, B>,
    ): IntTensor<Broadcast<R, B>>;

    /** The smaller of x and other, elementwise; the shapes broadcast. A number must be whole. */
    minimum<R extends Shape, B extends Shape = []>(
      this: IntTensor<R>,
      other: IntOperand<"minimum", R, B>,
    ): IntTensor<Broadcast<R, B>>;
  }

  interface HostNumber {
    /** The larger of x and other. */
    maximum(other: number | HostNumber): HostNumber;

    /** The smaller of x and other. */
    minimum(other: number | HostNumber): HostNumber;
  }
}

/**
 * The whole cotangent flows to the chosen operand; half to each where they are equal; the whole to both where one is
 * NaN.
 */
function share(cotangent: Expression, loser: Expression, winner: Expression): Expression {
  return where(lt(winner, loser), 0, where(eq(loser, winner), mul(cotangent, 0.5), cotangent));
}

const isNaN = (x: Scalar): Scalar => ne(x, x);

export const maximum = binaryOp({
  name: "maximum",
  scalar: (x, y) => select(or(below(y, x), isNaN(x)), x, y),
  evaluate: (x, y) => Math.max(x, y),
  abstract: abstractLarger,
  exactOnIntegers: true,
  staysNonNegative: (x, y) => x || y,
  gradient: ({ cotangent }, x, y) => [share(cotangent, y, x), share(cotangent, x, y)],
});

export const minimum = binaryOp({
  name: "minimum",
  scalar: (x, y) => select(or(below(x, y), isNaN(x)), x, y),
  evaluate: (x, y) => Math.min(x, y),
  abstract: abstractSmaller,
  exactOnIntegers: true,
  staysNonNegative: (x, y) => x && y,
  gradient: ({ cotangent }, x, y) => [share(cotangent, x, y), share(cotangent, y, x)],
});

addMethods({ maximum, minimum });
