/** Huber's function: a square near 0, a straight line beyond. */
import type { Expression } from "../ir/op.js";
import { defineOp } from "../ir/op.js";
import { abs } from "./abs.js";
import { le, lt } from "./compare.js";
import { requireElement } from "./elementwise.js";
import { mul } from "./mul.js";
import { square } from "./square.js";
import { sub } from "./sub.js";
import { where } from "./where.js";

/**
 * `x^2 / 2` where |x| < delta, else `delta (|x| - delta / 2)`. The gradient is x itself, between -delta and delta; as a
 * rule of its own it is finite where the square of x is not.
 */
export const huberOf = defineOp<[x: Expression, delta: number], { delta: number }>({
  name: "huber",
  parse: (x, delta) => ({ args: [x], attributes: { delta } }),
  infer([x]) {
    requireElement("huber", x, ["float"]);
    return x;
  },
  expand([x], { delta }) {
    const size = abs(x);
    return where(lt(size, delta), mul(square(x), 0.5), mul(sub(size, delta / 2), delta));
  },
  gradient({ args: [x], attributes: { delta }, cotangent }) {
    // Straight from |x| = delta on: a second derivative is 0 there, as in PyTorch, where that of a clamp would be 1.
    return [mul(cotangent, where(le(x, -delta), -delta, where(le(delta, x), delta, x)))];
  },
});
