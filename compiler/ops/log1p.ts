import type { Expression } from "../ir/op.js";
import { add } from "./add.js";
import { eq } from "./compare.js";
import { div } from "./div.js";
import { log } from "./log.js";
import { mul } from "./mul.js";
import { sub } from "./sub.js";
import { where } from "./where.js";

/** log(1 + x) for x >= -1, right to the last bits (Kahan): the rounding error of 1 + x occurs twice and cancels. */
export function logOfOneAnd(x: Expression): Expression {
  const sum = add(x, 1);
  return where(eq(sum, 1), x, mul(x, div(log(sum), sub(sum, 1))));
}
