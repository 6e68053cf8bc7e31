import { addMethods } from "../ir/op.js";
import type { Shape } from "../ir/shape.js";
import { gt, lt } from "./compare.js";
import { unaryOp } from "./elementwise.js";
import { neg } from "./neg.js";
import { where } from "./where.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /** The magnitude, elementwise. The gradient is `sign(x) dy`: at 0 it is 0, as in PyTorch. */
    abs<R extends Shape>(this: Tensor<R>): Tensor<R>;
  }

  interface HostNumber {
    /** The magnitude. */
    abs(): HostNumber;
  }
}

// abs'(0) = 0
export const abs = unaryOp({
  name: "abs",
  noun: "magnitude",
  scalar: "abs",
  elements: ["float", "int32", "scalar"],
  evaluate: Math.abs,
  exactOnIntegers: true,
  staysNonNegative: true,
  gradient: (cotangent, x) => where(gt(x, 0), cotangent, where(lt(x, 0), neg(cotangent), 0)),
});

addMethods({ abs });
