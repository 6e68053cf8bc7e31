/**
 * What a function does is the walk over its steps, and not the shape of their tree: the same steps nested in sequences are
 * proven, place their memory, compute, and are printed, counted and described, as they are in one row.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileStages } from "../../compiler/compile.js";
import { describeSteps } from "../../compiler/emit/debug.js";
import { manifestOf } from "../../compiler/emit/manifest.js";
import { emitModule } from "../../compiler/emit/module.js";
import { callsOf, callStep, sequence, type Step } from "../../compiler/ir/program.js";
import type { Arrange } from "../../compiler/plan/plan.js";
import { schedulesOf, verifyProgram, verifySchedule, type ScheduledKernel } from "../../compiler/plan/verify/verify.js";
import { explainProgram } from "../../compiler/report/explain.js";
import { declared, fits, grouped, makeModel, modelPlans, optimizers } from "../graphs.js";
import { build } from "../run.js";
import { eachTarget } from "../targets.js";
import { models } from "../plan/models.js";
import { firstDifference, observe } from "./programs.js";
import { runs, some } from "../runs.js";
import { placedOf, programOf } from "../stages.js";

/** A call in a sequence of its own in a sequence, and an empty one between. */
const alone = <Call>(call: Call): Step<Call> => sequence([sequence([callStep(call)]), sequence([])]);

const arrangements: Readonly<Record<string, Arrange>> = {
  "each alone": (steps) => sequence(callsOf(steps).map(alone)),
  "all in one": (steps) => sequence([sequence([sequence([]), steps])]),
  "two halves": (steps) => {
    const calls = callsOf(steps).map((call) => callStep(call));
    const half = calls.length >> 1;
    return sequence([sequence(calls.slice(0, half)), sequence(calls.slice(half))]);
  },
  "the first beside the rest, again and again": (steps) =>
    callsOf(steps).reduceRight<Step<ReturnType<typeof callsOf<unknown>>[0]>>(
      (rest, call) => sequence([callStep(call), rest]),
      sequence([]),
    ) as typeof steps,
};

const anyOptimizer = fc.oneof(...Object.values({ ...optimizers, ...declared }), grouped);

describe.each(eachTarget)("on %s", (_name, target) => {
  test.each(Object.entries(arrangements))("%s, computes the same bits", (_, arrange) => {
    fc.assert(
      fc.property(modelPlans(anyOptimizer), fc.constantFrom(1, 3, 5, 17), (plan, batch) => {
        const dims = { batch, time: 3 };
        const made = makeModel(fits(plan, dims), { batch: 17, time: 3 });
        const wanted = observe(build(made, { seed: 3, target }), { dims, steps: 3 });
        expect(
          firstDifference(observe(build(made, { seed: 3, target, arrange }), { dims, steps: 3 }), wanted),
        ).toBeNull();
      }),
      runs(12, 3),
    );
  });

  test.each(Object.entries(models))("%s is emitted and described with the same bytes", (_, make) => {
    const model = make();
    const all = (arrange?: Arrange): unknown[] => {
      const stages = compileStages(model, [target], { arrange });
      const program = programOf(stages);
      expect(verifyProgram(placedOf(stages))).toEqual([]);
      return [
        emitModule([program], { source: "m", version: "0", build: "steps", inline: true }),
        emitModule([program], { source: "m", version: "0", build: "steps" }),
        describeSteps([program], () => "somewhere"),
        manifestOf([program]),
        explainProgram(stages),
      ];
    };
    const wanted = all();
    for (const arrange of some(Object.values(arrangements))) expect(all(arrange)).toEqual(wanted);
  });
});

test("a verifier that is given nested steps looks into them", () => {
  let rejected = 0;
  for (const make of Object.values(models)) {
    const stages = compileStages(make(), [eachTarget[0]![1]], { arrange: arrangements["each alone"] });
    for (const schedule of schedulesOf(placedOf(stages))) {
      const calls = callsOf(schedule.steps);
      if (calls.length < 2) continue;
      const backwards = {
        ...schedule,
        steps: sequence<ScheduledKernel>([sequence([]), sequence(calls.toReversed().map((call) => alone(call)))]),
      };
      if (verifySchedule(backwards).length > 0) rejected++;
    }
  }
  expect(rejected).toBeGreaterThan(10);
});
