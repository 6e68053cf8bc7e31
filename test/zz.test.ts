import { test } from "vitest";
import fc from "fast-check";
import { makeModel, modelPlans, optimizers } from "./graphs.js";
import { build, poison } from "./run.js";
import { observe, firstDifference } from "./laws/programs.js";
test("x", () => {
  fc.check(fc.property(modelPlans(fc.oneof(...Object.values(optimizers))), (plan) => {
    const dims = { batch: 13, time: 8 };
    for (const fixed of [true, false]) {
    const m = fixed ? makeModel(plan, {}, 13, 8) : makeModel(plan, { batch: 64, time: 9 });
    const bb = build(m); console.log(bb.memory.byteLength, bb.program.layout.arena, bb.program.layout.scratch, bb.program.layout.total); try { observe(bb, { dims, before: fixed ? undefined : poison }); } catch (e) {
      console.log(fixed, String((e as Error).stack), JSON.stringify(plan.steps), plan.precision, plan.also, plan.some, plan.assigns, 0);
    } }}), { seed: 3, path:"20:4:4:4:4:6:7:7:7:7:7:7:9:2:8:9:9:10:9:9:9:9:9:10:10:12:12:13:12:12:12:12:12:13:25:0:1:4:7:6:5:4:4:4:4:4:4:4:4:4:4:4:4:4:4", endOnFailure: true, numRuns: 1 });
});
