import type { Operand } from "../ir/op.js";
import { addMethods, defineOp } from "../ir/op.js";
import type { Shape } from "../ir/shape.js";
import { gt } from "./compare.js";
import { requireElement } from "./elementwise.js";
import { mul } from "./mul.js";
import { where } from "./where.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * x where x > 0, else `slope x`; the slope is 0.01 by default. The gradient is `dy` where x > 0, else `slope dy`: at
     * 0 it is that of the negative side, as in PyTorch.
     */
    leakyRelu<R extends Shape>(this: Tensor<R>, slope?: number | HostNumber): Tensor<R>;
  }
}

export const leakyRelu = defineOp<[x: Operand, slope?: Operand], Record<string, never>>({
  name: "leakyRelu",
  parse: (x, slope = 0.01) => ({ args: [x, slope] }),
  infer([x]) {
    requireElement("leakyRelu", x, ["float"]);
    return x;
  },
  expand: ([x, slope]) => where(gt(x, 0), x, mul(x, slope)),
  gradient: ({ args: [x, slope], cotangent }) => [where(gt(x, 0), cotangent, mul(cotangent, slope)), null],
});

addMethods({ leakyRelu });
