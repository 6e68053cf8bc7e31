import { decayed } from "./decay.js";
import { squareTimes } from "./moments.js";
import * as hyper from "../../compiler/optimizers/hyper.js";
import { optimizer } from "../../compiler/optimizers/optimizer.js";

/**
 * Adadelta (Zeiler, arXiv 1212.5701): `v = rho v + (1 - rho) g^2`, `D = sqrt(u + eps) / sqrt(v + eps) g`,
 * `u = rho u + (1 - rho) D^2`, `p -= lr D`.
 * Defaults: lr 1, rho 0.9, eps 1e-6, no weight decay.
 */
export const adadelta = optimizer({
  name: "adadelta",
  hyper: {
    lr: hyper.number(1, { from: 0 }),
    rho: hyper.number(0.9, { from: 0, below: 1 }),
    eps: hyper.number(1e-6, { from: 0 }),
    weightDecay: hyper.optional({ from: 0 }),
    maximize: hyper.flag(),
  },
  state: ({ like }) => ({ square_avg: like(0), acc_delta: like(0) }),
  update({ param, grad, state, hyper }) {
    const { lr, rho, eps } = hyper;
    const [p, g] = decayed({ param, grad, hyper });
    const rest = rho.neg().add(1).named("rest");
    const v = state.square_avg.mul(rho).add(squareTimes(g, rest));
    const delta = state.acc_delta.add(eps).sqrt().div(v.add(eps).sqrt()).mul(g);
    const u = state.acc_delta.mul(rho).add(squareTimes(delta, rest));
    return { param: p.sub(delta.mul(lr)), state: { square_avg: v, acc_delta: u } };
  },
});
