/** Cross-entropy of logits against labels or probabilities. */
import { published } from "../../compiler/ir/asTensor.js";
import { fail } from "../../compiler/diagnostics.js";
import { checkOptions, entry, requireOption, requireWord } from "../../compiler/ir/guards.js";
import type { Expression } from "../../compiler/ir/op.js";
import { defineOp, requireTensor, typeFault } from "../../compiler/ir/op.js";
import type { Match, Shape, Show } from "../../compiler/ir/shape.js";
import { one, product, type Size } from "../../compiler/ir/size.js";
import type { IntTensor, Tensor } from "../../compiler/ir/tensorMethods.js";
import { add } from "../../compiler/ops/add.js";
import { broadcastTo, sum } from "../../compiler/ops/broadcast.js";
import { toFloat } from "../../compiler/ops/cast.js";
import { div } from "../../compiler/ops/div.js";
import { extent } from "../../compiler/ops/sizeScalar.js";
import { checkClassWeight, checkLabelled, classesLast, countOf, likelihood, rowsOf } from "./classLoss.js";
import type { ClassOptions, LabelOptions, LabelsFault, LabelsFit } from "./classLoss.js";
import { reduce, reductions, requireInteger, requireSame, weightsFor } from "./loss.js";
import type { Reduced, Reduction, Rows } from "./loss.js";
import { mul } from "../../compiler/ops/mul.js";
import { neg } from "../../compiler/ops/neg.js";
import { isLabel } from "../../compiler/ops/gatherLast.js";
import { reshape } from "../../compiler/ops/reshape.js";
import { logSoftmax, softmax } from "../../compiler/ops/softmax.js";
import { sub } from "../../compiler/ops/sub.js";
import { where } from "../../compiler/ops/where.js";
import type { ShapeOf } from "../../compiler/ops/where.js";

interface CrossEntropyOptions<S extends Shape, W extends Shape, A extends number, R> extends ClassOptions<
  "crossEntropy",
  S,
  W,
  A,
  R
> {
  /** The part of each target to spread evenly over all classes, in [0, 1]. Default 0. */
  readonly labelSmoothing?: number;
}

// prettier-ignore
type Target<S extends Shape, A extends number, T> =
  T extends IntTensor<Shape>
    ? LabelsFit<S, A, ShapeOf<T>> extends true ? T : LabelsFault<"crossEntropy", "logits", S, ShapeOf<T>>
  : Match<S, ShapeOf<T>> extends null
    ? LabelsFit<S, A, ShapeOf<T>> extends true
      ? `crossEntropy: these labels ${Show<ShapeOf<T>>} are floats: declare the input with "int32", or take toInt()`
    : `crossEntropy: logits ${Show<S>} and probabilities ${Show<ShapeOf<T>>} are not one shape`
  : T;

export interface CrossEntropy {
  /**
   * The mean over all rows of `-logSoftmax(logits)[label]`. The classes are the last axis of the logits, and there is
   * one label in [0, classes) for each row: logits [batch, 10] go with labels [batch]. The gradient is
   * `(softmax(logits) - oneHot(labels)) / rows`, never that of a logarithm of a softmax. It is PyTorch's
   * `cross_entropy`, except that the classes are axis 1 there. Labels from an input are checked before the call: each
   * is a class, or `ignoreIndex`. Computed labels are clamped to the nearest class, and the result's `clamped` counts
   * those outside the classes.
   *
   * Probabilities in the shape of the logits may take the place of labels: each row is then `-sum(target
   * logSoftmax(logits))`, and a gradient flows to the probabilities too.
   *
   * - `weight` [classes] multiplies the term of each class. With labels, the mean divides by the sum of their weights.
   * - `labelSmoothing` e replaces a target by `(1 - e) target + e / classes`.
   * - `ignoreIndex` is the label of rows to ignore, in the mean too; if all rows are ignored, the mean is NaN. It need
   *   not be a class.
   * - `axis` is the axis of the classes: logits [batch, classes, height, width] with `axis: 1` go with labels [batch,
   *   height, width].
   * - `reduction` is `"mean"`, `"sum"`, or `"none"`: one number for each row.
   */
  <
    S extends Shape,
    T extends IntTensor<Shape> | Tensor<Shape>,
    W extends Shape = [number],
    const A extends number = -1,
    R extends Reduction = "mean",
  >(
    logits: Tensor<S>,
    target: Target<S, A, T>,
    options?: CrossEntropyOptions<S, W, A, R>,
  ): Tensor<Reduced<Rows<S, A>, R>>;
}

type Attributes = { reduction?: Reduction; ignoreIndex?: number; labelSmoothing?: number };
type Parameters = [logits: Expression, labels: Expression, weight: Expression | undefined, attributes: Attributes];

/** The part of each class in what is spread over all. */
const evenPart = (labelSmoothing: number, classes: Size): Expression => div(labelSmoothing, extent(classes));

const column = (x: Expression): Expression => reshape.node([x], { shape: [...x.shape, one] });

/**
 * Cross-entropy against labels; the classes are the last axis. Its gradient is `softmax(logits) - oneHot(labels)` times
 * what the row counts, never the gradient of a logarithm of a softmax.
 */
