import type { Operand } from "../ir/op.js";
import { addMethods, defineOp } from "../ir/op.js";
import type { Shape } from "../ir/shape.js";
import { add } from "./add.js";
import { requireElement } from "./elementwise.js";
import { mul } from "./mul.js";
import { sigmoid } from "./sigmoid.js";
import { sub } from "./sub.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /** `x sigmoid(x)`, elementwise, also known as swish. The gradient is `s (1 + x (1 - s)) dy` with s = sigmoid(x). */
    silu<R extends Shape>(this: Tensor<R>): Tensor<R>;
  }
}

export const silu = defineOp<[x: Operand], Record<string, never>>({
  name: "silu",
  parse: (x) => ({ args: [x] }),
  infer([x]) {
    requireElement("silu", x, ["float"]);
    return x;
  },
  expand: ([x]) => mul(x, sigmoid(x)),
  gradient({ args: [x], cotangent }) {
    const s = sigmoid(x);
    return [mul(cotangent, mul(s, add(mul(x, sub(1, s)), 1)))];
  },
});

addMethods({ silu });
