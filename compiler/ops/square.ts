import type { Expression, Operand, TensorType } from "../ir/op.js";
import { addMethods, defineOp } from "../ir/op.js";
import type { Shape } from "../ir/shape.js";
import { requireElement } from "./elementwise.js";
import { mul } from "./mul.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /** `x * x`, elementwise. The gradient is `2 x dy`. */
    square<R extends Shape>(this: Tensor<R>): Tensor<R>;
  }

  interface Scalar {
    /** `x * x`. */
    square(): Scalar;
  }
}

export const square = defineOp<[x: Operand], Record<string, never>>({
  name: "square",
  parse: (x) => ({ args: [x] }),
  infer([x]) {
    requireElement("square", x as TensorType, ["float", "int32", "scalar"]);
    return x as TensorType;
  },
  expand: ([x]) => mul(x as Expression, x as Expression),
  // d(x^2) = 2 x dx
  gradient: ({ args: [x], cotangent }) => [mul(cotangent, mul(x as Expression, 2))],
});

addMethods({ square });
