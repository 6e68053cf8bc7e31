import { abstractSum } from "../ir/abstractValue.js";
import { addMethods } from "../ir/op.js";
import type { Broadcast, Shape } from "../ir/shape.js";
import { binaryOp } from "./elementwise.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * `x + other`, elementwise. The two shapes broadcast: aligned at the last axis, sizes are equal or one of them is
     * 1. Both operands receive `dy`. A gradient is summed over the axes that its operand was repeated along.
     */
    add<R extends Shape, B extends Shape = []>(
      this: Tensor<R>,
      other: TensorOperand<"add", R, B>,
    ): Tensor<Broadcast<R, B>>;
  }

  interface IntTensorMethods {
    /** `x + other`, elementwise, wrapping at 32 bits; the shapes broadcast. A number must be whole. */
    add<R extends Shape, B extends Shape = []>(
      this: IntTensor<R>,
      other: IntOperand<"add", R, B>,
    ): IntTensor<Broadcast<R, B>>;
  }

  interface HostNumber {
    /** `x + other`. */
    add(other: number | HostNumber): HostNumber;
  }
}

// d(x + y) = dx + dy
export const add = binaryOp({
  name: "add",
  noun: "sum",
  symbol: "+",
  scalar: "add",
  evaluate: (x, y) => x + y,
  abstract: abstractSum,
  strict: true,
  exactOnIntegers: true,
  staysNonNegative: (x, y) => x && y,
  gradient: ({ cotangent }) => [cotangent, cotangent],
});

addMethods({ add });
