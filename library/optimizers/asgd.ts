import { decayed } from "./decay.js";
import * as hyper from "../../compiler/optimizers/hyper.js";
import { optimizer } from "../../compiler/optimizers/optimizer.js";
import { where } from "./where.js";

/**
 * Averaged SGD (Polyak and Juditsky 1992): `p -= eta (g + lambd p)`, `ax += mu (p - ax)`, or `ax = p` where mu is 1. Then
 * `eta = lr / (1 + lambd lr t)^alpha` and `mu = 1 / max(1, t - t0)` for the next step; the first eta is lr, the first mu 1.
 * The average is the state `ax`: nothing reads it.
 * Defaults: lr 1e-2, lambd 1e-4, alpha 0.75, t0 1e6, no weight decay.
 */
export const asgd = optimizer({
  name: "asgd",
  hyper: {
    lr: hyper.number(1e-2, { from: 0 }),
    lambd: hyper.number(1e-4),
    alpha: hyper.number(0.75),
    t0: hyper.number(1e6),
    weightDecay: hyper.optional({ from: 0 }),
    maximize: hyper.flag(),
  },
  state: ({ like }) => ({ ax: like(0) }),
  shared: () => ({ eta: 0, mu: 1 }),
  advance: ({ hyper: { lr, lambd, alpha, t0 }, step }) => ({
    eta: lr.div(lambd.mul(lr).mul(step).add(1).pow(alpha)),
    mu: step.sub(t0).maximum(1).pow(-1),
  }),
  update({ param, grad, state, hyper, step, shared: { eta: kept, mu } }) {
    const [p, g] = decayed({ param, grad, hyper });
    const eta = where(step.eq(1), hyper.lr, kept).named("eta");
    const next = p.mul(hyper.lambd.mul(eta).neg().add(1).named("shrink")).sub(g.mul(eta));
    return { param: next, state: { ax: where(mu.eq(1), next, state.ax.add(next.sub(state.ax).mul(mu))) } };
  },
});
