import * as hyper from "../../compiler/optimizers/hyper.js";
import { optimizer } from "../../compiler/optimizers/optimizer.js";

/**
 * Lion (Chen et al., arXiv 2302.06675), whose steps are signs: `p *= 1 - lr weightDecay`, `p -= lr sign(beta1 m + (1 -
 * beta1) g)`, then `m = beta2 m + (1 - beta2) g`. A sum of 0 makes no step. Defaults: lr 1e-4, betas [0.9, 0.99], no
 * weight decay. As in lion-pytorch; its `decoupled_weight_decay` is a weightDecay divided by the lr.
 */
export const lion = optimizer({
  name: "lion",
  hyper: {
    lr: hyper.number(1e-4, { from: 0 }),
    betas: hyper.numbers([0.9, 0.99], { from: 0, below: 1 }),
    weightDecay: hyper.optional({ from: 0 }),
  },
  state: ({ like }) => ({ exp_avg: like(0) }),
  update({ param, grad, state, hyper: { lr, betas, weightDecay } }) {
    const [beta1, beta2] = betas;
    const [rest1, rest2] = [beta1.neg().add(1).named("rest1"), beta2.neg().add(1).named("rest2")];
    const m = state.exp_avg;
    const p = weightDecay ? param.mul(lr.mul(weightDecay).neg().add(1).named("shrink")) : param;
    return {
      param: p.sub(m.mul(beta1).add(grad.mul(rest1)).sign().mul(lr)),
      state: { exp_avg: m.mul(beta2).add(grad.mul(rest2)) },
    };
  },
});
