/** How many of what was found was right, and how much of what was right was found. */
import { published } from "../../compiler/ir/asTensor.js";
import { checkOptions, entry, requireWord } from "../../compiler/ir/guards.js";
import type { Expression } from "../../compiler/ir/op.js";
import { size } from "../../compiler/ir/size.js";
import type { Tensor } from "../../compiler/ir/tensorMethods.js";
import { fail } from "../../compiler/diagnostics.js";
import { add } from "../../compiler/ops/add.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { toFloat, toInt } from "../../compiler/ops/cast.js";
import { eq } from "../../compiler/ops/compare.js";
import { div } from "../../compiler/ops/div.js";
import { and } from "../../compiler/ops/logical.js";

import { mean } from "../../compiler/ops/mean.js";
import { mul } from "../../compiler/ops/mul.js";
import { isLabel } from "../../compiler/ops/gatherLast.js";
import { where } from "../../compiler/ops/where.js";
import { classPair, requireClasses, type ClassTensor, type TrueClasses } from "./classes.js";

export type Average = "binary" | "macro" | "micro" | "none";

export interface AverageOptions<A, C> {
  /** Over classes: `"macro"`, `"micro"` or `"none"`; `"binary"` (the default) where 1 or true is the positive class. */
  readonly average?: A;
  /** The number of classes, for all averages but `"binary"`. */
  readonly classes?: C;
}

/** The shape of a score: one number, or one for each class. */
// prettier-ignore
type Scores<A, C extends number> =
  [A] extends ["none"] ? [C]
  : "none" extends A ? number[]
  : [];

export interface Precision {
  /**
   * The fraction of predicted positives that are positive: `true positives / predicted positives`, from 0 to 1.
   * Predicted classes and labels have the same shape, any. A quotient by 0 is 0, as in scikit-learn. No gradient flows.
   *
   * By default 1 or true is the positive class, and everything else is negative. With `classes: 10` the `average` is
   * `"macro"`, the mean over all classes, including those that do not occur; `"micro"`, which adds the counts of all
   * classes first; or `"none"`: [classes].
   */
  <P extends ClassTensor, T extends ClassTensor, A extends Average = "binary", const C extends number = number>(
    predicted: P,
    labels: TrueClasses<"precision", P, T>,
    options?: AverageOptions<A, C>,
  ): Tensor<Scores<A, C>>;
}

export interface Recall {
  /**
   * The fraction of positives that were predicted positive: `true positives / positives`, from 0 to 1. Predicted
   * classes and labels have the same shape, any. A quotient by 0 is 0, as in scikit-learn. No gradient flows.
   *
   * By default 1 or true is the positive class, and everything else is negative. With `classes: 10` the `average` is
   * `"macro"`, the mean over all classes, including those that do not occur; `"micro"`, which adds the counts of all
   * classes first; or `"none"`: [classes].
   */
  <P extends ClassTensor, T extends ClassTensor, A extends Average = "binary", const C extends number = number>(
    predicted: P,
    labels: TrueClasses<"recall", P, T>,
    options?: AverageOptions<A, C>,
  ): Tensor<Scores<A, C>>;
}

export interface F1 {
  /**
   * The harmonic mean of precision and recall, `2 true positives / (predicted positives + positives)`, from 0 to 1.
   * Predicted classes and labels have the same shape, any. A quotient by 0 is 0, as in scikit-learn. No gradient flows.
   *
   * By default 1 or true is the positive class, and everything else is negative. With `classes: 10` the `average` is
   * `"macro"`, the mean over all classes, including those that do not occur; `"micro"`, which adds the counts of all
   * classes first; or `"none"`: [classes].
   */
  <P extends ClassTensor, T extends ClassTensor, A extends Average = "binary", const C extends number = number>(
    predicted: P,
    labels: TrueClasses<"f1", P, T>,
    options?: AverageOptions<A, C>,
  ): Tensor<Scores<A, C>>;
}

/** What happened to each class: how often it was predicted rightly, predicted at all, and true. */
interface Counts {
  readonly right: Expression;
  readonly predicted: Expression;
  readonly actual: Expression;
}

const count = (x: Expression): Expression => toFloat(sum(toInt(x), 0));
const ratio = (x: Expression, y: Expression): Expression => where(eq(y, 0), 0, div(x, y));

function score(name: string, of: (counts: Counts) => Expression) {
  return entry(name, (predicted: Expression, labels: Expression, options: AverageOptions<Average, number> = {}) => {
    checkOptions(name, options, ["average", "classes"]);
    const { average = "binary", classes } = options;
    requireWord(name, "average", average, ["binary", "macro", "micro", "none"]);
    const pair = classPair(name, predicted, labels, average === "binary" ? ["int32", "bool"] : ["int32"]);
    if (average === "binary" && classes !== undefined) {
      fail({
        code: "invalid-argument",
        message: `${name}: classes go with an average over them`,
        expected: `average: "macro", "micro" or "none"`,
        found: 'average: "binary"',
      });
    }
    const found = average === "binary" ? null : size(requireClasses(name, classes));
    const [chosen, truth] = pair.map((each) => {
      if (found) return isLabel(each, [...each.shape, found]);
      return each.element === "bool" ? each : eq(each, 1);
    }) as [Expression, Expression];
    const counts: Counts = { right: count(and(chosen, truth)), predicted: count(chosen), actual: count(truth) };
    if (average !== "micro") return average === "macro" ? mean(of(counts)) : of(counts);
    return of({ right: sum(counts.right), predicted: sum(counts.predicted), actual: sum(counts.actual) });
  });
}

export const precision = published<Precision>(score("precision", ({ right, predicted }) => ratio(right, predicted)));

export const recall = published<Recall>(score("recall", ({ right, actual }) => ratio(right, actual)));

export const f1 = published<F1>(
  score("f1", ({ right, predicted, actual }) => ratio(mul(right, 2), add(predicted, actual))),
);
