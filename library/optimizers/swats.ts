import type { HostNumber } from "../../compiler/ir/tensorMethods.js";
import { biasCorrection, weightedMoments } from "./moments.js";
import * as hyper from "../../compiler/optimizers/hyper.js";
import { optimizer, type StepContext } from "../../compiler/optimizers/optimizer.js";
import { where } from "./where.js";

const hyperparameters = {
  lr: hyper.number(1e-3, { from: 0 }),
  betas: hyper.numbers([0.9, 0.999], { from: 0, below: 1 }),
  eps: hyper.number(1e-9, { from: 0 }),
  weightDecay: hyper.optional({ from: 0 }),
  switchTolerance: hyper.fixed(1e-9, { from: 0 }),
  relativeTolerance: hyper.fixed(0, { from: 0 }),
  scope: hyper.choice(["global", "group", "tensor"]),
  baseLr: hyper.initialOf("lr", { above: 0 }),
};

type Kept = "exp_avg" | "exp_avg_sq" | "momentum_buffer";
type Shared = "phase" | "exp_avg2" | "lambda";

/** x if all conditions hold, else y. */
const choose = (conditions: readonly HostNumber[], x: HostNumber | 1, y: HostNumber): HostNumber =>
  conditions.reduceRight((chosen: HostNumber, each) => where(each, chosen, y), x as HostNumber);

/** The gradient with its decay, and Adam's step. */
function adaptive({
  param,
  grad,
  state,
  hyper: { lr, betas, eps, weightDecay },
  step,
}: StepContext<typeof hyperparameters, Kept, Shared>) {
  const [beta1, beta2] = betas;
  const g = weightDecay ? grad.add(param.mul(weightDecay)) : grad;
  const [m, v] = weightedMoments(state, g, betas);
  const stepSize = lr.mul(biasCorrection(beta2, step).sqrt()).div(biasCorrection(beta1, step)).named("stepSize");
  return { g, m, v, q: m.mul(stepSize).div(v.sqrt().add(eps)).neg() };
}

/**
 * SWATS (Keskar and Socher, arXiv 1712.07628): Adam until the equivalent step of SGD settles, then SGD with that step.
 * Adam's step q (eps inside, as in the paper) is the projection of an SGD step of length `gamma = q.q / -(q.g)`; its
 * average `L = lambda / (1 - beta2^t)`, `lambda = beta2 lambda + (1 - beta2) gamma`, decides: at `t > 1`, `L > 0` and
 * `|L - gamma| < switchTolerance + relativeTolerance |gamma|` the phase changes, from the next step on to `V = beta1 V
 * + g`, `p -= (1 - beta1) L lr / baseLr V`. The products run over all parameters, or with `scope` over each group or
 * tensor, which then switch by themselves. `net.state()` reports `phase` (0 or 1), the average (`exp_avg2`) and L
 * (`lambda`). baseLr is the lr at the start, unless it is given. Defaults: lr 1e-3, betas [0.9, 0.999], eps 1e-9,
 * switchTolerance 1e-9, which few problems meet (1e-5 to 1e-4 is usual), relativeTolerance 0, scope "global".
 */
export const swats = optimizer({
  name: "swats",
  hyper: hyperparameters,
  scope: ({ scope }) => scope,
  state: ({ like }) => ({ exp_avg: like(0), exp_avg_sq: like(0), momentum_buffer: like(0) }),
  shared: () => ({ phase: 0, exp_avg2: 0, lambda: 0 }),
  measure(context: StepContext<typeof hyperparameters, Kept, Shared>) {
    const { q, g } = adaptive(context);
    return { qq: q.mul(q), qg: q.mul(g) };
  },
  advance({ shared, sums, hyper: { betas, switchTolerance, relativeTolerance }, step }) {
    const beta2 = betas[1];
    const gamma = sums.qq.div(sums.qg.neg());
    const average = shared.exp_avg2.mul(beta2).add(gamma.mul(beta2.neg().add(1)));
    const estimate = average.div(biasCorrection(beta2, step));
    const near = estimate.sub(gamma).abs().lt(gamma.abs().mul(relativeTolerance).add(switchTolerance));
    const counts = [shared.phase.eq(0), sums.qg.ne(0)];
    const switches = [...counts, step.gt(1), near, estimate.gt(0)];
    return {
      phase: choose(switches, 1, shared.phase),
      exp_avg2: choose(counts, average, shared.exp_avg2),
      lambda: choose(switches, estimate, shared.lambda),
    };
  },
  update(context) {
    const { param, state, hyper: { lr, betas, baseLr }, shared } = context; // prettier-ignore
    const { g, m, v, q } = adaptive(context);
    const beta1 = betas[0];
    const adam = shared.phase.eq(0);
    const buffer = state.momentum_buffer.mul(beta1).add(g);
    const rate = shared.lambda.mul(beta1.neg().add(1)).mul(lr).div(baseLr).named("rate");
    return {
      param: where(adam, param.add(q), param.sub(buffer.mul(rate))),
      state: {
        exp_avg: where(adam, m, state.exp_avg),
        exp_avg_sq: where(adam, v, state.exp_avg_sq),
        momentum_buffer: where(adam, state.momentum_buffer, buffer),
      },
    };
  },
});
