import { decayed } from "./decay.js";
import { biasCorrection, inverse, moments } from "./moments.js";
import * as hyper from "../../compiler/optimizers/hyper.js";
import { optimizer } from "../../compiler/optimizers/optimizer.js";

const shared = {
  lr: hyper.number(1e-3, { from: 0 }),
  betas: hyper.numbers([0.9, 0.999], { from: 0, below: 1 }),
  eps: hyper.number(1e-8, { from: 0 }),
  weightDecay: hyper.optional({ from: 0 }),
  amsgrad: hyper.flag(),
  maximize: hyper.flag(),
};
const withSwitch = { ...shared, decoupledWeightDecay: hyper.flag() };

type AdamMoment = "exp_avg" | "exp_avg_sq" | "max_exp_avg_sq";
type Declaration = Parameters<typeof optimizer<typeof shared, AdamMoment>>[0];

const state: Declaration["state"] = ({ like, hyper }) => ({
  exp_avg: like(0),
  exp_avg_sq: like(0),
  ...(hyper.amsgrad ? { max_exp_avg_sq: like(0) } : {}),
});

function update(given: Parameters<Declaration["update"]>[0], isDecoupled: boolean): ReturnType<Declaration["update"]> {
  const { lr, betas, eps, amsgrad } = given.hyper;
  const [p, g] = decayed(given, isDecoupled);
  const [m, v] = moments(given.state, g, betas);
  // AMSGrad takes the maximum of the raw second moment.
  const most = amsgrad ? given.state.max_exp_avg_sq.maximum(v) : v;
  // Its inverse, because a division is the slowest that an update does.
  const rootCorrection = inverse(biasCorrection(betas[1], given.step).sqrt()).named("rootCorrection");
  const stepSize = lr.div(biasCorrection(betas[0], given.step)).named("stepSize");
  const next = p.sub(m.mul(stepSize).div(most.sqrt().mul(rootCorrection).add(eps)));
  return { param: next, state: { exp_avg: m, exp_avg_sq: v, ...(amsgrad ? { max_exp_avg_sq: most } : {}) } };
}

/**
 * Adam (Kingma and Ba, arXiv 1412.6980), AMSGrad with `amsgrad` (Reddi et al. 2018):
 * `m += (1 - beta1) (g - m)`, `v = beta2 v + (1 - beta2) g^2`,
 * `p -= lr / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + eps)`.
 * Defaults: lr 1e-3, betas [0.9, 0.999], eps 1e-8, no weight decay. Weight decay is added to the gradient, or acts as
 * AdamW's with `decoupledWeightDecay`.
 */
export const adam = optimizer<typeof withSwitch, AdamMoment>({
  name: "adam",
  hyper: withSwitch,
  state,
  update: (given) => update(given, given.hyper.decoupledWeightDecay),
});

/**
 * AdamW: Adam with decoupled weight decay, `p *= 1 - lr weightDecay` before the step (Loshchilov and Hutter,
 * arXiv 1711.05101). Defaults as Adam's, and weightDecay 1e-2.
 */
export const adamw = optimizer({
  name: "adamw",
  hyper: { ...shared, weightDecay: { ...hyper.optional({ from: 0 }), value: 1e-2 } },
  state,
  update: (given) => update(given, true),
});
