import { decayed } from "./decay.js";
import { biasCorrection } from "./moments.js";
import * as hyper from "../../compiler/optimizers/hyper.js";
import { optimizer } from "../../compiler/optimizers/optimizer.js";

/**
 * Adamax: Adam with the largest gradient instead of their root mean square (Kingma and Ba, arXiv 1412.6980, section 7):
 * `m += (1 - beta1) (g - m)`, `u = max(beta2 u, |g| + eps)`, `p -= lr / (1 - beta1^t) m / u`.
 * Defaults: lr 2e-3, betas [0.9, 0.999], eps 1e-8, no weight decay.
 */
export const adamax = optimizer({
  name: "adamax",
  hyper: {
    lr: hyper.number(2e-3, { from: 0 }),
    betas: hyper.numbers([0.9, 0.999], { from: 0, below: 1 }),
    eps: hyper.number(1e-8, { from: 0 }),
    weightDecay: hyper.optional({ from: 0 }),
    maximize: hyper.flag(),
  },
  state: ({ like }) => ({ exp_avg: like(0), exp_inf: like(0) }),
  update({ param, grad, state, hyper, step }) {
    const { lr, betas, eps } = hyper;
    const [p, g] = decayed({ param, grad, hyper });
    const m = state.exp_avg.add(g.sub(state.exp_avg).mul(betas[0].neg().add(1).named("rest1")));
    const u = state.exp_inf.mul(betas[1]).maximum(g.abs().add(eps));
    const stepSize = lr.div(biasCorrection(betas[0], step)).named("stepSize");
    return { param: p.sub(m.mul(stepSize).div(u)), state: { exp_avg: m, exp_inf: u } };
  },
});
