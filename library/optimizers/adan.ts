import { biasCorrection, inverse, squareTimes } from "./moments.js";
import * as hyper from "../../compiler/optimizers/hyper.js";
import { optimizer } from "../../compiler/optimizers/optimizer.js";
import { where } from "./where.js";

/**
 * Adan (Xie et al., arXiv 2208.06677), Nesterov momentum by the difference of gradients `D = g - g_before`, 0 at first:
 * `m` is the average of g, `w` of D, `n` of `(g + beta2 D)^2`, each divided by `1 - beta^t`; `p = (p - lr (m + beta2 w)
 * / (sqrt(n) + eps)) / (1 + lr weightDecay)`, or with `noProx` `p *= 1 - lr weightDecay` before the step. Defaults: lr
 * 1e-3, betas [0.98, 0.92, 0.99] (the paper writes one minus these), eps 1e-8, no weight decay. As in the authors'
 * code; their `max_grad_norm` is the `clip` of `minimize`.
 */
export const adan = optimizer({
  name: "adan",
  hyper: {
    lr: hyper.number(1e-3, { from: 0 }),
    betas: hyper.numbers([0.98, 0.92, 0.99], { from: 0, below: 1 }),
    eps: hyper.number(1e-8, { from: 0 }),
    weightDecay: hyper.optional({ from: 0 }),
    noProx: hyper.flag(),
  },
  state: ({ like }) => ({ exp_avg: like(0), exp_avg_sq: like(0), exp_avg_diff: like(0), neg_pre_grad: like(0) }),
  update({ param, grad: g, state, hyper, step }) {
    const { lr, betas, eps, weightDecay, noProx } = hyper;
    const [beta1, beta2, beta3] = betas;
    const rest = (beta: typeof lr, name: string) => beta.neg().add(1).named(name);
    const difference = g.add(state.neg_pre_grad).mul(where(step.eq(1), 0, 1).named("known"));
    const ahead = g.add(difference.mul(beta2));
    const m = state.exp_avg.mul(beta1).add(g.mul(rest(beta1, "rest1")));
    const w = state.exp_avg_diff.mul(beta2).add(difference.mul(rest(beta2, "rest2")));
    const n = state.exp_avg_sq.mul(beta3).add(squareTimes(ahead, rest(beta3, "rest3")));
    const root = n
      .sqrt()
      .mul(inverse(biasCorrection(beta3, step).sqrt()).named("rootCorrection"))
      .add(eps);
    const ofAverage = m.mul(lr.div(biasCorrection(beta1, step)).named("stepSize"));
    const ofDifference = w.mul(lr.mul(beta2).div(biasCorrection(beta2, step)).named("stepSizeOfDifference"));
    const change = ofAverage.add(ofDifference).div(root);
    const shrink = weightDecay ? lr.mul(weightDecay) : null;
    const p = shrink && noProx ? param.mul(shrink.neg().add(1).named("shrink")) : param;
    const moved = p.sub(change);
    return {
      param: shrink && !noProx ? moved.div(shrink.add(1).named("grow")) : moved,
      state: { exp_avg: m, exp_avg_sq: n, exp_avg_diff: w, neg_pre_grad: g.neg() },
    };
  },
});
