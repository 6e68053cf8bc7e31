import { decayed } from "./decay.js";
import { squareTimes } from "./moments.js";
import * as hyper from "../../compiler/optimizers/hyper.js";
import { optimizer } from "../../compiler/optimizers/optimizer.js";
import { where } from "./where.js";

/**
 * RMSprop (Hinton 2012), with momentum and centered (Graves, arXiv 1308.0850), as PyTorch has it: eps is added after
 * the root. Defaults: lr 1e-2, alpha 0.99, eps 1e-8, no momentum, no weight decay.
 */
export const rmsprop = optimizer({
  name: "rmsprop",
  hyper: {
    lr: hyper.number(1e-2, { from: 0 }),
    alpha: hyper.number(0.99, { from: 0 }),
    eps: hyper.number(1e-8, { from: 0 }),
    momentum: hyper.optional({ from: 0 }),
    weightDecay: hyper.optional({ from: 0 }),
    centered: hyper.flag(),
    maximize: hyper.flag(),
  },
  state: ({ like, hyper }) => ({
    square_avg: like(0),
    ...(hyper.momentum ? { momentum_buffer: like(0) } : {}),
    ...(hyper.centered ? { grad_avg: like(0) } : {}),
  }),
  update({ param, grad, state, hyper }) {
    const { lr, alpha, eps, momentum, centered } = hyper;
    const [, g] = decayed({ param, grad, hyper });
    const rest = alpha.neg().add(1).named("rest");
    const v = state.square_avg.mul(alpha).add(squareTimes(g, rest));
    const a = centered ? state.grad_avg.add(g.sub(state.grad_avg).mul(rest)) : null;
    // Where v has overflowed the square may have too: infinite less infinite would be NaN.
    const spread = a ? where(v.lt(Infinity), v.sub(a.mul(a)), v) : v;
    const scaled = g.div(spread.sqrt().add(eps));
    const buffer = momentum ? state.momentum_buffer.mul(momentum).add(scaled) : null;
    return {
      param: param.sub((buffer ?? scaled).mul(lr)),
      state: { square_avg: v, ...(a && { grad_avg: a }), ...(buffer && { momentum_buffer: buffer }) },
    };
  },
});
