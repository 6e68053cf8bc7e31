import type { Operand } from "../ir/op.js";
import { addMethods, defineOp } from "../ir/op.js";
import type { Shape } from "../ir/shape.js";
import { le } from "./compare.js";
import { requireElement } from "./elementwise.js";
import { where } from "./where.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * `max(x, 0)`, elementwise; NaN stays NaN. The gradient is 0 where x <= 0, else `dy`: at 0 it is 0, as in PyTorch.
     */
    relu<R extends Shape>(this: Tensor<R>): Tensor<R>;
  }
}

export const relu = defineOp<[x: Operand], Record<string, never>>({
  name: "relu",
  parse: (x) => ({ args: [x] }),
  infer([x]) {
    requireElement("relu", x, ["float", "int32"]);
    return x;
  },
  // A NaN is not <= 0: it passes, in the value and in the gradient.
  expand: ([x]) => where(le(x, 0), 0, x),
  // relu'(0) = 0. The rule reads the sign from the result, so that the argument need not be kept.
  gradient: ({ cotangent, result }) => [where(le(result, 0), 0, cotangent)],
});

addMethods({ relu });
