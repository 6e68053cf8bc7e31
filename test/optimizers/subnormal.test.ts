/** What optimizers keep is never subnormal: where averages of gradients that have stopped would end there, 0 is kept. */
import { describe, expect, test } from "vitest";
import * as optimc from "../../src/index.js";
import { evaluate } from "../../compiler/meaning/interpreter.js";
import type { MinimizeOptions } from "../../compiler/model/options.js";
import type { Optimizer } from "../../compiler/optimizers/optimizer.js";
import { circumstances } from "../laws/programs.js";
import { build, type Built } from "../run.js";
import { eachTargetAndPrecision } from "../targets.js";
import { graphOf } from "../stages.js";

const betas = [0.5, 0.5];
const cases: Readonly<Record<string, readonly [Optimizer, MinimizeOptions?]>> = {
  "sgd with momentum": [optimc.sgd({ lr: 1e-3, momentum: 0.5 })],
  adam: [optimc.adam({ betas })],
  "adam with amsgrad": [optimc.adam({ betas, amsgrad: true })],
  adamax: [optimc.adamax({ betas })],
  nadam: [optimc.nadam({ betas })],
  radam: [optimc.radam({ betas })],
  adadelta: [optimc.adadelta({ rho: 0.5 })],
  "rmsprop, centered, with momentum": [optimc.rmsprop({ alpha: 0.5, momentum: 0.5, centered: true })],
  adabound: [optimc.adabound({ betas })],
  lion: [optimc.lion({ betas })],
  lamb: [optimc.lamb({ betas })],
  adan: [optimc.adan({ betas: [0.5, 0.5, 0.5] })],
  adafactor: [optimc.adafactor({ beta2Decay: -0.1 })],
  muon: [optimc.muon({ momentum: 0.5 })],
  swats: [optimc.swats({ betas })],
  scheduleFreeAdamW: [optimc.scheduleFreeAdamW({ betas })],
  sparseAdam: [optimc.sparseAdam({ betas })],
  "an average": [optimc.sgd({ lr: 0.5, weightDecay: 1 }), { average: optimc.ema(0.5) }],
  "accumulated gradients": [optimc.sgd({ lr: 1e-3 }), { accumulate: 4 }],
};

describe.each(eachTargetAndPrecision)("on %s in %s", (_, precision, target) => {
  const least = precision === "float32" ? 2 ** -126 : 2 ** -1022;

  const trained = ([by, options]: readonly [Optimizer, MinimizeOptions?]): Built => {
    const w = optimc.param("w", [2, 3], optimc.ones());
    const loss = w.mul(optimc.input("g", [2, 3])).sum();
    const functions = { train: optimc.minimize(loss, by, options as object) };
    return build(optimc.model("stopped", { precision, functions }), { target });
  };

  const keptBy = (live: Built): number[] =>
    Object.values(live.state().functions["train"]?.parameters ?? {}).flatMap((tensors) =>
      Object.values(tensors).flatMap((values) => Array.from(values as ArrayLike<number>)),
    );

  test.each(Object.entries(cases))("%s", (name, given) => {
    const live = trained(given);
    const tiny = name === "accumulated gradients" ? least / 8 : 0;
    // A thousand halvings bring 1 below the smallest normal double.
    for (let step = 0; step < (precision === "float32" ? 200 : 1100); step++) {
      live.call("train", { g: new Float64Array(6).fill(step === 0 ? 0.75 : tiny) });
      if (step % 4 !== 2) continue;
      const slow = keptBy(live).filter((each) => each !== 0 && Math.abs(each) < least);
      expect(slow, `after step ${step + 1}`).toEqual([]);
    }
  });

  test("NaN, infinities and the smallest normal number stay, and the interpreter means the same", () => {
    const live = trained([optimc.sgd({ lr: 0, momentum: 0.5 })]);
    // Half of these and 0.
    const buffer = [2 * least, -2 * least, 1.75 * least, -1.75 * least, 0, 0];
    const state = live.state();
    const own = state.functions["train"]?.parameters?.["w"] ?? {};
    live.load({ ...state, functions: { train: { ...state.functions["train"], parameters: { w: { ...own, momentum_buffer: buffer } } } } } as never); // prettier-ignore
    const inputs = { g: Float64Array.of(0, 0, 0, 0, Infinity, NaN) };
    const before = circumstances(live, live.state(), "train", inputs);
    live.call("train", inputs);
    expect(keptBy(live)).toEqual([least, -least, 0, 0, Infinity, NaN]);
    const graph = graphOf(live.stages).stages.update;
    const wanted = evaluate(graph, before).optimizer["w"]?.["momentum_buffer"]?.data;
    expect(Array.from(wanted ?? [])).toEqual([least, -least, 0, 0, Infinity, NaN]);
  });
});
