import { addMethods } from "../ir/op.js";
import type { Expression } from "../ir/op.js";
import type { Shape } from "../ir/shape.js";
import { unaryOp } from "./elementwise.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /** `-x`, elementwise. The gradient is `-dy`. */
    neg<R extends Shape>(this: Tensor<R>): Tensor<R>;
  }

  interface Scalar {
    /** `-x`. */
    neg(): Scalar;
  }
}

export const neg = unaryOp({
  name: "neg",
  scalar: "neg",
  elements: ["float", "int32", "scalar"],
  evaluate: (x) => -x,
  gradient: (cotangent): Expression => neg(cotangent),
});

addMethods({ neg });
