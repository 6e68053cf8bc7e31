/** The mean of squared errors. */
import { published } from "../../compiler/ir/asTensor.js";
import { checkOptions, entry } from "../../compiler/ir/guards.js";
import { finish, requireSame } from "./loss.js";
import type { Reduced, Reduction, ReductionOption, Same } from "./loss.js";
import type { Expression } from "../../compiler/ir/op.js";
import type { Shape } from "../../compiler/ir/shape.js";
import type { Tensor } from "../../compiler/ir/tensorMethods.js";
import { square } from "../../compiler/ops/square.js";
import { sub } from "../../compiler/ops/sub.js";

export interface Mse {
  /**
   * The mean of `(prediction - target)^2` over all elements, as PyTorch's `mse_loss`; both have one shape. The
   * gradients are `2 (prediction - target) / count` and its negative. `reduction` is `"mean"`, `"sum"`, or `"none"`.
   */
  <S extends Shape, T extends Shape, R extends Reduction = "mean">(
    prediction: Tensor<S>,
    target: Same<"mse", S, T>,
    options?: ReductionOption<R>,
  ): Tensor<Reduced<S, R>>;
}

export const mse = published<Mse>(
  entry("mse", (prediction: Expression, target: Expression, options: ReductionOption<Reduction> = {}) => {
    checkOptions("mse", options, ["reduction"]);
    requireSame("mse", prediction, target);
    return finish("mse", square(sub(prediction, target)), options);
  }),
);
