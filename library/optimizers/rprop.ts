import * as hyper from "../../compiler/optimizers/hyper.js";
import { optimizer } from "../../compiler/optimizers/optimizer.js";
import { where } from "./where.js";

/**
 * Rprop (Riedmiller and Braun 1993), without backtracking (Igel and Huesken 2000), for gradients of all data. Each element
 * has a step size: where the gradient keeps its sign it grows by etas[1], where the sign changes it shrinks by etas[0]
 * and the element stays where it is; `p -= sign(g) stepSize`.
 * Defaults: lr 1e-2 (the step sizes at the start, fixed when the model is built), etas [0.5, 1.2], stepSizes [1e-6, 50]
 * (their bounds).
 */
export const rprop = optimizer({
  name: "rprop",
  hyper: {
    lr: hyper.fixed(1e-2, { from: 0 }),
    etas: hyper.numbers([0.5, 1.2], { above: 0 }),
    stepSizes: hyper.numbers([1e-6, 50], { from: 0 }),
    maximize: hyper.flag(),
  },
  check({ etas, stepSizes }) {
    const [shrink, grow, least, most] = [...(etas ?? [0.5, 1.2]), ...(stepSizes ?? [1e-6, 50])].map(Number);
    return shrink! >= 1 || grow! <= 1 || least! > most!
      ? "etas are below 1 and above 1, stepSizes a lower and an upper bound"
      : null;
  },
  state: ({ like, hyper }) => ({ prev: like(0), step_size: like(hyper.lr) }),
  update({ param, grad, state, hyper }) {
    const [shrink, grow] = hyper.etas;
    const g = hyper.maximize ? grad.neg() : grad;
    const turned = g.mul(state.prev);
    const factor = where(turned.gt(0), grow, where(turned.lt(0), shrink, 1));
    const stepSize = state.step_size.mul(factor).clamp(...hyper.stepSizes);
    const kept = where(turned.lt(0), 0, g);
    return { param: param.sub(kept.sign().mul(stepSize)), state: { prev: kept, step_size: stepSize } };
  },
});
