/** Binary cross-entropy of probabilities and of logits. */
import { published } from "../../compiler/ir/asTensor.js";
import { checkOptions, entry } from "../../compiler/ir/guards.js";
import { ofLogit, ofProbability } from "../../compiler/ops/binaryCrossEntropy.js";
import { finish, requireSame, weightsFor } from "../../compiler/ops/loss.js";
import type { Reduced, Reduction, ReductionOption, Same, Weights } from "../../compiler/ops/loss.js";
import type { Expression } from "../../compiler/ir/op.js";
import type { Shape } from "../../compiler/ir/shape.js";
import type { Tensor } from "../../compiler/ir/tensorMethods.js";

interface WeightOption<Op extends string, S extends Shape, W extends Shape, R> extends ReductionOption<R> {
  /**
   * A factor for each element, in a shape that broadcasts to it; a mean divides by the count. No gradient flows to it.
   */
  readonly weight?: Weights<Op, S, W>;
}

interface LogitsOptions<Op extends string, S extends Shape, W extends Shape, P extends Shape, R> extends WeightOption<
  Op,
  S,
  W,
  R
> {
  /** A factor for the part of the positive targets, such as [classes]. No gradient flows to it. */
  readonly posWeight?: Weights<Op, S, P>;
}

export interface BinaryCrossEntropy {
  /**
   * The mean over all elements of `-(t log p + (1 - t) log(1 - p))` for probabilities p and targets t in [0, 1] of one
   * shape, as PyTorch's `binary_cross_entropy`: a logarithm is -100 at least, and the gradient
   * `(p - t) / max(p (1 - p), 1e-12) / count`, so that both are finite at 0 and 1. Beyond [0, 1] it is NaN. Logits go
   * to `binaryCrossEntropyWithLogits`, which loses nothing where p is nearly 0 or 1.
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
