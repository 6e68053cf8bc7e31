/** How often the label is among the best scores. */
import { published } from "../../compiler/ir/asTensor.js";
import { describeValue, entry } from "../../compiler/ir/guards.js";
import { fail } from "../../compiler/diagnostics.js";
import type { Expression } from "../../compiler/ir/op.js";
import type { Shape } from "../../compiler/ir/shape.js";
import { constantOf, one, type Size } from "../../compiler/ir/size.js";
import type { Tensor } from "../../compiler/ir/tensorMethods.js";
import { argmax } from "../../compiler/ops/argmax.js";
import { broadcastTo, sum } from "../../compiler/ops/broadcast.js";
import { toFloat, toInt } from "../../compiler/ops/cast.js";
import { eq, gt, lt, ne } from "../../compiler/ops/compare.js";
import { checkLabelled, classesLast } from "../losses/classLoss.js";
import { and, or } from "../../compiler/ops/logical.js";
import type { Labels } from "../losses/loss.js";
import { mean } from "../../compiler/ops/mean.js";
import { iota, pick } from "../../compiler/ops/gatherLast.js";
import { reshape } from "../../compiler/ops/reshape.js";

export interface Accuracy {
  /**
   * The fraction of rows whose label is the class with the largest score, from 0 to 1. The classes are the last axis,
   * and there is one label in [0, classes) for each row: logits [batch, 10] go with labels [batch]. Of equal scores the
   * first one counts. A label outside the classes, such as the `ignoreIndex` of a loss, is never right. No gradient
   * flows.
   */
  <S extends Shape, N extends Shape>(logits: Tensor<S>, labels: Labels<"accuracy", S, N>): Tensor<[]>;
}

export interface TopKAccuracy {
  /**
   * The fraction of rows whose label is among the k classes with the largest scores, from 0 to 1; with k = 1 it is
   * `accuracy`. The classes are the last axis, and there is one label in [0, classes) for each row. Of equal scores the
   * first ones count, and a NaN is larger than any number. No gradient flows.
   */
  <S extends Shape, N extends Shape>(logits: Tensor<S>, labels: Labels<"topKAccuracy", S, N>, k: number): Tensor<[]>;
}

function check(name: string, logits: Expression, labels: Expression): void {
  classesLast(name, "logits", logits);
  checkLabelled(name, "logits", logits, labels, {});
}

export const accuracy = published<Accuracy>(
  entry("accuracy", (logits: Expression, labels: Expression) => {
    check("accuracy", logits, labels);
    return mean(toFloat(eq(argmax(logits, -1), labels)));
  }),
);

export const topKAccuracy = published<TopKAccuracy>(
  entry("topKAccuracy", (logits: Expression, labels: Expression, k: number) => {
    check("topKAccuracy", logits, labels);
    const classes = logits.shape.at(-1) as Size;
    if (!Number.isSafeInteger(k) || k < 1 || k > (constantOf(classes) ?? k)) {
      fail({
        code: "invalid-argument",
        message: "topKAccuracy: k is out of range",
        expected: `a whole number from 1 to ${classes.key}`,
        found: describeValue(k),
      });
    }
    const column = (x: Expression) => broadcastTo(reshape(x, [...x.shape, one]), logits.shape);
    const own = column(pick(logits, labels));
    const [isNaN, ownIsNaN] = [ne(logits, logits), ne(own, own)];
    const greater = or(gt(logits, own), and(isNaN, eq(own, own)));
    const equal = or(eq(logits, own), and(isNaN, ownIsNaN));
    // The place of the label among all classes, if these are sorted without changing the order of equal ones.
    const before = or(greater, and(equal, lt(iota(logits.shape), column(labels))));
    return mean(toFloat(lt(sum(toInt(before), -1), k)));
  }),
);
