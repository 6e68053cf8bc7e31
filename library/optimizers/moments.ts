/** The two moments of Adam and its relatives. */
import { asExpression, asHostNumber } from "../../compiler/ir/asTensor.js";
import type { Shape } from "../../compiler/ir/shape.js";
import type { HostNumber, Tensor } from "../../compiler/ir/tensorMethods.js";
import { div } from "../../compiler/ops/div.js";

type Moment = "exp_avg" | "exp_avg_sq";

/** `[m, v]`: `m += (1 - beta1) (g - m)` and `v = beta2 v + (1 - beta2) g^2`. */
export function moments(
  state: Readonly<Record<Moment, Tensor<Shape>>>,
  g: Tensor<Shape>,
  [beta1, beta2]: readonly [HostNumber, HostNumber],
): readonly [m: Tensor<Shape>, v: Tensor<Shape>] {
  const m = state.exp_avg.add(g.sub(state.exp_avg).mul(beta1.neg().add(1).named("rest1")));
  return [m, secondMoment(state.exp_avg_sq, g, beta2)];
}

/** The same with `m = beta1 m + (1 - beta1) g`, for those whose authors write it so: g - m may overflow where this does not. */
export function weightedMoments(
  state: Readonly<Record<Moment, Tensor<Shape>>>,
  g: Tensor<Shape>,
  [beta1, beta2]: readonly [HostNumber, HostNumber],
): readonly [m: Tensor<Shape>, v: Tensor<Shape>] {
  const m = state.exp_avg.mul(beta1).add(g.mul(beta1.neg().add(1).named("rest1")));
  return [m, secondMoment(state.exp_avg_sq, g, beta2)];
}

const secondMoment = (v: Tensor<Shape>, g: Tensor<Shape>, beta2: HostNumber): Tensor<Shape> =>
  v.mul(beta2).add(squareTimes(g, beta2.neg().add(1).named("rest2")));

/** `part x^2`, with the part first: the square alone overflows from 1.8e19 on, where the product may be a number still. */
export const squareTimes = (x: Tensor<Shape>, part: HostNumber | number): Tensor<Shape> => x.mul(part).mul(x);

/** `1 - beta^t`: what an average that began at 0 is divided by. */
export const biasCorrection = (beta: HostNumber, step: HostNumber): HostNumber => beta.pow(step).neg().add(1);

/** `1 / x`, on the host: kernels then multiply, which takes a fraction of the time of a division. */
export const inverse = (x: HostNumber): HostNumber => asHostNumber(div(1, asExpression(x)));
