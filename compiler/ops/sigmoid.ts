import type { Operand } from "../ir/op.js";
import { addMethods, defineOp } from "../ir/op.js";
import type { Shape } from "../ir/shape.js";
import { add } from "./add.js";
import { div } from "./div.js";
import { requireElement } from "./elementwise.js";
import { exp } from "./exp.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";
import { sub } from "./sub.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /** `1 / (1 + e^-x)`, elementwise. The gradient is `s (1 - s) dy`, where s is the result. */
    sigmoid<R extends Shape>(this: Tensor<R>): Tensor<R>;
  }

  interface HostNumber {
    /** `1 / (1 + e^-x)`. */
    sigmoid(): HostNumber;
  }
}

export const sigmoid = defineOp<[x: Operand], Record<string, never>>({
  name: "sigmoid",
  parse: (x) => ({ args: [x] }),
  infer([x]) {
    requireElement("sigmoid", x, ["float", "scalar"]);
    return x;
  },
  // 1 / (1 + exp(-x)): where exp overflows the quotient is 0, as it should be.
  expand: ([x]) => div(1, add(exp(neg(x)), 1)),
  // d(sigmoid x) = s (1 - s) dx
  gradient: ({ cotangent, result }) => [mul(cotangent, mul(result, sub(1, result)))],
});

addMethods({ sigmoid });
