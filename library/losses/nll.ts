/** The negative log-likelihood of labels. */
import { published } from "../../compiler/ir/asTensor.js";
import { checkOptions, entry } from "../../compiler/ir/guards.js";
import {
  checkLabelled,
  classesLast,
  countOf,
  likelihood,
  rowsOf,
  type ClassOptions,
  type LabelOptions,
  type LabelsFault,
  type LabelsFit,
} from "./classLoss.js";
import { reduce, type Reduced, type Reduction, type Rows } from "./loss.js";
import type { Expression } from "../../compiler/ir/op.js";
import type { Shape } from "../../compiler/ir/shape.js";
import type { Size } from "../../compiler/ir/size.js";
import type { IntTensor, Tensor } from "../../compiler/ir/tensorMethods.js";
import { neg } from "../../compiler/ops/neg.js";

export interface Nll {
  /**
   * The mean over all rows of `-logProbabilities[label]`, as PyTorch's `nll_loss`. The classes are the last axis, and
   * there is one label in [0, classes) for each row. The gradient is `-weight / sum of weights` at the labels, else 0.
   * For logits, `crossEntropy` computes the same in one step. Labels from an input are checked before the call: each is
   * a class, or `ignoreIndex`. Computed labels are clamped to the nearest class, and the result's `clamped` counts
   * those outside the classes.
   *
   * - `weight` [classes] multiplies the term of each class; the mean divides by the sum of the weights of the labels.
   * - `ignoreIndex` is the label of rows to ignore, in the mean too; if all rows are ignored, the mean is NaN. It need
   *   not be a class.
   * - `axis` is the axis of the classes, if it is not the last one.
   * - `reduction` is `"mean"`, `"sum"`, or `"none"`: one number for each row.
   */
  <
    S extends Shape,
    N extends Shape,
    W extends Shape = [number],
    const A extends number = -1,
    R extends Reduction = "mean",
  >(
    logProbabilities: Tensor<S>,
    labels: LabelsFit<S, A, N> extends true ? IntTensor<N> : LabelsFault<"nll", "log-probabilities", S, N>,
    options?: ClassOptions<"nll", S, W, A, R>,
  ): Tensor<Reduced<Rows<S, A>, R>>;
}

export const nll = published<Nll>(
  entry("nll", (logProbabilities: Expression, labels: Expression, options: LabelOptions = {}) => {
    checkOptions("nll", options, ["reduction", "weight", "ignoreIndex", "axis"]);
    const { reduction = "mean", weight, ignoreIndex, axis } = options;
    const logs = classesLast("nll", "log-probabilities", logProbabilities, axis);
    checkLabelled("nll", "log-probabilities", logs, labels, options);
    const rows = rowsOf(labels, logs.shape.at(-1) as Size, weight, ignoreIndex);
    return neg(reduce(likelihood(logs, rows), reduction, countOf(rows)));
  }),
);
