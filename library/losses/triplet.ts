/** A loss of two distances from one vector. */
import { published } from "../../compiler/ir/asTensor.js";
import { checkOptions, entry, requireOption, requireSwitch } from "../../compiler/ir/guards.js";
import { atLeastZero, finish, requireSame } from "./loss.js";
import type { Reduced, Reduction, ReductionOption, Rows, Same } from "./loss.js";
import { shapeFault, type Expression } from "../../compiler/ir/op.js";
import type { Shape } from "../../compiler/ir/shape.js";
import type { Tensor } from "../../compiler/ir/tensorMethods.js";
import { add } from "../../compiler/ops/add.js";
import { minimum } from "../../compiler/ops/maximum.js";
import { norm } from "../../compiler/ops/norm.js";
import { sub } from "../../compiler/ops/sub.js";

interface TripletOptions<R> extends ReductionOption<R> {
  /** How much farther away the negative must be than the positive, above 0. Default 1. */
  readonly margin?: number;
  /** The order of the norm, above 0. Default 2. */
  readonly p?: number;
  /** Added to each difference, so that a distance of 0 has a gradient. Default 1e-6. */
  readonly eps?: number;
  /** Whether to use the distance from positive to negative where it is the smaller one. Default false. */
  readonly swap?: boolean;
}

export interface Triplet {
  /**
   * The mean over all rows of `max(0, d(anchor, positive) - d(anchor, negative) + margin)`, as PyTorch's
   * `triplet_margin_loss`; d(x, y) is the p-norm of `x - y + eps` along the last axis. All three have one shape. At the
   * margin the gradient is that from beyond it.
   *
   * `margin` is 1, `p` 2 and `eps` 1e-6 by default. With `swap: true` the distance of the negative is that from the
   * nearer of anchor and positive (Balntas et al., 2016). `reduction` is `"mean"`, `"sum"`, or `"none"`: one number for
   * each row.
   */
  <S extends Shape, T extends Shape, U extends Shape, R extends Reduction = "mean">(
    anchor: Tensor<S>,
    positive: Same<"triplet", S, T>,
    negative: Same<"triplet", S, U>,
    options?: TripletOptions<R>,
  ): Tensor<Reduced<Rows<S, -1>, R>>;
}

export const triplet = published<Triplet>(
  entry(
    "triplet",
    (anchor: Expression, positive: Expression, negative: Expression, options: TripletOptions<Reduction> = {}) => {
      checkOptions("triplet", options, ["margin", "p", "eps", "swap", "reduction"]);
      const { margin = 1, p = 2, eps = 1e-6, swap = false } = options;
      requireSame("triplet", anchor, positive, ["anchor", "positive"]);
      requireSame("triplet", anchor, negative, ["anchor", "negative"]);
      if (anchor.shape.length === 0) shapeFault("triplet: one number is no vector", "[..., features]", "[]");
      requireOption("triplet", "margin", margin, margin > 0 && margin < Infinity, "a number above 0");
      requireOption("triplet", "p", p, p > 0, "a number above 0");
      requireOption("triplet", "eps", eps, Number.isFinite(eps), "a finite number");
      requireSwitch("triplet", "swap", swap);
      const distance = (x: Expression, y: Expression) => norm(add(sub(x, y), eps), p, -1);
      const far = distance(anchor, negative);
      const least = swap ? minimum(far, distance(positive, negative)) : far;
      return finish("triplet", atLeastZero(add(sub(distance(anchor, positive), least), margin)), options);
    },
  ),
);
