/** A compiled program is, within the rounding that the interpreter bounds, what its graph means: values and updates. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluate, roundings, type Value } from "../../compiler/interpreter.js";
import { callOf, declared, fits, makeModel, type ModelPlan, modelPlans, optimizers } from "../graphs.js";
import { build, numbersOf, type Live } from "../run.js";
import { eachTargetAndPrecision, type TargetName } from "../targets.js";
import { difference, magnitudeOf } from "./check.js";
import { accepted, circumstances } from "./programs.js";
import { runs } from "./runs.js";

const anyOptimizer = fc.oneof(...Object.values({ ...optimizers, ...declared }));

/** Whether a value is so badly conditioned that the bound says nothing. */
let [certain, checked] = [0, 0];

function compare(what: string, found: ArrayLike<number>, wanted: Value): void {
  const magnitude = magnitudeOf(wanted.data);
  checked++;
  if (magnitudeOf(wanted.bound ?? []) <= 1e-3 * magnitude) certain++;
  // The bound is of first order: twice of it covers the rest.
  expect(difference(what, found, wanted.data, (i) => 2 * (wanted.bound?.[i] as number))).toBeNull();
}

function checkCall(live: Live, plan: ModelPlan, name: string, batch: number, seed: number): void {
  const rounding = roundings[live.program.target.name as TargetName][plan.precision];
  const made = live.program.functions.find((each) => each.name === name);
  if (!made) throw new Error(name);
  const inputs = callOf({ batch, time: 3 }, seed);
  const saved = live.state();
  // Before expansion, so that the composites' own gradients are compared by their graphs.
  const graph = name === "train" ? made.stages.update : made.stages.graph;
  const wanted = evaluate(graph, circumstances(live, plan, saved, name, inputs), rounding);
  const given = accepted(live.program, name, inputs);
  const result = live.call(name, given, {});
  for (const [output, value] of Object.entries(wanted.outputs)) compare(output, numbersOf(result[output]), value);
  const after = live.state();
  for (const [parameter, value] of Object.entries(wanted.parameters))
    compare(parameter, after.parameters[parameter] ?? [], value);
  for (const [state, value] of Object.entries(wanted.state)) compare(state, after.state[state] ?? [], value);
  for (const [parameter, tensors] of Object.entries(wanted.optimizer)) {
    const kept = after.functions[name]?.parameters?.[parameter];
    for (const [each, value] of Object.entries(tensors)) compare(`${parameter} ${each}`, kept?.[each] ?? [], value);
  }
  // What no effect writes stays.
  for (const [parameter, values] of Object.entries(saved.parameters)) {
    if (!(parameter in wanted.parameters)) expect(after.parameters[parameter]).toEqual(values);
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
          checkCall(live, plan, "predict", batch, 1);
          checkCall(live, plan, "train", batch, 2);
          checkCall(live, plan, "train", batch, 3);
          checkCall(live, plan, "predict", batch, 4);
        },
      ),
      runs(40, 5),
    );
    // The law is worth something only while most bounds are tight.
    expect(certain / checked).toBeGreaterThan(0.8);
  });
});
