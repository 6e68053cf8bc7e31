/** Every pass preserves what a graph means: the interpreter before and after it, on random graphs. */
import { keptFor, type Training } from "../../compiler/optimizers/training.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildGraph } from "../../compiler/model/buildGraph.js";
import type { Environment } from "../../compiler/meaning/interpreter.js";
import type { Graph } from "../../compiler/ir/graph.js";
import type { Size } from "../../compiler/ir/size.js";
import { gradient } from "../../compiler/passes/gradient.js";
import type { ModelFunction } from "../../compiler/model/model.js";
import { attachUpdate } from "../../compiler/passes/update/attachUpdate.js";
import { dead } from "../../compiler/passes/dead.js";
import { noContext } from "../../compiler/passes/notes.js";
import { runPass, type Pass } from "../../compiler/passes/pass.js";
import { cleanUp } from "../../compiler/passes/pipeline.js";
import { between, generator } from "../arbitrary.js";
import { callOf, declared, fits, makeModel, type ModelPlan, modelPlans, optimizers } from "../graphs.js";
import { checkPass, checkSame } from "./meaning.js";
import { runs } from "../runs.js";

const anyOptimizer = fc.oneof(...Object.values({ ...optimizers, ...declared }));

function circumstances(
  plan: ModelPlan,
  made: ReturnType<typeof makeModel>,
  dims: { batch: number; time: number },
): Environment {
  const next = generator(99);
  const fill = (tensors: Readonly<Record<string, { readonly shape: readonly Size[] }>>, from = -0.6) =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, { shape }]) => [
        name,
        between(
          from,
          0.6,
          shape.reduce((n, each) => n * Number(each.key), 1),
          next,
        ),
      ]),
    );
  const optimizer = Object.entries(made.parameters).map(([name, { shape }]) => {
    const states = Object.entries(keptFor(made.functions["train"] as Training & ModelFunction, name, shape).states).map(
      ([state, each]) => [state, fill({ [state]: each }, 0.1)[state] ?? []],
    );
    return [name, Object.fromEntries(states) as Record<string, number[]>] as const;
  });
  return {
    dims,
    inputs: callOf(dims, 3) as Environment["inputs"] & object,
    parameters: fill(made.parameters),
    state: fill(made.state),
    optimizer: Object.fromEntries(optimizer),
    hyper: Object.fromEntries(
      plan.optimizer.variables.map(({ variable, value, schedule }) => [variable, schedule ?? value]),
    ),
    step: 4,
    call: 2,
    seed: 12345678901,
  };
}

/** The graph as the user wrote it, without the gradients that are only marked yet. */
const withoutMarks = (graph: Graph): Graph => ({ ...graph, gradients: [] });

function checkAll(plan: ModelPlan, name: "predict" | "train", dims: { batch: number; time: number }): void {
  const made = makeModel(plan, { batch: 64, time: 9 });
  const given = circumstances(plan, made, dims);
  const definition = made.functions[name] as ModelFunction;
  const interned = buildGraph(made, name, definition);
  for (const pass of [dead, ...cleanUp]) expect(checkPass(withoutMarks(interned), pass, given)).toBeNull();
  let { graph } = runPass(interned, gradient);
  expect(checkSame("gradient", withoutMarks(interned), graph, given)).toBeNull();
  const update: Pass = { ...attachUpdate, run: (each) => attachUpdate.run(each, { ...noContext, definition }) };
  // The pass that uses the gradients must leave the results; what it writes has its own law.
  for (const pass of [dead, ...cleanUp, update, ...cleanUp]) {
    expect(checkPass(graph, pass, given)).toBeNull();
    graph = runPass(graph, pass).graph;
  }
}

describe("every pass preserves meaning", () => {
  test.each(["predict", "train"] as const)("of %s", (name) => {
    fc.assert(
      fc.property(
        modelPlans(anyOptimizer, "random", fc.constant("float64" as const)),
        fc.constantFrom(1, 3, 5),
        (drawn, batch) => {
          const dims = { batch, time: 3 };
          checkAll(fits(drawn, dims), name, dims);
        },
      ),
      runs(40, 11),
    );
  });
});
