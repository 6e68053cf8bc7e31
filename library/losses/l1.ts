/** The mean of absolute errors. */
import { published } from "../../compiler/ir/asTensor.js";
import { checkOptions, entry } from "../../compiler/ir/guards.js";
import { finish, requireSame } from "./loss.js";
import type { Reduced, Reduction, ReductionOption, Same } from "./loss.js";
import type { Expression } from "../../compiler/ir/op.js";
import type { Shape } from "../../compiler/ir/shape.js";
import type { Tensor } from "../../compiler/ir/tensorMethods.js";
import { abs } from "../../compiler/ops/abs.js";
import { sub } from "../../compiler/ops/sub.js";

export interface L1 {
  /**
   * The mean of `|prediction - target|` over all elements, as PyTorch's `l1_loss`; both have one shape. The gradients
   * are `sign(prediction - target) / count` and its negative: 0 where the two are equal. `reduction` is `"mean"`,
   * `"sum"`, or `"none"`.
   */
  <S extends Shape, T extends Shape, R extends Reduction = "mean">(
    prediction: Tensor<S>,
    target: Same<"l1", S, T>,
    options?: ReductionOption<R>,
  ): Tensor<Reduced<S, R>>;
}

export const l1 = published<L1>(
  entry("l1", (prediction: Expression, target: Expression, options: ReductionOption<Reduction> = {}) => {
    checkOptions("l1", options, ["reduction"]);
    requireSame("l1", prediction, target);
    return finish("l1", abs(sub(prediction, target)), options);
  }),
);
