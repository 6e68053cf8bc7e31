/** How much of the variance a prediction explains. */
import { published } from "../../compiler/ir/asTensor.js";
import { entry } from "../../compiler/ir/guards.js";
import { shapeFault, type Expression } from "../../compiler/ir/op.js";
import type { Shape } from "../../compiler/ir/shape.js";
import type { Tensor } from "../../compiler/ir/tensorMethods.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { toFloat } from "../../compiler/ops/cast.js";
import { squaresAround } from "../../compiler/ops/centered.js";
import { eq } from "../../compiler/ops/compare.js";
import { div } from "../../compiler/ops/div.js";
import { requireSame, type Same } from "../losses/loss.js";
import { mean } from "../../compiler/ops/mean.js";
import { reshape } from "../../compiler/ops/reshape.js";
import { square } from "../../compiler/ops/square.js";
import { stopGradient } from "../../compiler/ops/stopGradient.js";
import { sub } from "../../compiler/ops/sub.js";
import { where } from "../../compiler/ops/where.js";

export interface R2 {
  /**
   * The coefficient of determination, `1 - sum((target - prediction)^2) / sum((target - mean(target))^2)`, the sums and
   * the mean over the first axis: 1 at best, 0 for the mean itself, below 0 for worse predictions. Prediction and
   * target have the same shape; for [batch, outputs] it is the mean over the outputs, as scikit-learn's `r2_score`.
   * Where all targets are equal, as in a single row, it is 1 for an exact prediction, else 0. No gradient flows.
   */
  <S extends Shape, T extends Shape>(prediction: Tensor<S>, target: Same<"r2", S, T>): Tensor<[]>;
}

export const r2 = published<R2>(
  entry("r2", (prediction: Expression, target: Expression) => {
    requireSame("r2", prediction, target);
    if (prediction.shape.length === 0) shapeFault("r2: one number has no variance", "[batch, ...]", "[]");
    const truth = stopGradient(target);
    const error = sum(square(sub(truth, stopGradient(prediction))), 0);
    const spread = reshape(squaresAround(truth, [0]), truth.shape.slice(1));
    const isExact = toFloat(eq(error, 0));
    return mean(where(eq(spread, 0), isExact, sub(1, div(error, spread))));
  }),
);
