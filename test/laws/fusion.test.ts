/** Fused equals unfused bit for bit, for every optimizer and option over several steps. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { declared, fits, makeModel, modelPlans, optimizers } from "../graphs.js";
import { build } from "../run.js";
import { eachTarget } from "../targets.js";
import { firstDifference, observe } from "./programs.js";
import { isLong, runs } from "../runs.js";

const levels = isLong ? (["withoutUpdates", "all"] as const) : (["all"] as const);

describe.each(Object.entries({ ...optimizers, ...declared }))("%s", (_, optimizer) => {
  test.each(eachTarget)("on %s, fused equals unfused", (_, target) => {
    fc.assert(
      fc.property(modelPlans(optimizer), fc.constantFrom(1, 3, 5, 17), (plan, batch) => {
        const dims = { batch, time: 3 };
        const made = makeModel(fits(plan, dims), { batch: 17, time: 3 });
        const wanted = observe(build(made, { fusion: "none", seed: 3, target }), { dims });
        for (const fusion of levels)
          expect(
            firstDifference(observe(build(made, { fusion, seed: 3, target }), { dims }), wanted),
            fusion,
          ).toBeNull();
      }),
      runs(12, 1),
    );
  });
});
