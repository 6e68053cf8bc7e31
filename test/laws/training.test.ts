/**
 * What `minimize` does around an optimizer: clipping, accumulation, averages, skipped steps, groups, kept numbers. Fused
 * equals unfused bit for bit over several steps, and a call is what its graph means.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareCall } from "../../compiler/check/call.js";
import {
  callOf,
  declared,
  fits,
  grouped,
  makeModel,
  modelPlans,
  optimizers,
  trainings,
  type ModelPlan,
} from "../graphs.js";
import { build, type Built } from "../run.js";
import { eachTarget, eachTargetAndPrecision } from "../targets.js";
import { accepted, circumstances, firstDifference, observe } from "./programs.js";
import { runs } from "../runs.js";
import { subjectOf } from "../stages.js";

const anyOptimizer = fc.oneof(...Object.values({ ...optimizers, ...declared }), grouped);

const plans = (precision?: fc.Arbitrary<ModelPlan["precision"]>): fc.Arbitrary<ModelPlan> =>
  fc.tuple(modelPlans(anyOptimizer, "random", precision), trainings).map(([plan, { average, ...rest }]): ModelPlan => {
    // What evaluates by itself takes no average beside it.
    const takes = average && !plan.optimizer.groups.some(({ rule }) => rule.evaluate);
    return { ...plan, training: { ...rest, ...(takes && { average }) } };
  });

describe.each(eachTarget)("on %s", (_, target) => {
  test.each(["withoutUpdates", "all"] as const)("fused (%s) equals unfused", (fusion) => {
    fc.assert(
      fc.property(plans(), fc.constantFrom(1, 3, 5, 17), (plan, batch) => {
        const dims = { batch, time: 3 };
        const made = makeModel(fits(plan, dims), { batch: 17, time: 3 });
        const wanted = observe(build(made, { fusion: "none", seed: 3, target }), { dims, steps: 6 });
        expect(
          firstDifference(observe(build(made, { fusion, seed: 3, target }), { dims, steps: 6 }), wanted),
        ).toBeNull();
      }),
      runs(40, 4),
    );
  });
});

function checkCall(live: Built, name: string, batch: number, seed: number): void {
  const inputs = callOf({ batch, time: 3 }, seed);
  const given = circumstances(live, live.state(), name, inputs);
  for (const { fault } of compareCall(live, subjectOf(live.stages, name), given, accepted(live.program, name, inputs)))
    expect(fault).toBeNull();
}

describe.each(eachTargetAndPrecision)("%s in %s", (_, precision, target) => {
  test("a call is what its graph means", () => {
    fc.assert(
      fc.property(plans(fc.constant(precision)), fc.constantFrom(1, 3, 5, 17), (drawn, batch) => {
        const plan = fits(drawn, { batch, time: 3 });
        const live = build(makeModel(plan, { batch, time: 3 }), { seed: 7, target });
        for (const seed of [2, 3, 4]) checkCall(live, "train", batch, seed);
        checkCall(live, "predict", batch, 5);
      }),
      runs(25, 4),
    );
  });
});
