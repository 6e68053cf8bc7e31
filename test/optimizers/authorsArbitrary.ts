/** The optimizers that PyTorch does not have, with options at random. */
import fc from "fast-check";
import type { HostNumber } from "../../compiler/ir/tensorMethods.js";
import { adabound, adaboundw, amsbound } from "../../library/optimizers/adabound.js";
import { adan } from "../../library/optimizers/adan.js";
import { lamb } from "../../library/optimizers/lamb.js";
import { lion } from "../../library/optimizers/lion.js";
import type { Optimizer } from "../../compiler/optimizers/optimizer.js";
import { scheduleFreeAdamW, scheduleFreeSGD } from "../../library/optimizers/scheduleFree.js";
import { swats } from "../../library/optimizers/swats.js";

const lr = fc.oneof(
  fc.constantFrom(1e-3, 0.01, 0.1),
  fc.constant((t: HostNumber) => t.mul(0.5).add(1).pow(-0.5).mul(0.02)),
);
const betas = fc.constantFrom([0.9, 0.999], [0.8, 0.95]);
const eps = fc.constantFrom(1e-8, 1e-3);
const weightDecay = fc.constantFrom(0, 0.1);

const bounds = { lr, betas, eps, weightDecay, finalLr: fc.constantFrom(0.1, 0.01), gamma: fc.constantFrom(1e-3, 0.5) };
const averaging = {
  weightDecay,
  warmupSteps: fc.constantFrom(0, 2),
  r: fc.constantFrom(0, 0.5),
  weightLrPower: fc.constantFrom(2, 0, 1),
};

export const authors: Readonly<Record<string, fc.Arbitrary<Optimizer>>> = {
  adabound: fc.record({ ...bounds, amsbound: fc.boolean() }).map(adabound),
  amsbound: fc.record(bounds).map(amsbound),
  adaboundw: fc.record({ ...bounds, amsbound: fc.boolean(), fixedDecay: fc.boolean() }).map(adaboundw),
  swats: fc
    .record({
      lr,
      betas,
      eps,
      weightDecay,
      switchTolerance: fc.constantFrom(1e-9, 1e-3, 1),
      relativeTolerance: fc.constantFrom(0, 0.1),
      scope: fc.constantFrom("global", "group", "tensor"),
      groups: fc.constantFrom(
        {},
        { vectors: { match: ({ shape }: { shape: readonly unknown[] }) => shape.length < 2, lr: 0.02 } },
      ),
    })
    .map(swats),
  scheduleFreeSGD: fc.record({ ...averaging, lr, momentum: fc.constantFrom(0.9, 0.5) }).map(scheduleFreeSGD),
  scheduleFreeAdamW: fc.record({ ...averaging, lr, betas, eps }).map(scheduleFreeAdamW),
  lion: fc.record({ lr, betas, weightDecay }).map(lion),
  lamb: fc
    .record({
      lr,
      betas,
      eps,
      weightDecay,
      clampValue: fc.constantFrom(10, 0.5),
      debias: fc.boolean(),
      adam: fc.boolean(),
    })
    .map(lamb),
  adan: fc
    .record({
      lr,
      betas: fc.constantFrom([0.98, 0.92, 0.99], [0.9, 0.8, 0.95]),
      eps,
      weightDecay,
      noProx: fc.boolean(),
    })
    .map(adan),
};
