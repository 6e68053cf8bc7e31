/** The two moments of Adam and its relatives. */
import type { Shape } from "../ir/shape.js";
import type { Scalar, Tensor } from "../ir/tensor.js";

type Moment = "exp_avg" | "exp_avg_sq";

/** `[m, v]`: `m += (1 - beta1) (g - m)` and `v = beta2 v + (1 - beta2) g^2`. */
export function moments(
  state: Readonly<Record<Moment, Tensor<Shape>>>,
  g: Tensor<Shape>,
  [beta1, beta2]: readonly [Scalar, Scalar],
): readonly [m: Tensor<Shape>, v: Tensor<Shape>] {
  const [rest1, rest2] = [beta1.neg().add(1).named("rest1"), beta2.neg().add(1).named("rest2")];
  const m = state.exp_avg.add(g.sub(state.exp_avg).mul(rest1));
  return [m, state.exp_avg_sq.mul(beta2).add(g.mul(g).mul(rest2))];
}

/** `1 - beta^t`: what an average that began at 0 is divided by. */
export const biasCorrection = (beta: Scalar, step: Scalar): Scalar => beta.pow(step).neg().add(1);
