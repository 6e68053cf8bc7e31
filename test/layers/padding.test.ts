/** The row of an embedding that stands for nothing: what training makes of it, as PyTorch has it. */
import { expect, test } from "vitest";
import type { Model } from "../../compiler/model/model.js";
import * as optimc from "../../src/index.js";
import { build, numbersOf } from "../run.js";
import { eachTarget } from "../targets.js";

const { compute, embedding, gradient, input, minimize, model } = optimc;

const optimizers = {
  adabound: optimc.adabound({ weightDecay: 0.1 }),
  adadelta: optimc.adadelta({ weightDecay: 0.1 }),
  adafactor: optimc.adafactor({ weightDecay: 0.1 }),
  adagrad: optimc.adagrad({ weightDecay: 0.1 }),
  adam: optimc.adam({ weightDecay: 0.1 }),
  adamax: optimc.adamax({ weightDecay: 0.1 }),
  adamw: optimc.adamw(),
  adan: optimc.adan({ weightDecay: 0.1 }),
  asgd: optimc.asgd(),
  lamb: optimc.lamb({ weightDecay: 0.1 }),
  lbfgs: optimc.lbfgs(),
  lion: optimc.lion({ weightDecay: 0.1 }),
  muon: optimc.muon(),
  nadam: optimc.nadam({ weightDecay: 0.1 }),
  radam: optimc.radam({ weightDecay: 0.1 }),
  rmsprop: optimc.rmsprop({ momentum: 0.9 }),
  rprop: optimc.rprop(),
  scheduleFreeAdamW: optimc.scheduleFreeAdamW({ weightDecay: 0.1 }),
  scheduleFreeSGD: optimc.scheduleFreeSGD({ weightDecay: 0.1 }),
  sgd: optimc.sgd({ lr: 0.1, momentum: 0.9, weightDecay: 0.1 }),
  sparseAdam: optimc.sparseAdam(),
  swats: optimc.swats(),
};

const words = Int32Array.of(0, 1, 0, 2);

test.each(Object.entries(optimizers))("%s leaves the zeros of the padding row", (_, optimizer) => {
  const loss = embedding("words", 4, 3, { paddingIndex: 0 })(input("at", [4], "int32"))
    .sub(1)
    .square()
    .mean();
  const live = build(model("m", { functions: { train: minimize(loss, optimizer) } }) as unknown as Model);
  const before = numbersOf(live.parameters["words.weight"]!);
  for (let step = 0; step < 5; step++) live.call("train", { at: words });
  const after = numbersOf(live.parameters["words.weight"]!);
  expect(after.slice(0, 3).map((each) => each + 0)).toEqual([0, 0, 0]);
  expect(after.slice(3, 6)).not.toEqual(before.slice(3, 6));
});

test.each(eachTarget)("on %s a weight that is used beside the layer receives its gradient there", (_, target) => {
  const words = embedding("words", 3, 2, { paddingIndex: 0 });
  const scores = words(input("at", [2], "int32")).matmul(words.weight.transpose());
  const slope = compute({ slope: gradient(scores.sum(), words.weight) });
  const live = build(model("m", { functions: { slope } }) as unknown as Model, { target });
  live.parameters["words.weight"]!.set([0, 0, 1, 2, 3, 4]);
  // The gradient of Embedding(3, 2, padding_idx=0) whose output is multiplied by its own weight.
  expect(numbersOf(live.call("slope", { at: Int32Array.of(0, 1) })["slope"])).toEqual([1, 2, 5, 8, 1, 2]);
});

test.each(eachTarget)("on %s what was loaded into the row is reached by weight decay", (_, target) => {
  const loss = embedding("words", 3, 2, { paddingIndex: 0 })(input("at", [2], "int32")).sum();
  const train = minimize(loss, optimc.adamw({ lr: 0.1, weightDecay: 0.5 }));
  const live = build(model("m", { functions: { train } }) as unknown as Model, { target });
  live.parameters["words.weight"]!.set([5, 6, 1, 2, 3, 4]);
  live.call("train", { at: Int32Array.of(0, 1) });
  // AdamW of PyTorch 2.13 with the same table.
  const wanted = [4.75, 5.7, 0.85, 1.8, 2.85, 3.8];
  const found = numbersOf(live.parameters["words.weight"]!);
  for (const [at, value] of wanted.entries()) expect(found[at]).toBeCloseTo(value, 5);
});