const ofLabels = defineOp<Parameters, Attributes>({
  name: "crossEntropy",
  parse: (logits, labels, weight, attributes) => ({
    args: weight ? [logits, labels, weight] : [logits, labels],
    attributes,
  }),
  infer: ([, labels], { reduction }) => ({
    shape: reduction === "none" ? labels.shape : [],
    element: "float",
  }),
  expand([from, at, weight], { reduction = "mean", ignoreIndex, labelSmoothing }) {
    const rows = rowsOf(at, from.shape.at(-1) as Size, weight, ignoreIndex);
    const logs = logSoftmax(from);
    const picked = likelihood(logs, rows);
    if (!labelSmoothing) return neg(reduce(picked, reduction, countOf(rows)));
    const all = sum(weight ? mul(logs, weightsFor("crossEntropy", weight, from.shape)) : logs, -1);
    const spread = mul(all, evenPart(labelSmoothing, from.shape.at(-1) as Size));
    const counted = rows.ignored ? where(rows.ignored, 0, spread) : spread;
    return neg(reduce(add(mul(picked, 1 - labelSmoothing), counted), reduction, countOf(rows)));
  },
  gradient({ args: [from, at, weight], cotangent, attributes }) {
    const { reduction = "mean", ignoreIndex, labelSmoothing } = attributes;
    const rows = rowsOf(at, from.shape.at(-1) as Size, weight, ignoreIndex);
    const share = reduction === "mean" ? div(cotangent, countOf(rows) ?? extent(product(at.shape))) : cotangent;
    const inRow = (each: Expression) => broadcastTo(column(each), from.shape);
    /** The share of each row that is not ignored, times a factor; a share may be infinite where no row counts. */
    const shares = (factor: Expression | null): Expression => {
      if (rows.ignored || factor) {
        const scaled = factor ? mul(share, factor) : share;
        return inRow(broadcastTo(rows.ignored ? where(rows.ignored, 0, scaled) : scaled, at.shape));
      }
      const shape = reduction === "none" ? [...at.shape, one] : from.shape.map(() => one);
      return broadcastTo(reshape.node([share], { shape }), from.shape);
    };
    const hot = toFloat(isLabel(rows.at, from.shape));
    if (!labelSmoothing) return [mul(sub(softmax(from), hot), shares(rows.weight)), null, null];
    // Every class has a part of the target: softmax times the sum of all parts, less the part.
    const even = evenPart(labelSmoothing, from.shape.at(-1) as Size);
    const scaled = mul(hot, 1 - labelSmoothing);
    if (!weight) return [mul(sub(softmax(from), add(scaled, even)), shares(null)), null, null];
    const factors = weightsFor("crossEntropy", weight, from.shape);
    const parts = mul(factors, add(scaled, even));
    const total = sum(parts, -1);
    return [mul(sub(mul(softmax(from), inRow(total)), parts), shares(null)), null, null];
  },
});

/** Cross-entropy against probabilities in the shape of the logits; the classes are the last axis. */
function ofProbabilities(
  logits: Expression,
  target: Expression,
  { reduction = "mean", weight, ignoreIndex, labelSmoothing = 0 }: CrossEntropySettings,
): Expression {
  requireSame("crossEntropy", logits, target, ["logits", "probabilities"]);
  requireWord("crossEntropy", "reduction", reduction, reductions);
  if (weight !== undefined) checkClassWeight("crossEntropy", weight, logits);
  if (ignoreIndex !== undefined) {
    fail({
      code: "invalid-argument",
      message: "crossEntropy: ignoreIndex goes with labels only",
      expected: "int32 labels",
      found: "probabilities",
      hint: "to ignore a row, set its probabilities to zeros",
    });
  }
  const smoothed =
    labelSmoothing === 0
      ? target
      : add(mul(target, 1 - labelSmoothing), evenPart(labelSmoothing, logits.shape.at(-1) as Size));
  const parts = weight ? mul(smoothed, weightsFor("crossEntropy", weight, logits.shape)) : smoothed;
  return neg(reduce(sum(mul(parts, logSoftmax(logits)), -1), reduction));
}

interface CrossEntropySettings extends LabelOptions {
  readonly labelSmoothing?: number;
}

export const crossEntropy = published<CrossEntropy>(
  entry("crossEntropy", (logits: Expression, target: Expression, options: CrossEntropySettings = {}): Expression => {
    checkOptions("crossEntropy", options, ["reduction", "weight", "ignoreIndex", "labelSmoothing", "axis"]);
    const { reduction, weight, ignoreIndex, labelSmoothing = 0, axis } = options;
    requireTensor("crossEntropy", logits, "logits");
    requireTensor("crossEntropy", target, "target");
    if (logits.element === "int32" && target.element === "float") {
      const hint = "the logits come first: crossEntropy(logits, labels)";
      typeFault(
        "crossEntropy: labels in the place of the logits",
        "float logits, int32 labels",
        [logits, target],
        hint,
      );
    }
    const from = classesLast("crossEntropy", "logits", logits, axis);
    const isPart = labelSmoothing >= 0 && labelSmoothing <= 1;
    requireOption("crossEntropy", "labelSmoothing", labelSmoothing, isPart, "a number in [0, 1]");
    if (target.element === "float") {
      if (target.shape.length < from.shape.length) requireInteger("crossEntropy", "labels", target);
      return ofProbabilities(from, classesLast("crossEntropy", "probabilities", target, axis), options);
    }
    checkLabelled("crossEntropy", "logits", from, target, options);
    return ofLabels(from, target, weight, {
      ...(reduction && reduction !== "mean" && { reduction }),
      ...(ignoreIndex !== undefined && { ignoreIndex }),
      ...(labelSmoothing > 0 && { labelSmoothing }),
    });
  }),
);
