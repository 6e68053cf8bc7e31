import type { Expression, Operand } from "../ir/op.js";
import { addMethods, defineOp } from "../ir/op.js";
import type { Shape } from "../ir/shape.js";
import { ge, gt } from "./compare.js";
import { div } from "./div.js";
import { requireElement } from "./elementwise.js";
import { exp } from "./exp.js";
import { mul } from "./mul.js";
import { sub } from "./sub.js";
import { tanh } from "./tanh.js";
import { where } from "./where.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * x where x > 0, else `alpha (e^x - 1)`; alpha is 1 by default (Clevert, Unterthiner and Hochreiter 2015). The
     * gradient is `dy` where x > 0, else `alpha e^x dy`: at 0 it is that of the negative side, as in PyTorch.
     */
    elu<R extends Shape>(this: Tensor<R>, alpha?: number | HostNumber): Tensor<R>;
  }
}

/**
 * x where it is not positive, else 0. Without it, a large x would overflow in the side that is not chosen, and make
 * gradients NaN.
 */
const negativePart = (x: Expression): Expression => where(ge(x, 0), 0, x);

export const elu = defineOp<[x: Operand, alpha?: Operand], Record<string, never>>({
  name: "elu",
  parse: (x, alpha = 1) => ({ args: [x, alpha] }),
  infer([x]) {
    requireElement("elu", x, ["float"]);
    return x;
  },
  expand([x, alpha]) {
    // e^x - 1 = 2 t / (1 - t) with t = tanh(x / 2), in which nothing cancels where x <= 0.
    const t = tanh(mul(negativePart(x), 0.5));
    return where(gt(x, 0), x, mul(alpha, div(mul(t, 2), sub(1, t))));
  },
  gradient({ args: [x, alpha], cotangent }) {
    return [where(gt(x, 0), cotangent, mul(cotangent, mul(alpha, exp(negativePart(x))))), null];
  },
});

addMethods({ elu });
