import { decayed } from "./decay.js";
import { biasCorrection, moments } from "./moments.js";
import * as hyper from "../../compiler/optimizers/hyper.js";
import { optimizer } from "../../compiler/optimizers/optimizer.js";
import type { HostNumber } from "../../compiler/ir/tensorMethods.js";

/** The momentum of a step: `beta1 (1 - 0.96^(t momentumDecay) / 2)`. */
const momentumAt = (step: HostNumber, beta1: HostNumber, decay: HostNumber): HostNumber =>
  // log(0.96)
  beta1.mul(step.mul(decay).mul(-0.040821994520255166).exp().mul(-0.5).add(1));

/**
 * NAdam: Adam with Nesterov's momentum (Dozat, ICLR workshop 2016), as PyTorch has it. With `mu_t = beta1 (1 - 0.96^(t
 * momentumDecay) / 2)`, M the product of all mu so far and `d = sqrt(v / (1 - beta2^t)) + eps`:
 * `p -= lr (1 - mu_t) / (1 - M) g / d + lr mu_(t+1) / (1 - M mu_(t+1)) m / d`.
 * Defaults: lr 2e-3, betas [0.9, 0.999], eps 1e-8, momentumDecay 4e-3, no weight decay. Weight decay is added to the
 * gradient, or acts as AdamW's with `decoupledWeightDecay`.
 */
export const nadam = optimizer({
  name: "nadam",
  hyper: {
    lr: hyper.number(2e-3, { from: 0 }),
    betas: hyper.numbers([0.9, 0.999], { from: 0, below: 1 }),
    eps: hyper.number(1e-8, { from: 0 }),
    weightDecay: hyper.optional({ from: 0 }),
    momentumDecay: hyper.number(4e-3, { from: 0 }),
    decoupledWeightDecay: hyper.flag(),
    maximize: hyper.flag(),
  },
  state: ({ like }) => ({ exp_avg: like(0), exp_avg_sq: like(0) }),
  shared: () => ({ mu_product: 1 }),
  advance: ({ shared, hyper: { betas, momentumDecay }, step }) => ({
    mu_product: shared.mu_product.mul(momentumAt(step, betas[0], momentumDecay)),
  }),
  update({ param, grad, state, hyper, step, next }) {
    const { lr, betas, eps, momentumDecay } = hyper;
    const [p, g] = decayed({ param, grad, hyper }, hyper.decoupledWeightDecay);
    const [m, v] = moments(state, g, betas);
    const [mu, muAfter] = [step, step.add(1)].map((t) => momentumAt(t, betas[0], momentumDecay)) as [
      HostNumber,
      HostNumber,
    ];
    const gradRate = lr.mul(mu.neg().add(1)).div(next.mu_product.neg().add(1)).named("gradRate");
    const momentRate = lr.mul(muAfter).div(next.mu_product.mul(muAfter).neg().add(1)).named("momentRate");
    const d = v.div(biasCorrection(betas[1], step).named("correction2")).sqrt().add(eps);
    return { param: p.sub(g.mul(gradRate).div(d)).sub(m.mul(momentRate).div(d)), state: { exp_avg: m, exp_avg_sq: v } };
  },
});
