import { addMethods } from "../ir/op.js";
import type { Expression } from "../ir/op.js";
import type { Shape } from "../ir/shape.js";
import { unaryOp } from "./elementwise.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * The sine of an angle in radians, elementwise, within 2 ulp up to 2e5; the error grows beyond, and beyond 2^30 every
     * angle counts as 0. The gradient is `cos(x) dy`.
     */
    sin<R extends Shape>(this: Tensor<R>): Tensor<R>;

    /**
     * The cosine of an angle in radians, elementwise, within 2 ulp up to 2e5; the error grows beyond, and beyond 2^30 every
     * angle counts as 0. The gradient is `-sin(x) dy`.
     */
    cos<R extends Shape>(this: Tensor<R>): Tensor<R>;
  }

  interface HostNumber {
    /** The sine of an angle in radians. */
    sin(): HostNumber;

    /** The cosine of an angle in radians. */
    cos(): HostNumber;
  }
}

// d(sin x) = cos(x) dx
export const sin = unaryOp({
  name: "sin",
  scalar: "sin",
  evaluate: Math.sin,
  gradient: (cotangent, x): Expression => mul(cotangent, cos(x)),
});

// d(cos x) = -sin(x) dx
export const cos = unaryOp({
  name: "cos",
  scalar: "cos",
  evaluate: Math.cos,
  gradient: (cotangent, x): Expression => neg(mul(cotangent, sin(x))),
});

addMethods({ cos, sin });
