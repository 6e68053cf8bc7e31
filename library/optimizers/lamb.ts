import { biasCorrection, weightedMoments } from "./moments.js";
import * as hyper from "../../compiler/optimizers/hyper.js";
import { optimizer } from "../../compiler/optimizers/optimizer.js";
import { where } from "./where.js";

/**
 * LAMB (You et al., arXiv 1904.00962), Adam with steps as long as the tensor that they move: `m` and `v` as Adam's, `u
 * = m / (sqrt(v) + eps) + weightDecay p`, `p -= lr ratio u` with `ratio = min(|p|, clampValue) / |u|`, the norms being
 * the whole tensor's, and `ratio = 1` where one of them is 0. `debias` multiplies the step by `sqrt(1 - beta2^t) / (1 -
 * beta1^t)`; `adam` leaves the ratio at 1. Biases and the parameters of norms usually get neither decay nor ratio.
 * Defaults: lr 1e-3, betas [0.9, 0.999], eps 1e-6, clampValue 10, no weight decay. As in torch-optimizer.
 */
export const lamb = optimizer({
  name: "lamb",
  hyper: {
    lr: hyper.number(1e-3, { from: 0 }),
    betas: hyper.numbers([0.9, 0.999], { from: 0, below: 1 }),
    eps: hyper.number(1e-6, { from: 0 }),
    weightDecay: hyper.optional({ from: 0 }),
    clampValue: hyper.number(10, { from: 0 }),
    debias: hyper.flag(),
    adam: hyper.flag(),
  },
  state: ({ like }) => ({ exp_avg: like(0), exp_avg_sq: like(0) }),
  update({ param, grad, state, hyper, step }) {
    const { lr, betas, eps, weightDecay, clampValue, debias, adam } = hyper;
    const [beta1, beta2] = betas;
    const [m, v] = weightedMoments(state, grad, betas);
    const bias = biasCorrection(beta2, step).sqrt().div(biasCorrection(beta1, step));
    const stepSize = debias ? lr.mul(bias).named("stepSize") : lr;
    const adaptive = m.div(v.sqrt().add(eps));
    const direction = weightDecay ? adaptive.add(param.mul(weightDecay)) : adaptive;
    const kept = { exp_avg: m, exp_avg_sq: v };
    if (adam) return { param: param.sub(direction.mul(stepSize)), state: kept };
    const [length, stride] = [param.norm().minimum(clampValue), direction.norm()];
    const ratio = where(length.eq(0).or(stride.eq(0)), 1, length.div(stride));
    return { param: param.sub(direction.mul(ratio.mul(stepSize))), state: kept };
  },
});
