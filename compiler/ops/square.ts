import type { Operand } from "../ir/op.js";
import { addMethods, defineOp } from "../ir/op.js";
import type { Shape } from "../ir/shape.js";
import { requireElement } from "./elementwise.js";
import { mul } from "./mul.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /** `x * x`, elementwise. The gradient is `2 x dy`. */
    square<R extends Shape>(this: Tensor<R>): Tensor<R>;
  }

  interface HostNumber {
    /** `x * x`. */
    square(): HostNumber;
  }
}

export const square = defineOp<[x: Operand], Record<string, never>>({
  name: "square",
  parse: (x) => ({ args: [x] }),
  infer([x]) {
    requireElement("square", x, ["float", "int32", "scalar"]);
    return x;
  },
  expand: ([x]) => mul(x, x),
  // d(x^2) = 2 x dx
  gradient: ({ args: [x], cotangent }) => [mul(cotangent, mul(x, 2))],
});

addMethods({ square });
