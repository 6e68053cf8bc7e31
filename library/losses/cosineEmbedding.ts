/** A loss of the angle between two vectors. */
import { published } from "../../compiler/ir/asTensor.js";
import { checkOptions, entry, requireOption } from "../../compiler/ir/guards.js";
import { atLeastZero, epsilon, finish, requireFloat, requireRows, requireSame } from "./loss.js";
import type { Reduced, Reduction, ReductionOption, Rows, Same } from "./loss.js";
import { shapeFault, type Expression } from "../../compiler/ir/op.js";
import type { MatchRows, Shape, Show } from "../../compiler/ir/shape.js";
import type { Tensor } from "../../compiler/ir/tensorMethods.js";
import { add } from "../../compiler/ops/add.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { eq } from "../../compiler/ops/compare.js";
import { div } from "../../compiler/ops/div.js";
import { mul } from "../../compiler/ops/mul.js";
import { sqrt } from "../../compiler/ops/sqrt.js";
import { square } from "../../compiler/ops/square.js";
import { sub } from "../../compiler/ops/sub.js";
import { where } from "../../compiler/ops/where.js";

interface CosineEmbeddingOptions<R> extends ReductionOption<R> {
  /** Vectors with the target -1 cost nothing up to this cosine, in [-1, 1]. Default 0. */
  readonly margin?: number;
}

export interface CosineEmbedding {
  /**
   * The mean over all rows of `1 - cos(x, y)` where the target is 1, and of `max(0, cos(x, y) - margin)` where it is
   * -1, as PyTorch's `cosine_embedding_loss`. The vectors lie along the last axis of x and y, which have one shape, and
   * there is one target for each: [batch, features] twice go with [batch]. 1e-12 is added to each squared length, so
   * that a vector of zeros has the cosine 0 with every other. At the margin the gradient is that from above it.
   *
   * `margin` is 0 by default, and -1 to 1; `reduction` is `"mean"`, `"sum"`, or `"none"`: one number for each row.
   */
  <S extends Shape, T extends Shape, N extends Shape, R extends Reduction = "mean">(
    x: Tensor<S>,
    y: Same<"cosineEmbedding", S, T>,
    target: MatchRows<S, N> extends null
      ? `cosineEmbedding: vectors ${Show<S>} and targets ${Show<N>} do not go together`
      : Tensor<N>,
    options?: CosineEmbeddingOptions<R>,
  ): Tensor<Reduced<Rows<S, -1>, R>>;
}

/** The lengths of vectors, a little longer than they are, so that none is 0. */
const lengths = (x: Expression): Expression => sqrt(add(sum(square(x), -1), epsilon));

export const cosineEmbedding = published<CosineEmbedding>(
  entry(
    "cosineEmbedding",
    (x: Expression, y: Expression, target: Expression, options: CosineEmbeddingOptions<Reduction> = {}) => {
      checkOptions("cosineEmbedding", options, ["margin", "reduction"]);
      const [name, { margin = 0 }] = ["cosineEmbedding", options];
      requireSame(name, x, y, ["first operand", "second operand"]);
      requireFloat(name, "target", target);
      if (x.shape.length === 0) shapeFault(`${name}: one number is no vector`, "[..., features]", "[]");
      requireRows(name, ["vectors", x], ["targets", target], x.shape.slice(0, -1));
      requireOption(name, "margin", margin, margin >= -1 && margin <= 1, "a cosine, -1 to 1");
      const cosine = div(sum(mul(x, y), -1), mul(lengths(x), lengths(y)));
      const like = where(eq(target, 1), sub(1, cosine), 0);
      const unlike = where(eq(target, -1), atLeastZero(sub(cosine, margin)), 0);
      return finish(name, add(like, unlike), options);
    },
  ),
);
