import { addMethods } from "../ir/op.js";
import type { Shape } from "../ir/shape.js";
import { unaryOp } from "./elementwise.js";
import { mul } from "./mul.js";
import { sub } from "./sub.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /** The hyperbolic tangent, elementwise. The gradient is `(1 - tanh(x)^2) dy`. */
    tanh<R extends Shape>(this: Tensor<R>): Tensor<R>;
  }

  interface HostNumber {
    /** The hyperbolic tangent. */
    tanh(): HostNumber;
  }
}

// d(tanh x) = (1 - tanh^2 x) dx
export const tanh = unaryOp({
  name: "tanh",
  scalar: "tanh",
  evaluate: Math.tanh,
  gradient: (cotangent, _, result) => mul(cotangent, sub(1, mul(result, result))),
});

addMethods({ tanh });
