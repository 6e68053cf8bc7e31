import { asHostNumber } from "../../compiler/ir/asTensor.js";
import { literal } from "../../compiler/ir/op.js";
import type { HostNumber } from "../../compiler/ir/tensorMethods.js";
import { squareTimes } from "./moments.js";
import * as hyper from "../../compiler/optimizers/hyper.js";
import { optimizer, type StepContext } from "../../compiler/optimizers/optimizer.js";
import { where } from "./where.js";

const averaging = {
  weightDecay: hyper.optional({ from: 0 }),
  warmupSteps: hyper.fixed(0, { from: 0, whole: true }),
  r: hyper.fixed(0, { from: 0 }),
  weightLrPower: hyper.fixed(2, { from: 0 }),
};

type Numbers = Readonly<Record<"lr_max" | "weight_sum", HostNumber>>;
type Averaging = Readonly<Record<"warmupSteps" | "r" | "weightLrPower", number>> & { readonly lr: HostNumber };
type Tensor = StepContext<typeof averaging, "z", "lr_max">["param"];

/** The learning rate, warmed up. */
const rateOf = ({ lr, warmupSteps }: Averaging, step: HostNumber): HostNumber =>
  warmupSteps > 0 ? lr.mul(step.div(warmupSteps).minimum(1)).named("rate") : lr;

function weightOf({ r, weightLrPower }: Averaging, largest: HostNumber, step: HostNumber): HostNumber {
  const weight = weightLrPower === 2 ? largest.mul(largest) : largest.pow(weightLrPower);
  return r === 0 ? weight : step.pow(r).mul(weight);
}

const first = (): Record<"lr_max" | "weight_sum", number> => ({ lr_max: 0, weight_sum: 0 });

/** The largest rate so far, and the sum of all weights. */
function advance({ shared, hyper, step }: { shared: Numbers; hyper: Averaging; step: HostNumber }) {
  const largest = shared.lr_max.maximum(rateOf(hyper, step));
  return { lr_max: largest, weight_sum: shared.weight_sum.add(weightOf(hyper, largest, step)) };
}

/** z starts as the parameter. */
const baseOf = (param: Tensor, z: Tensor, step: HostNumber): Tensor => where(step.eq(1), param, z);

/** A step of z along the slope; y lies between z and the average x, which takes in the new z with the part c. */
function moved(y: Tensor, z: Tensor, slope: Tensor, beta: number, hyper: Averaging, next: Numbers, step: HostNumber) {
  const rate = rateOf(hyper, step);
  const weight = weightOf(hyper, next.lr_max, step);
  const c = where(next.weight_sum.eq(0), 0, weight.div(next.weight_sum)).named("part");
  // y' = (1 - c) y + c z + (beta (1 - c) - 1) rate slope, which is beta x' + (1 - beta) z'
  const along = rate.mul(c.neg().add(1).mul(beta).sub(1)).named("along");
  return { param: y.add(z.sub(y).mul(c)).add(slope.mul(along)), z: z.sub(slope.mul(rate)) };
}

/** x, of which y = beta x + (1 - beta) z; before z is made, y. */
const average = (y: Tensor, z: Tensor, beta: number, { weight_sum: weights }: Numbers): Tensor =>
  where(weights.eq(0), y, y.sub(z.mul(1 - beta)).div(beta));

/**
 * Schedule-Free SGD (Defazio et al., arXiv 2405.15682), which needs no schedule with a known end. The parameters are `y
 * = momentum x + (1 - momentum) z`, where gradients are taken: `z -= l (g + weightDecay y)`, `x = (1 - c) x + c z`,
 * with `l = lr min(1, t / warmupSteps)` and c the part of this step in the sum of all weights `t^r (max
 * l)^weightLrPower`. Functions without an update read x. Defaults: lr 1, momentum 0.9, warmupSteps 0, r 0,
 * weightLrPower 2, no weight decay. As in the authors' code (schedulefree); z is kept, and x is computed from y and z.
 */
export const scheduleFreeSGD = optimizer({
  name: "scheduleFreeSGD",
  hyper: { lr: hyper.number(1, { from: 0 }), momentum: hyper.fixed(0.9, { above: 0, below: 1 }), ...averaging },
  state: ({ like }) => ({ z: like(0) }),
  shared: first,
  advance,
  update({ param: y, grad, state, hyper, step, next }) {
    const slope = hyper.weightDecay ? grad.add(y.mul(hyper.weightDecay)) : grad;
    const { param, z } = moved(y, baseOf(y, state.z, step), slope, hyper.momentum, hyper, next, step);
    return { param, state: { z } };
  },
  evaluate: ({ param, state, hyper, shared }) => average(param, state.z, hyper.momentum, shared),
});

/**
 * Schedule-Free AdamW: as `scheduleFreeSGD` with `momentum = beta1` and, for g, `g / (sqrt(v / (1 - beta2^t)) + eps)`,
 * `v = beta2 v + (1 - beta2) g^2`; there is no first moment. Defaults: lr 2.5e-3, betas [0.9, 0.999], eps 1e-8,
 * warmupSteps 0, r 0, weightLrPower 2, no weight decay.
 */
export const scheduleFreeAdamW = optimizer({
  name: "scheduleFreeAdamW",
  hyper: {
    lr: hyper.number(2.5e-3, { from: 0 }),
    betas: hyper.fixedNumbers([0.9, 0.999], { above: 0, below: 1 }),
    eps: hyper.number(1e-8, { from: 0 }),
    ...averaging,
  },
  state: ({ like }) => ({ z: like(0), exp_avg_sq: like(0) }),
  shared: first,
  advance,
  update({ param: y, grad: g, state, hyper, step, next }) {
    const { eps, weightDecay } = hyper;
    const [beta1, beta2] = hyper.betas;
    const v = state.exp_avg_sq.mul(beta2).add(squareTimes(g, 1 - beta2));
    const correction = asHostNumber(literal(beta2, "scalar")).pow(step).neg().add(1).named("correction");
    const scaled = g.div(v.div(correction).sqrt().add(eps));
    const slope = weightDecay ? scaled.add(y.mul(weightDecay)) : scaled;
    const { param, z } = moved(y, baseOf(y, state.z, step), slope, beta1, hyper, next, step);
    return { param, state: { z, exp_avg_sq: v } };
  },
  evaluate: ({ param, state, hyper, shared }) => average(param, state.z, hyper.betas[0], shared),
});
