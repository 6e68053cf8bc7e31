import { abstractNegative, abstractSum } from "../ir/abstractValue.js";
import { addMethods } from "../ir/op.js";
import type { Broadcast, Shape } from "../ir/shape.js";
import { binaryOp } from "./elementwise.js";
import { neg } from "./neg.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * `x - other`, elementwise. The two shapes broadcast: aligned at the last axis, sizes are equal or one of them is
     * 1. The gradients are `dy` and `-dy`. A gradient is summed over the axes that its operand was repeated along.
     */
    sub<R extends Shape, B extends Shape = []>(
      this: Tensor<R>,
      other: TensorOperand<"sub", R, B>,
    ): Tensor<Broadcast<R, B>>;
  }

  interface IntTensorMethods {
    /** `x - other`, elementwise, wrapping at 32 bits; the shapes broadcast. A number must be whole. */
    sub<R extends Shape, B extends Shape = []>(
      this: IntTensor<R>,
      other: IntOperand<"sub", R, B>,
    ): IntTensor<Broadcast<R, B>>;
  }

  interface HostNumber {
    /** `x - other`. */
    sub(other: number | HostNumber): HostNumber;
  }
}

// d(x - y) = dx - dy
export const sub = binaryOp({
  name: "sub",
  noun: "difference",
  symbol: "-",
  scalar: "sub",
  evaluate: (x, y) => x - y,
  abstract: (x, y) => abstractSum(x, abstractNegative(y)),
  strict: true,
  exactOnIntegers: true,
  simplify: (x, y) => (Object.is(y.number, 0) ? x : undefined),
  gradient: ({ cotangent }) => [cotangent, neg(cotangent)],
});

addMethods({ sub });
