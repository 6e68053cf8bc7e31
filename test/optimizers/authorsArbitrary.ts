/** The optimizers that PyTorch does not have, with options at random. */
import fc from "fast-check";
import type { Scalar } from "../../compiler/ir/tensor.js";
import { adan } from "../../compiler/optimizers/adan.js";
import { lamb } from "../../compiler/optimizers/lamb.js";
import { lion } from "../../compiler/optimizers/lion.js";
import type { Optimizer } from "../../compiler/optimizers/optimizer.js";

const lr = fc.oneof(
  fc.constantFrom(1e-3, 0.01, 0.1),
  fc.constant((t: Scalar) => t.mul(0.5).add(1).pow(-0.5).mul(0.02)),
);
const betas = fc.constantFrom([0.9, 0.999], [0.8, 0.95]);
const eps = fc.constantFrom(1e-8, 1e-3);
const weightDecay = fc.constantFrom(0, 0.1);

export const authors: Readonly<Record<string, fc.Arbitrary<Optimizer>>> = {
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
