import { abstractRoot } from "../ir/abstractValue.js";
import { addMethods } from "../ir/op.js";
import type { Shape } from "../ir/shape.js";
import { div } from "./div.js";
import { unaryOp } from "./elementwise.js";
import { mul } from "./mul.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /** The square root, elementwise; NaN below 0. The gradient is `dy / (2 sqrt(x))`: infinite at 0, as in PyTorch. */
    sqrt<R extends Shape>(this: Tensor<R>): Tensor<R>;
  }

  interface HostNumber {
    /** The square root. */
    sqrt(): HostNumber;
  }
}

// d(sqrt x) = dx / (2 sqrt x), infinite at 0
export const sqrt = unaryOp({
  name: "sqrt",
  noun: "root",
  scalar: "sqrt",
  evaluate: Math.sqrt,
  abstract: abstractRoot,
  strict: true,
  staysNonNegative: true,
  gradient: (cotangent, _, result) => div(cotangent, mul(result, 2)),
});

addMethods({ sqrt });
