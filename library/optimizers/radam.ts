import { decayed } from "./decay.js";
import { biasCorrection, moments } from "./moments.js";
import * as hyper from "../../compiler/optimizers/hyper.js";
import { optimizer } from "../../compiler/optimizers/optimizer.js";
import { where } from "./where.js";

/**
 * RAdam: Adam whose first steps are rectified (Liu et al., arXiv 1908.03265), as PyTorch has it. With
 * `rmax = 2 / (1 - beta2) - 1` and `r = rmax - 2 t beta2^t / (1 - beta2^t)`, a step with r > 5 (from the sixth on, for
 * the default beta2) is `p -= lr / (1 - beta1^t) m sqrt((r - 4) (r - 2) rmax / ((rmax - 4) (rmax - 2) r))
 * sqrt(1 - beta2^t) / (sqrt(v) + eps)`, another `p -= lr / (1 - beta1^t) m`.
 * Defaults: lr 1e-3, betas [0.9, 0.999], eps 1e-8, no weight decay. Weight decay is added to the gradient, or acts as
 * AdamW's with `decoupledWeightDecay`.
 */
export const radam = optimizer({
  name: "radam",
  hyper: {
    lr: hyper.number(1e-3, { from: 0 }),
    betas: hyper.numbers([0.9, 0.999], { from: 0, below: 1 }),
    eps: hyper.number(1e-8, { from: 0 }),
    weightDecay: hyper.optional({ from: 0 }),
    decoupledWeightDecay: hyper.flag(),
    maximize: hyper.flag(),
  },
  state: ({ like }) => ({ exp_avg: like(0), exp_avg_sq: like(0) }),
  update({ param, grad, state, hyper, step }) {
    const { lr, betas, eps } = hyper;
    const [p, g] = decayed({ param, grad, hyper }, hyper.decoupledWeightDecay);
    const [m, v] = moments(state, g, betas);
    const correction = biasCorrection(betas[1], step);
    const most = betas[1].neg().add(1).pow(-1).mul(2).sub(1);
    const length = most.sub(step.mul(2).mul(betas[1].pow(step)).div(correction));
    const above = length.sub(4).mul(length.sub(2)).mul(most);
    const below = most.sub(4).mul(most.sub(2)).mul(length);
    const isRectified = length.gt(5);
    const rate = where(isRectified, above.div(below).mul(correction).sqrt(), 1);
    const stepSize = lr.div(biasCorrection(betas[0], step)).mul(rate).named("stepSize");
    const d = where(isRectified.named("isRectified"), v.sqrt().add(eps), 1);
    return { param: p.sub(m.mul(stepSize).div(d)), state: { exp_avg: m, exp_avg_sq: v } };
  },
});
