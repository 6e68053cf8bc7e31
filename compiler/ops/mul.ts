import { abstractProduct, abstractSquare } from "../ir/abstractValue.js";
import { addMethods } from "../ir/op.js";
import type { Expression } from "../ir/op.js";
import type { Broadcast, Shape } from "../ir/shape.js";
import { binaryOp } from "./elementwise.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * `x * other`, elementwise; the matrix product is `matmul`. The two shapes broadcast: aligned at the last axis,
     * sizes are equal or one of them is 1. The gradients are `other dy` and `x dy`. A gradient is summed over the axes
     * that its operand was repeated along.
     */
    mul<R extends Shape, B extends Shape = []>(
      this: Tensor<R>,
      other: TensorOperand<"mul", R, B>,
    ): Tensor<Broadcast<R, B>>;
  }

  interface IntTensorMethods {
    /** `x * other`, elementwise, wrapping at 32 bits; the shapes broadcast. A number must be whole. */
    mul<R extends Shape, B extends Shape = []>(
      this: IntTensor<R>,
      other: IntOperand<"mul", R, B>,
    ): IntTensor<Broadcast<R, B>>;
  }

  interface HostNumber {
    /** `x * other`. */
    mul(other: number | HostNumber): HostNumber;
  }
}

// d(x y) = y dx + x dy
export const mul = binaryOp({
  name: "mul",
  noun: "product",
  symbol: "*",
  scalar: "mul",
  evaluate: (x, y) => x * y,
  abstract: (x, y, isSame) => (isSame ? abstractSquare(x) : abstractProduct(x, y)),
  strict: true,
  exactOnIntegers: true,
  simplify: (x, y) => (x.number === 1 ? y : y.number === 1 ? x : undefined),
  staysNonNegative: (x, y) => x && y,
  evaluateInteger: Math.imul,
  gradient: ({ cotangent }, x, y): [Expression, Expression] => [mul(cotangent, y), mul(cotangent, x)],
});

addMethods({ mul });
