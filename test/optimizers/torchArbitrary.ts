/** The optimizers of torch.optim, with options at random. */
import fc from "fast-check";
import type { HostNumber } from "../../compiler/ir/tensorMethods.js";
import { adadelta } from "../../library/optimizers/adadelta.js";
import { adafactor } from "../../library/optimizers/adafactor.js";
import { adamax } from "../../library/optimizers/adamax.js";
import { adamw } from "../../library/optimizers/adam.js";
import { asgd } from "../../library/optimizers/asgd.js";
import { muon } from "../../library/optimizers/muon.js";
import { nadam } from "../../library/optimizers/nadam.js";
import type { Optimizer } from "../../compiler/optimizers/optimizer.js";
import { radam } from "../../library/optimizers/radam.js";
import { rprop } from "../../library/optimizers/rprop.js";

const lr = fc.oneof(
  fc.constantFrom(1e-3, 0.01, 0.1),
  fc.constant((t: HostNumber) => t.mul(0.5).add(1).pow(-0.5).mul(0.02)),
);
const betas = fc.constantFrom([0.9, 0.999], [0.8, 0.95], [0.9, 0.6]);
const eps = fc.constantFrom(1e-8, 1e-3);
const weightDecay = fc.constantFrom(0, 0.1);
const maximize = fc.boolean();
const decoupledWeightDecay = fc.boolean();
const moments = { lr, betas, eps, weightDecay, maximize };

/** Muon takes matrices; the rest goes to AdamW. */
const others = {
  match: ({ shape }: { readonly shape: readonly unknown[] }) => shape.length !== 2,
  optimizer: adamw({ lr: 0.01 }),
};

export const torch: Readonly<Record<string, fc.Arbitrary<Optimizer>>> = {
  nadam: fc.record({ ...moments, decoupledWeightDecay, momentumDecay: fc.constantFrom(4e-3, 0, 0.5) }).map(nadam),
  // A small beta2 rectifies from an early step on.
  radam: fc.record({ ...moments, decoupledWeightDecay }).map(radam),
  adamax: fc.record(moments).map(adamax),
  adadelta: fc.record({ lr, rho: fc.constantFrom(0.9, 0.5), eps, weightDecay, maximize }).map(adadelta),
  rprop: fc
    .record({
      lr: fc.constantFrom(1e-3, 0.01, 0.1),
      etas: fc.constantFrom([0.5, 1.2], [0.3, 1.5]),
      stepSizes: fc.constantFrom([1e-6, 50], [5e-3, 0.012]),
      maximize,
    })
    .map(rprop),
  asgd: fc
    .record({
      lr,
      lambd: fc.constantFrom(1e-4, 0.1),
      alpha: fc.constantFrom(0.75, 0.5),
      t0: fc.constantFrom(1e6, 0, 1),
      weightDecay,
      maximize,
    })
    .map(asgd),
  adafactor: fc
    .record({
      lr,
      beta2Decay: fc.constantFrom(-0.8, -0.5, 0),
      eps: fc.constantFrom([null, 1e-3], [1e-3, 0.1]),
      d: fc.constantFrom(1, 2),
      weightDecay,
      maximize,
    })
    .map(adafactor),
  muon: fc
    .record({
      lr,
      weightDecay,
      momentum: fc.constantFrom(0.95, 0.5, 0),
      nesterov: fc.boolean(),
      nsCoefficients: fc.constantFrom([3.4445, -4.775, 2.0315], [2, -1.5, 0.5]),
      eps: fc.constantFrom(1e-7, 1e-2),
      nsSteps: fc.constantFrom(5, 0, 1),
      adjustLrFn: fc.constantFrom("original", "match_rms_adamw", "spectral_unclamped"),
    })
    .map((options) => muon({ ...options, groups: { others } })),
};
