/** A compiled program is, within the rounding that the interpreter bounds, what its graph means: values and updates. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareCall } from "../../compiler/check/call.js";
import { callOf, declared, fits, makeModel, modelPlans, optimizers } from "../graphs.js";
import { build, type Built } from "../run.js";
import { eachTargetAndPrecision } from "../targets.js";
import { accepted, circumstances } from "./programs.js";
import { runs } from "../runs.js";
import { subjectOf } from "../stages.js";

const anyOptimizer = fc.oneof(...Object.values({ ...optimizers, ...declared }));

/** How many values are not so badly conditioned that the bound says nothing, and how many there are. */
let [certain, checked] = [0, 0];

function checkCall(live: Built, name: string, batch: number, seed: number): void {
  const inputs = callOf({ batch, time: 3 }, seed);
  const given = circumstances(live, live.state(), name, inputs);
  for (const { fault, allowed } of compareCall(
    live,
    subjectOf(live.stages, name),
    given,
    accepted(live.program, name, inputs),
  )) {
    expect(fault).toBeNull();
    checked++;
    if (allowed <= 2e-3) certain++;
  }
}

describe.each(eachTargetAndPrecision)("%s in %s", (_, precision, target) => {
  test.each(["none", "all"] as const)("fusion %s", (fusion) => {
    [certain, checked] = [0, 0];
    fc.assert(
      fc.property(
        modelPlans(anyOptimizer, "random", fc.constant(precision)),
        fc.constantFrom(1, 3, 5, 17),
        (drawn, batch) => {
          const plan = fits(drawn, { batch, time: 3 });
          const live = build(makeModel(plan, { batch, time: 3 }), { fusion, seed: 7, target });
          checkCall(live, "predict", batch, 1);
          checkCall(live, "train", batch, 2);
          checkCall(live, "train", batch, 3);
          checkCall(live, "predict", batch, 4);
        },
      ),
      runs(40, 5),
    );
    // The law is worth something only while most bounds are tight.
    expect(certain / checked).toBeGreaterThan(0.8);
  });
});
