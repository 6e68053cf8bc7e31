import { abstractPower } from "../ir/abstractValue.js";
import { addMethods } from "../ir/op.js";
import type { Expression } from "../ir/op.js";
import type { Broadcast, Shape } from "../ir/shape.js";
import { binary } from "../ir/scalar.js";
import { binaryOp } from "./elementwise.js";
import { log } from "./log.js";
import { mul } from "./mul.js";
import { sub } from "./sub.js";
import { eq, ge } from "./compare.js";
import { and } from "./logical.js";
import { where } from "./where.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * `x ^ other`, elementwise. The two shapes broadcast: aligned at the last axis, sizes are equal or one of them is
     * 1. The gradients are `other x^(other - 1) dy`, and `x^other log(x) dy` for the exponent. As in PyTorch, x
     * receives no gradient where the exponent is 0, and the exponent receives none where x is 0 and the exponent is not
     * negative.
     */
    pow<R extends Shape, B extends Shape = []>(
      this: Tensor<R>,
      other: TensorOperand<"pow", R, B>,
    ): Tensor<Broadcast<R, B>>;
  }

  interface HostNumber {
    /** `x ^ other`. */
    pow(other: number | HostNumber): HostNumber;
  }
}

// d(x^y) = y x^(y - 1) dx + x^y log(x) dy. As PyTorch has it: no gradient to x where y = 0, none to y where x = 0 <= y.
export const pow = binaryOp({
  name: "pow",
  noun: "power",
  symbol: "**",
  // The host raises decay rates to the number of the step, which is whole.
  scalar: (x, y) => binary(y.kind === "variable" && y.name === "step" ? "power" : "pow", x, y),
  elements: ["float", "scalar"],
  evaluate: Math.pow,
  abstract: abstractPower,
  staysNonNegative: (x) => x,
  gradient({ cotangent, result }, x, y): [Expression, Expression] {
    const slope = mul(y, pow(x, sub(y, 1)));
    const toExponent = where(and(eq(x, 0), ge(y, 0)), 0, mul(result, log(x)));
    return [mul(cotangent, where(eq(y, 0), 0, slope)), mul(cotangent, toExponent)];
  },
});

addMethods({ pow });
