import type { Operand } from "../ir/op.js";
import { addMethods, defineOp } from "../ir/op.js";
import type { Shape } from "../ir/shape.js";
import { abs } from "./abs.js";
import { add } from "./add.js";
import { div } from "./div.js";
import { requireElement } from "./elementwise.js";
import { exp } from "./exp.js";
import { logOfOneAnd } from "./log1p.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";
import { relu } from "./relu.js";
import { sigmoid } from "./sigmoid.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * `log(1 + e^(beta x)) / beta`, computed as `max(z, 0) + log(1 + e^-|z|)` with z = beta x; beta is 1 by default.
     * The gradient is `sigmoid(beta x) dy`. It needs no threshold beyond which it returns x, as PyTorch has.
     */
    softplus<R extends Shape>(this: Tensor<R>, beta?: number | HostNumber): Tensor<R>;
  }
}

export const softplus = defineOp<[x: Operand, beta?: Operand], Record<string, never>>({
  name: "softplus",
  parse: (x, beta = 1) => ({ args: [x, beta] }),
  infer([x]) {
    requireElement("softplus", x, ["float"]);
    return x;
  },
  expand([x, beta]) {
    const z = mul(x, beta);
    return div(add(relu(z), logOfOneAnd(exp(neg(abs(z))))), beta);
  },
  gradient: ({ args: [x, beta], cotangent }) => [mul(cotangent, sigmoid(mul(x, beta))), null],
});

addMethods({ softplus });
