/** Training goes on from a saved state as if it had not stopped; an option for one call is as one built in. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Optimizer } from "../../compiler/optimizers/optimizer.js";
import { adagrad } from "../../library/optimizers/adagrad.js";
import { adam, adamw } from "../../library/optimizers/adam.js";
import { adabound } from "../../library/optimizers/adabound.js";
import { adan } from "../../library/optimizers/adan.js";
import { lamb } from "../../library/optimizers/lamb.js";
import { lion } from "../../library/optimizers/lion.js";
import { rmsprop } from "../../library/optimizers/rmsprop.js";
import { scheduleFreeAdamW } from "../../library/optimizers/scheduleFree.js";
import { swats } from "../../library/optimizers/swats.js";
import { sgd } from "../../library/optimizers/sgd.js";
import { callOf, declared, makeModel, modelPlans, optimizers } from "../graphs.js";
import { build, numbersOf, type Live } from "../run.js";
import { accepted, firstDifference } from "./programs.js";
import { runs } from "../runs.js";

const dims = { batch: 5, time: 3 };

/** Results and parameters of some training steps, the first of them number `from`. */
function train(live: Live, from: number, count: number, options: object = {}): Record<string, readonly number[]> {
  const seen: Record<string, readonly number[]> = {};
  for (let step = from; step < from + count; step++) {
    const result = live.call("train", accepted(live.program, "train", callOf(dims, step)), options as never);
    for (const [name, value] of Object.entries(result)) seen[`step ${step} ${name}`] = numbersOf(value);
  }
  for (const [name, value] of Object.entries(live.parameters)) seen[name] = Array.from(value);
  return seen;
}

test("a loaded state goes on bit for bit", () => {
  const anyOptimizer = fc.oneof(...Object.values({ ...optimizers, ...declared }));
  fc.assert(
    fc.property(modelPlans(anyOptimizer), (plan) => {
      const made = makeModel(plan, dims);
      const whole = build(made, { seed: 4 });
      train(whole, 1, 2);
      const saved = whole.state();
      const wanted = train(whole, 3, 2);
      // Another seed: the state brings its own.
      const other = build(made, { seed: 9 });
      train(other, 7, 1);
      other.load(saved);
      expect(firstDifference(train(other, 3, 2), wanted)).toBeNull();
      expect(other.state()).toEqual(whole.state());
    }),
    runs(30, 1),
  );
});

const overrides: readonly (readonly [string, () => Optimizer, () => Optimizer, object])[] = [
  [
    "sgd",
    () => sgd({ momentum: 0.5, weightDecay: 0.3 }),
    () => sgd({ lr: 0.02, momentum: 0.9, weightDecay: 0.1 }),
    { lr: 0.02, momentum: 0.9, weightDecay: 0.1 },
  ],
  ["a schedule", () => sgd({ lr: (t) => t.add(1).mul(0.1) }), () => sgd({ lr: 0.02 }), { lr: 0.02 }],
  [
    "adam",
    () => adam(),
    () => adam({ lr: 0.1, betas: [0.5, 0.75], eps: 0.01 }),
    { lr: 0.1, betas: [0.5, 0.75], eps: 0.01 },
  ],
  ["adamw", () => adamw(), () => adamw({ weightDecay: 0.5 }), { weightDecay: 0.5 }],
  ["rmsprop", () => rmsprop(), () => rmsprop({ alpha: 0.5 }), { alpha: 0.5 }],
  ["lion", () => lion(), () => lion({ lr: 0.1, betas: [0.5, 0.75] }), { lr: 0.1, betas: [0.5, 0.75] }],
  ["lamb", () => lamb(), () => lamb({ lr: 0.1, clampValue: 0.5 }), { lr: 0.1, clampValue: 0.5 }],
  [
    "adabound",
    () => adabound({ lr: 0.01 }),
    () => adabound({ lr: 0.02, baseLr: 0.01, gamma: 0.1, finalLr: 0.5 }),
    { lr: 0.02, gamma: 0.1, finalLr: 0.5 },
  ],
  [
    "swats",
    () => swats({ switchTolerance: 0.1 }),
    () => swats({ switchTolerance: 0.1, lr: 0.1, baseLr: 1e-3, betas: [0.5, 0.75] }),
    { lr: 0.1, betas: [0.5, 0.75] },
  ],
  [
    "scheduleFreeAdamW",
    () => scheduleFreeAdamW(),
    () => scheduleFreeAdamW({ lr: 0.1, eps: 0.01 }),
    { lr: 0.1, eps: 0.01 },
  ],
  ["adan", () => adan(), () => adan({ lr: 0.1, betas: [0.5, 0.6, 0.75] }), { lr: 0.1, betas: [0.5, 0.6, 0.75] }],
  ["adagrad", () => adagrad({ lrDecay: 0.1 }), () => adagrad({ lr: 1, lrDecay: 0.2 }), { lr: 1, lrDecay: 0.2 }],
];

test.each(overrides)("an option of a call is as one built in: %s", (_, plain, wanted, options) => {
  fc.assert(
    fc.property(modelPlans(fc.constant(null as unknown as Optimizer)), (plan) => {
      const of = (optimizer: Optimizer): Live => build(makeModel({ ...plan, optimizer }, dims), { seed: 2 });
      expect(firstDifference(train(of(plain()), 1, 3, options), train(of(wanted()), 1, 3))).toBeNull();
    }),
    runs(8, 1),
  );
});
