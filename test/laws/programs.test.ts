/** A compiled program is, within the rounding that the interpreter bounds, what its graph means: values and updates. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluate, roundings, type Circumstances, type Value } from "../../compiler/interpreter.js";
import { callOf, declared, fits, makeModel, type ModelPlan, modelPlans, optimizers } from "../graphs.js";
import { build, numbersOf, type Live, type Saved } from "../run.js";
import { difference, magnitudeOf } from "./check.js";
import { accepted } from "./programs.js";
import { runs } from "./runs.js";

const anyOptimizer = fc.oneof(...Object.values({ ...optimizers, ...declared }));

/** What a call of a function finds. */
function circumstances(
  live: Live,
  plan: ModelPlan,
  saved: Saved,
  name: string,
  inputs: Circumstances["inputs"],
): Circumstances {
  const own = saved.functions[name];
  const hyper = plan.optimizer.variables.map(({ variable, value, schedule }) => [variable, schedule ?? value] as const);
  return {
    dims: { batch: inputs?.["x"] ? inputs["x"].length / 3 : 5, time: 3 },
    inputs: inputs ?? {},
    parameters: saved.parameters,
    state: saved.state,
    optimizer: own?.parameters ?? {},
    hyper: Object.fromEntries(hyper),
    step: (own?.step ?? 0) + 1,
    call: own?.calls ?? 0,
    seed: 7,
  };
}

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
  const made = live.program.functions.find((each) => each.name === name);
  if (!made) throw new Error(name);
  const inputs = callOf({ batch, time: 3 }, seed);
  const saved = live.state();
  // Before expansion, so that the composites' own gradients are compared by their graphs.
  const graph = name === "train" ? made.stages.update : made.stages.graph;
  const wanted = evaluate(graph, circumstances(live, plan, saved, name, inputs), roundings[plan.precision]);
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

describe.each(["float64", "float32"] as const)("in %s", (precision) => {
  test.each(["none", "all"] as const)("fusion %s", (fusion) => {
    [certain, checked] = [0, 0];
    fc.assert(
      fc.property(
        modelPlans(anyOptimizer, "random", fc.constant(precision)),
        fc.constantFrom(1, 3, 5, 17),
        (drawn, batch) => {
          const plan = fits(drawn, { batch, time: 3 });
          const live = build(makeModel(plan, { batch, time: 3 }), { fusion, seed: 7 });
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
