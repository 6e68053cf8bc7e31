import type { Operand } from "../ir/op.js";
import { addMethods, defineOp } from "../ir/op.js";
import type { Shape } from "../ir/shape.js";
import { add } from "./add.js";
import { clamp } from "./clamp.js";
import { lt } from "./compare.js";
import { div } from "./div.js";
import { requireElement } from "./elementwise.js";
import { where } from "./where.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * `min(max(x + 3, 0), 6) / 6`, elementwise: a sigmoid of three straight lines; NaN stays NaN. The gradient is
     * `dy / 6` where -3 < x < 3, else 0: at -3 and 3 it is 0, as in PyTorch.
     */
    hardSigmoid<R extends Shape>(this: Tensor<R>): Tensor<R>;
  }
}

export const hardSigmoid = defineOp<[x: Operand], Record<string, never>>({
  name: "hardSigmoid",
  parse: (x) => ({ args: [x] }),
  infer([x]) {
    requireElement("hardSigmoid", x, ["float"]);
    return x;
  },
  expand: ([x]) => div(clamp(add(x, 3), 0, 6), 6),
  gradient: ({ args: [x], cotangent }) => [where(lt(-3, x), where(lt(x, 3), div(cotangent, 6), 0), 0)],
});

addMethods({ hardSigmoid });
