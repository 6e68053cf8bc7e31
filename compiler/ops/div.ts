import { abstractQuotient } from "../ir/abstractValue.js";
import { addMethods } from "../ir/op.js";
import type { Expression } from "../ir/op.js";
import type { Broadcast, Shape } from "../ir/shape.js";
import { binaryOp } from "./elementwise.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * `x / other`, elementwise. The two shapes broadcast: aligned at the last axis, sizes are equal or one of them is
     * 1. The gradients are `dy / other` and `-x dy / other^2`. A gradient is summed over the axes that its operand was
     * repeated along.
     */
    div<R extends Shape, B extends Shape = []>(
      this: Tensor<R>,
      other: TensorOperand<"div", R, B>,
    ): Tensor<Broadcast<R, B>>;
  }

  interface HostNumber {
    /** `x / other`. */
    div(other: number | HostNumber): HostNumber;
  }
}

// d(x / y) = dx / y - (x / y) dy / y
export const div = binaryOp({
  name: "div",
  noun: "quotient",
  symbol: "/",
  scalar: "div",
  elements: ["float", "scalar"],
  evaluate: (x, y) => x / y,
  abstract: abstractQuotient,
  strict: true,
  simplify: (x, y) => (y.number === 1 ? x : undefined),
  staysNonNegative: (x, y) => x && y,
  gradient({ cotangent, result }, _, y): [Expression, Expression] {
    const scaled = div(cotangent, y);
    return [scaled, neg(mul(scaled, result))];
  },
});

addMethods({ div });
