/** Losses that are squared near 0 and straight beyond. */
import { published } from "../../compiler/ir/asTensor.js";
import { checkOptions, entry, requireOption } from "../../compiler/ir/guards.js";
import { defineOp, type Expression } from "../../compiler/ir/op.js";
import type { Shape } from "../../compiler/ir/shape.js";
import type { Tensor } from "../../compiler/ir/tensorMethods.js";
import { abs } from "../../compiler/ops/abs.js";
import { le, lt } from "../../compiler/ops/compare.js";
import { div } from "../../compiler/ops/div.js";
import { requireElement } from "../../compiler/ops/elementwise.js";
import { mul } from "../../compiler/ops/mul.js";
import { square } from "../../compiler/ops/square.js";
import { sub } from "../../compiler/ops/sub.js";
import { where } from "../../compiler/ops/where.js";
import { finish, requireSame } from "./loss.js";
import type { Reduced, Reduction, ReductionOption, Same } from "./loss.js";

interface HuberOptions<R> extends ReductionOption<R> {
  /** The size of an error from which the loss is linear, above 0. Default 1. */
  readonly delta?: number;
}

interface SmoothL1Options<R> extends ReductionOption<R> {
  /** The size of an error from which the loss is linear, at least 0. Default 1. */
  readonly beta?: number;
}

export interface Huber {
  /**
   * The mean over all elements of `e^2 / 2` where |e| < delta, else `delta (|e| - delta / 2)`, e being
   * `prediction - target`, which have one shape (Huber, 1964); PyTorch's `huber_loss`. The gradients are e between
   * -delta and delta, divided by the count, and its negative. `reduction` is `"mean"`, `"sum"`, or `"none"`.
   */
  <S extends Shape, T extends Shape, R extends Reduction = "mean">(
    prediction: Tensor<S>,
    target: Same<"huber", S, T>,
    options?: HuberOptions<R>,
  ): Tensor<Reduced<S, R>>;
}

export interface SmoothL1 {
  /**
   * The mean over all elements of `e^2 / (2 beta)` where |e| < beta, else `|e| - beta / 2`, e being
   * `prediction - target`, which have one shape (Girshick, Fast R-CNN, 2015); PyTorch's `smooth_l1_loss`. It is `huber`
   * divided by its delta, and `l1` if beta is 0. The gradients are e / beta between -1 and 1, divided by the count, and
   * its negative. `reduction` is `"mean"`, `"sum"`, or `"none"`.
   */
  <S extends Shape, T extends Shape, R extends Reduction = "mean">(
    prediction: Tensor<S>,
    target: Same<"smoothL1", S, T>,
    options?: SmoothL1Options<R>,
  ): Tensor<Reduced<S, R>>;
}

/**
 * `x^2 / 2` where |x| < delta, else `delta (|x| - delta / 2)`. The gradient is x itself, between -delta and delta; as a
 * rule of its own it is finite where the square of x is not.
 */
const huberOf = defineOp<[x: Expression, delta: number], { delta: number }>({
  name: "huber",
  parse: (x, delta) => ({ args: [x], attributes: { delta } }),
  infer([x]) {
    requireElement("huber", x, ["float"]);
    return x;
  },
  expand([x], { delta }) {
    const size = abs(x);
    return where(lt(size, delta), mul(square(x), 0.5), mul(sub(size, delta / 2), delta));
  },
  gradient({ args: [x], attributes: { delta }, cotangent }) {
    // Straight from |x| = delta on: a second derivative is 0 there, as in PyTorch, where that of a clamp would be 1.
    return [mul(cotangent, where(le(x, -delta), -delta, where(le(delta, x), delta, x)))];
  },
});

export const huber = published<Huber>(
  entry("huber", (prediction: Expression, target: Expression, options: HuberOptions<Reduction> = {}) => {
    checkOptions("huber", options, ["delta", "reduction"]);
    const { delta = 1 } = options;
    requireSame("huber", prediction, target);
    requireOption("huber", "delta", delta, delta > 0 && delta < Infinity, "a number above 0");
    return finish("huber", huberOf(sub(prediction, target), delta), options);
  }),
);

export const smoothL1 = published<SmoothL1>(
  entry("smoothL1", (prediction: Expression, target: Expression, options: SmoothL1Options<Reduction> = {}) => {
    checkOptions("smoothL1", options, ["beta", "reduction"]);
    const { beta = 1 } = options;
    requireSame("smoothL1", prediction, target);
    requireOption("smoothL1", "beta", beta, beta >= 0 && beta < Infinity, "a number that is at least 0");
    const error = sub(prediction, target);
    return finish("smoothL1", beta === 0 ? abs(error) : div(huberOf(error, beta), beta), options);
  }),
);
