import type { Operand } from "../ir/op.js";
import { addMethods, defineOp } from "../ir/op.js";
import type { Shape } from "../ir/shape.js";
import { le, lt } from "./compare.js";
import { requireElement } from "./elementwise.js";
import { where } from "./where.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * x limited to [low, high], elementwise; NaN stays NaN. Where low > high, the result is high. The gradient is `dy`
     * where low <= x <= high, bounds included, else 0, as in PyTorch. An infinite bound does not limit.
     */
    clamp<R extends Shape>(this: Tensor<R>, low: number | HostNumber, high: number | HostNumber): Tensor<R>;
  }

  interface IntTensorMethods {
    /** x limited to [low, high], elementwise. The bounds must be whole. */
    clamp<R extends Shape>(this: IntTensor<R>, low: number, high: number): IntTensor<R>;
  }

  interface HostNumber {
    /** x limited to [low, high]. */
    clamp(low: number | HostNumber, high: number | HostNumber): HostNumber;
  }
}

export const clamp = defineOp<[x: Operand, low: Operand, high: Operand], Record<string, never>>({
  name: "clamp",
  parse: (x, low, high) => ({ args: [x, low, high] }),
  infer([x]) {
    requireElement("clamp", x, ["float", "int32", "scalar"]);
    return x;
  },
  expand([x, low, high]) {
    const raised = where(lt(x, low), low, x);
    return where(lt(high, raised), high, raised);
  },
  gradient({ args: [x, low, high], cotangent }) {
    return [where(le(low, x), where(le(x, high), cotangent, 0), 0), null, null];
  },
});

addMethods({ clamp });
