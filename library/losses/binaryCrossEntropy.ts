/** Binary cross-entropy of probabilities and of logits. */
import { published } from "../../compiler/ir/asTensor.js";
import { checkOptions, entry } from "../../compiler/ir/guards.js";
import { defineOp, type Expression } from "../../compiler/ir/op.js";
import type { Shape } from "../../compiler/ir/shape.js";
import type { Tensor } from "../../compiler/ir/tensorMethods.js";
import { abs } from "../../compiler/ops/abs.js";
import { add } from "../../compiler/ops/add.js";
import { lt } from "../../compiler/ops/compare.js";
import { div } from "../../compiler/ops/div.js";
import { exp } from "../../compiler/ops/exp.js";
import { log } from "../../compiler/ops/log.js";
import { logOfOneAnd } from "../../compiler/ops/log1p.js";
import { mul } from "../../compiler/ops/mul.js";
import { neg } from "../../compiler/ops/neg.js";
import { relu } from "../../compiler/ops/relu.js";
import { sigmoid } from "../../compiler/ops/sigmoid.js";
import { softplus } from "../../compiler/ops/softplus.js";
import { sub } from "../../compiler/ops/sub.js";
import { where } from "../../compiler/ops/where.js";
import { epsilon, finish, requireSame, weightsFor } from "./loss.js";
import type { Reduced, Reduction, ReductionOption, Same, Weights } from "./loss.js";

interface WeightOption<Op extends string, S extends Shape, W extends Shape, R> extends ReductionOption<R> {
  /**
   * A factor for each element, in a shape that broadcasts; a mean still divides by the number of elements. No gradient
   * flows to it.
   */
  readonly weight?: Weights<Op, S, W>;
}

interface LogitsOptions<Op extends string, S extends Shape, W extends Shape, P extends Shape, R> extends WeightOption<
  Op,
  S,
  W,
  R
> {
  /** A factor for the term of positive targets, in a shape such as [classes]. No gradient flows to it. */
  readonly posWeight?: Weights<Op, S, P>;
}

export interface BinaryCrossEntropy {
  /**
   * The mean over all elements of `-(t log p + (1 - t) log(1 - p))` for probabilities p and targets t in [0, 1] of one
   * shape, as PyTorch's `binary_cross_entropy`: logarithms are at least -100, and the gradient is `(p - t) / max(p (1 -
   * p), 1e-12) / count`, so that both are finite at 0 and 1. For p outside [0, 1] the loss is NaN. For logits, use
   * `binaryCrossEntropyWithLogits`, which stays exact where p is near 0 or 1.
   *
   * `weight` multiplies each element, in any shape that broadcasts; `reduction` is `"mean"`, `"sum"`, or `"none"`.
   */
  <S extends Shape, T extends Shape, W extends Shape = [], R extends Reduction = "mean">(
    probabilities: Tensor<S>,
    target: Same<"binaryCrossEntropy", S, T>,
    options?: WeightOption<"binaryCrossEntropy", S, W, R>,
  ): Tensor<Reduced<S, R>>;
}

export interface BinaryCrossEntropyWithLogits {
  /**
   * The mean over all elements of `-(w t log(sigmoid x) + (1 - t) log(1 - sigmoid x))` for logits x and targets t in
   * [0, 1] of one shape, as PyTorch's `binary_cross_entropy_with_logits`. It is computed as
   * `(1 - t) max(x, 0) + w t max(-x, 0) + (1 - t + w t) log(1 + e^-|x|)`; the gradient is
   * `((1 - t + w t) sigmoid(x) - w t) / count`.
   *
   * `posWeight` is w, 1 by default; `weight` multiplies each element; both in any shape that broadcasts. `reduction` is
   * `"mean"`, `"sum"`, or `"none"`.
   */
  <S extends Shape, T extends Shape, W extends Shape = [], P extends Shape = [], R extends Reduction = "mean">(
    logits: Tensor<S>,
    target: Same<"binaryCrossEntropyWithLogits", S, T>,
    options?: LogitsOptions<"binaryCrossEntropyWithLogits", S, W, P, R>,
  ): Tensor<Reduced<S, R>>;
}

interface Options extends ReductionOption<Reduction> {
  readonly weight?: Expression;
  readonly posWeight?: Expression;
}

/** x, but not below a bound; NaN stays NaN. */
const atLeast = (x: Expression, bound: number): Expression => where(lt(x, bound), bound, x);

/** `-(t log p + (1 - t) log(1 - p))`, each logarithm at least -100. */
const ofProbability = defineOp<[p: Expression, target: Expression], Record<string, never>>({
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
const ofLogit = defineOp<[x: Expression, target: Expression, positive: Expression | undefined], Record<string, never>>({
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

export const binaryCrossEntropy = published<BinaryCrossEntropy>(
  entry("binaryCrossEntropy", (probabilities: Expression, target: Expression, options: Options = {}) => {
    checkOptions("binaryCrossEntropy", options, ["reduction", "weight"]);
    const name = "binaryCrossEntropy";
    requireSame(name, probabilities, target, ["probabilities", "target"]);
    return finish(name, ofProbability(probabilities, target), options);
  }),
);

export const binaryCrossEntropyWithLogits = published<BinaryCrossEntropyWithLogits>(
  entry("binaryCrossEntropyWithLogits", (logits: Expression, target: Expression, options: Options = {}) => {
    checkOptions("binaryCrossEntropyWithLogits", options, ["reduction", "weight", "posWeight"]);
    const name = "binaryCrossEntropyWithLogits";
    requireSame(name, logits, target, ["logits", "target"]);
    const { posWeight } = options;
    const positive = posWeight === undefined ? posWeight : weightsFor(name, posWeight, logits.shape, "posWeight");
    return finish(name, ofLogit(logits, target, positive), options);
  }),
);
