import { addMethods } from "../ir/op.js";
import type { Shape } from "../ir/shape.js";
import { div } from "./div.js";
import { unaryOp } from "./elementwise.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /** The natural logarithm, elementwise; -Infinity at 0 and NaN below. The gradient is `dy / x`. */
    log<R extends Shape>(this: Tensor<R>): Tensor<R>;
  }

  interface HostNumber {
    /** The natural logarithm. */
    log(): HostNumber;
  }
}

// d(log x) = dx / x
export const log = unaryOp({
  name: "log",
  scalar: "log",
  evaluate: Math.log,
  gradient: (cotangent, x) => div(cotangent, x),
});

addMethods({ log });
