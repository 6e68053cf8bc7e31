import { addMethods } from "../ir/op.js";
import type { Shape } from "../ir/shape.js";
import { unaryOp } from "./elementwise.js";
import { mul } from "./mul.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /** `e^x`, elementwise. The gradient is `exp(x) dy`. */
    exp<R extends Shape>(this: Tensor<R>): Tensor<R>;
  }

  interface HostNumber {
    /** `e^x`. */
    exp(): HostNumber;
  }
}

// d(exp x) = exp(x) dx
export const exp = unaryOp({
  name: "exp",
  scalar: "exp",
  evaluate: Math.exp,
  staysNonNegative: true,
  gradient: (cotangent, _, result) => mul(cotangent, result),
});

addMethods({ exp });
