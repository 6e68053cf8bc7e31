/** The elements of binary cross-entropy, from probabilities and from logits. */
import type { Expression } from "../ir/op.js";
import { defineOp } from "../ir/op.js";
import { abs } from "./abs.js";
import { add } from "./add.js";
import { lt } from "./compare.js";
import { div } from "./div.js";
import { exp } from "./exp.js";
import { log } from "./log.js";
import { logOfOneAnd } from "./log1p.js";
import { epsilon } from "./loss.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";
import { relu } from "./relu.js";
import { sigmoid } from "./sigmoid.js";
import { softplus } from "./softplus.js";
import { sub } from "./sub.js";
import { where } from "./where.js";

/** x, but not below a bound; NaN stays NaN. */
const atLeast = (x: Expression, bound: number): Expression => where(lt(x, bound), bound, x);

/** `-(t log p + (1 - t) log(1 - p))`, each logarithm at least -100. */
export const ofProbability = defineOp<[p: Expression, target: Expression], Record<string, never>>({
  name: "binaryCrossEntropy",
  parse: (p, target) => ({ args: [p, target] }),
  infer: ([p]) => p,
  expand([p, target]) {
    const [yes, no] = [atLeast(log(p), -100), atLeast(logOfOneAnd(neg(p)), -100)];
    return sub(mul(sub(target, 1), no), mul(target, yes));
  },
  // d = (p - t) / (p (1 - p)) dp + (log(1 - p) - log p) dt, the first divided by 1e-12 at least
  gradient({ args: [p, target], cotangent }) {
    const spread = atLeast(mul(sub(1, p), p), epsilon);
    return [div(mul(cotangent, sub(p, target)), spread), mul(cotangent, sub(logOfOneAnd(neg(p)), log(p)))];
  },
});

/** What the two logarithms are multiplied by: 1 - t, and t or t times the weight of the positive. */
function partsOf(target: Expression, positive: Expression | undefined): { no: Expression; yes: Expression } {
  return { no: sub(1, target), yes: positive ? mul(target, positive) : target };
}

/**
 * `-(w t log(sigmoid x) + (1 - t) log(1 - sigmoid x))`, computed as
 * `(1 - t) max(x, 0) + w t max(-x, 0) + (1 - t + w t) log(1 + e^-|x|)`, where nothing cancels.
 */
export const ofLogit = defineOp<
  [x: Expression, target: Expression, positive: Expression | undefined],
  Record<string, never>
>({
  name: "binaryCrossEntropyWithLogits",
  parse: (x, target, positive) => ({ args: positive ? [x, target, positive] : [x, target] }),
  infer: ([x]) => x,
  expand([x, target, positive]) {
    const { no, yes } = partsOf(target, positive);
    const rest = logOfOneAnd(exp(neg(abs(x))));
    return add(add(mul(no, relu(x)), mul(yes, relu(neg(x)))), positive ? mul(add(no, yes), rest) : rest);
  },
  // d = ((1 - t + w t) sigmoid x - w t) dx + (w softplus(-x) - softplus(x)) dt
  gradient({ args: [x, target, positive], cotangent }) {
    const { no, yes } = partsOf(target, positive);
    const share = positive ? mul(add(no, yes), sigmoid(x)) : sigmoid(x);
    const slope = positive ? sub(mul(positive, softplus(neg(x))), softplus(x)) : neg(x);
    return [mul(cotangent, sub(share, yes)), mul(cotangent, slope), null];
  },
});
