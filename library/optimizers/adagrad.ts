import { decayed } from "./decay.js";
import * as hyper from "../../compiler/optimizers/hyper.js";
import { optimizer } from "../../compiler/optimizers/optimizer.js";

/**
 * Adagrad (Duchi, Hazan and Singer, JMLR 12, 2011): `S += g^2`, `p -= lr / (1 + (t - 1) lrDecay) g / (sqrt(S) + eps)`.
 * Defaults: lr 1e-2, eps 1e-10, lrDecay 0, initialAccumulatorValue 0, no weight decay.
 */
export const adagrad = optimizer({
  name: "adagrad",
  hyper: {
    lr: hyper.number(1e-2, { from: 0 }),
    lrDecay: hyper.optional({ from: 0 }),
    initialAccumulatorValue: hyper.fixed(0, { from: 0 }),
    eps: hyper.number(1e-10, { from: 0 }),
    weightDecay: hyper.optional({ from: 0 }),
    maximize: hyper.flag(),
  },
  state: ({ like, hyper }) => ({ sum: like(hyper.initialAccumulatorValue) }),
  update({ param, grad, state, hyper, step }) {
    const { lr, lrDecay, eps } = hyper;
    const [, g] = decayed({ param, grad, hyper });
    const rate = lrDecay ? lr.div(step.sub(1).mul(lrDecay).add(1)).named("rate") : lr;
    const sum = state.sum.add(g.mul(g));
    return { param: param.sub(g.mul(rate).div(sum.sqrt().add(eps))), state: { sum } };
  },
});
