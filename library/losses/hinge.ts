/** Losses that are 0 on the right side of a margin. */
import { published } from "../../compiler/ir/asTensor.js";
import { checkOptions, entry, requireOption } from "../../compiler/ir/guards.js";
import { atLeastZero, finish, requireSame } from "./loss.js";
import type { Reduced, Reduction, ReductionOption, Same } from "./loss.js";
import type { Expression } from "../../compiler/ir/op.js";
import type { Shape } from "../../compiler/ir/shape.js";
import type { Tensor } from "../../compiler/ir/tensorMethods.js";
import { add } from "../../compiler/ops/add.js";
import { ne } from "../../compiler/ops/compare.js";
import { mul } from "../../compiler/ops/mul.js";
import { relu } from "../../compiler/ops/relu.js";
import { sub } from "../../compiler/ops/sub.js";
import { where } from "../../compiler/ops/where.js";

interface MarginOption<R> extends ReductionOption<R> {
  /** The loss is 0 beyond this margin. Default 1. */
  readonly margin?: number;
}

export interface Hinge {
  /**
   * The mean over all elements of `max(0, margin - target score)`, for scores and targets 1 or -1 of one shape: the
   * loss of a support vector machine (Cortes and Vapnik, 1995). The gradient is `-target / count` where that is above
   * 0, else 0. `margin` is 1 by default; `reduction` is `"mean"`, `"sum"`, or `"none"`.
   */
  <S extends Shape, T extends Shape, R extends Reduction = "mean">(
    scores: Tensor<S>,
    target: Same<"hinge", S, T>,
    options?: MarginOption<R>,
  ): Tensor<Reduced<S, R>>;
}

export interface HingeEmbedding {
  /**
   * The mean over all elements of a distance x where the target is 1, and of `max(0, margin - x)` where it is -1, as
   * PyTorch's `hinge_embedding_loss`; both have one shape. The gradient is `1 / count` where the target is 1; where it
   * is -1, `-1 / count` up to the margin, which is included, and 0 beyond. `margin` is 1 by default; `reduction` is
   * `"mean"`, `"sum"`, or `"none"`.
   */
  <S extends Shape, T extends Shape, R extends Reduction = "mean">(
    x: Tensor<S>,
    target: Same<"hingeEmbedding", S, T>,
    options?: MarginOption<R>,
  ): Tensor<Reduced<S, R>>;
}

export const hinge = published<Hinge>(
  entry("hinge", (scores: Expression, target: Expression, options: MarginOption<Reduction> = {}) => {
    checkOptions("hinge", options, ["margin", "reduction"]);
    const { margin = 1 } = options;
    requireSame("hinge", scores, target, ["scores", "target"]);
    requireOption("hinge", "margin", margin, Number.isFinite(margin), "a finite number");
    return finish("hinge", relu(sub(margin, mul(target, scores))), options);
  }),
);

export const hingeEmbedding = published<HingeEmbedding>(
  entry("hingeEmbedding", (x: Expression, target: Expression, options: MarginOption<Reduction> = {}) => {
    checkOptions("hingeEmbedding", options, ["margin", "reduction"]);
    const { margin = 1 } = options;
    requireSame("hingeEmbedding", x, target, ["distance", "target"]);
    requireOption("hingeEmbedding", "margin", margin, Number.isFinite(margin), "a finite number");
    const [apart, together] = [where(ne(target, 1), atLeastZero(sub(margin, x)), 0), where(ne(target, -1), x, 0)];
    return finish("hingeEmbedding", add(apart, together), options);
  }),
);
