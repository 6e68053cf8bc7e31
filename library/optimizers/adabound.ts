import { asExpression, asTensor } from "../../compiler/ir/asTensor.js";
import { div } from "../../compiler/ops/div.js";
import { biasCorrection, weightedMoments } from "./moments.js";
import * as hyper from "../../compiler/optimizers/hyper.js";
import { optimizer, type StateInit, type StepContext } from "../../compiler/optimizers/optimizer.js";

const common = {
  lr: hyper.number(1e-3, { from: 0 }),
  betas: hyper.numbers([0.9, 0.999], { from: 0, below: 1 }),
  finalLr: hyper.number(0.1, { from: 0 }),
  gamma: hyper.number(1e-3, { above: 0 }),
  eps: hyper.number(1e-8, { from: 0 }),
  weightDecay: hyper.optional({ from: 0 }),
  baseLr: hyper.initialOf("lr", { above: 0 }),
};

type AdaBoundMoment = "exp_avg" | "exp_avg_sq" | "max_exp_avg_sq";
type Context = StepContext<typeof common, AdaBoundMoment, "base_lr">;

const kept = (like: (value: number) => StateInit, ams: boolean): Partial<Record<AdaBoundMoment, StateInit>> => ({
  exp_avg: like(0),
  exp_avg_sq: like(0),
  ...(ams ? { max_exp_avg_sq: like(0) } : {}),
});

/** The base is saved with the state: an optimizer that is made anew with another lr goes on with the old bounds. */
const base = ({ hyper }: { readonly hyper: { readonly baseLr: number } }) => ({ base_lr: hyper.baseLr });

/** The step, Adam's with its rate between the bounds, and the moments after it. */
function bounded({ grad: g, state, hyper, step, shared }: Context, ams: boolean) {
  const { lr, betas, finalLr, gamma, eps } = hyper;
  const [beta1, beta2] = betas;
  const [m, v] = weightedMoments(state, g, betas);
  const most = ams ? state.max_exp_avg_sq.maximum(v) : v;
  const stepSize = lr.mul(biasCorrection(beta2, step).sqrt()).div(biasCorrection(beta1, step)).named("stepSize");
  const final = finalLr.mul(lr).div(shared.base_lr);
  // 1 - 1 / (gamma t + 1) and 1 + 1 / (gamma t)
  const [time, later] = [gamma.mul(step), gamma.mul(step).add(1)];
  const bounds = [
    final.mul(time).div(later).named("lowerBound"),
    final.mul(later).div(time).named("upperBound"),
  ] as const;
  const rate = quotient(stepSize, most.sqrt().add(eps)).clamp(...bounds);
  return { change: rate.mul(m), state: { exp_avg: m, exp_avg_sq: v, ...(ams ? { max_exp_avg_sq: most } : {}) } };
}

const quotient = (x: Context["step"], y: Context["grad"]): Context["grad"] =>
  asTensor(div(asExpression(x), asExpression(y)));

/** The weight decay within the gradient. */
const coupled = (context: Context): Context => {
  const { param, grad, hyper } = context;
  return hyper.weightDecay ? { ...context, grad: grad.add(param.mul(hyper.weightDecay)) } : context;
};

/**
 * AdaBound (Luo et al., ICLR 2019), Adam on the way to SGD: `m` and `v` as Adam's, the rate `lr sqrt(1 - beta2^t) / (1
 * - beta1^t) / (sqrt(v) + eps)` is held between `F (1 - 1 / (gamma t + 1))` and `F (1 + 1 / (gamma t))`, and `p -= rate
 * m`. `F = finalLr lr / baseLr`, so that a schedule of the lr moves the bounds with it; baseLr is the lr at the start,
 * of each group its own. If the lr warms up, set baseLr to the value it warms up to: the authors' code takes the lr
 * before any scheduler changes it. `amsbound` takes the largest v so far. Weight decay is added to the gradient.
 * Defaults: lr 1e-3, betas [0.9, 0.999], finalLr 0.1, gamma 1e-3, eps 1e-8, no weight decay. As in the authors' code
 * (adabound 0.0.5).
 */
export const adabound = optimizer({
  name: "adabound",
  hyper: { ...common, amsbound: hyper.flag() },
  state: ({ like, hyper }) => kept(like, hyper.amsbound),
  shared: base,
  update(context) {
    const { change, state } = bounded(coupled(context), context.hyper.amsbound);
    return { param: context.param.sub(change), state };
  },
});

/** AMSBound: `adabound` with `amsbound`. */
export const amsbound = optimizer({
  name: "amsbound",
  hyper: common,
  state: ({ like }) => kept(like, true),
  shared: base,
  update(context) {
    const { change, state } = bounded(coupled(context), true);
    return { param: context.param.sub(change), state };
  },
});

/**
 * AdaBoundW: AdaBound with decoupled weight decay, `p -= rate m + weightDecay p` with the old p, not multiplied by the
 * lr, as in the authors' code; with `fixedDecay: false` as in AdamW, `p *= 1 - lr weightDecay` before the step.
 * Defaults as AdaBound's.
 */
export const adaboundw = optimizer({
  name: "adaboundw",
  hyper: { ...common, amsbound: hyper.flag(), fixedDecay: hyper.flag(true) },
  state: ({ like, hyper }) => kept(like, hyper.amsbound),
  shared: base,
  update(context) {
    const { param, hyper } = context;
    const { lr, weightDecay, fixedDecay } = hyper;
    const { change, state } = bounded(context, hyper.amsbound);
    if (!weightDecay) return { param: param.sub(change), state };
    if (fixedDecay) return { param: param.sub(change).sub(param.mul(weightDecay)), state };
    return { param: param.mul(lr.mul(weightDecay).neg().add(1).named("shrink")).sub(change), state };
  },
});
