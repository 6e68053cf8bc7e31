import { decayed } from "./decay.js";
import * as hyper from "../../compiler/optimizers/hyper.js";
import { optimizer } from "../../compiler/optimizers/optimizer.js";
import { where } from "./where.js";

/**
 * Stochastic gradient descent. Defaults: lr 1e-3, no momentum, dampening 0, no weight decay.
 * `B = momentum B + (1 - dampening) g`, where the first B is g; `p -= lr B`, or `p -= lr (g + momentum B)` with
 * nesterov (Sutskever et al. 2013), which needs a momentum and no dampening. The rules are PyTorch's.
 */
export const sgd = optimizer({
  name: "sgd",
  hyper: {
    lr: hyper.number(1e-3, { from: 0 }),
    momentum: hyper.optional({ from: 0 }),
    dampening: hyper.optional(),
    weightDecay: hyper.optional({ from: 0 }),
    nesterov: hyper.flag(),
    maximize: hyper.flag(),
  },
  check: ({ nesterov, momentum, dampening }) =>
    nesterov && (!momentum || dampening) ? "nesterov needs a momentum and no dampening" : null,
  state: ({ like, hyper }) => (hyper.momentum ? { momentum_buffer: like(0) } : {}),
  update({ param, grad, state, hyper, step }) {
    const { lr, momentum, dampening } = hyper;
    const [, g] = decayed({ param, grad, hyper });
    if (!momentum) return { param: param.sub(g.mul(lr)), state: {} };
    // The buffer starts at 0, so that the first one is g if the first g comes undampened.
    const part = dampening ? g.mul(where(step.eq(1), 1, dampening.neg().add(1)).named("undamped")) : g;
    const buffer = state.momentum_buffer.mul(momentum).add(part);
    const direction = hyper.nesterov ? g.add(buffer.mul(momentum)) : buffer;
    return { param: param.sub(direction.mul(lr)), state: { momentum_buffer: buffer } };
  },
});
