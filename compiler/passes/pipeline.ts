/** All passes, in order, and their results for the functions of a model. */
import type { Graph } from "../ir/graph.js";
import { buildGraph, type NameAt } from "../model/buildGraph.js";
import type { Model, ModelFunction } from "../model/model.js";
import type { HyperVariable } from "../optimizers/bindHyperparameters.js";
import { checkCountable } from "./countable.js";
import { cse } from "./cse.js";
import { dead } from "./dead.js";
import { expand } from "./expand.js";
import { fold } from "./fold.js";
import { gradient } from "./gradient.js";
import { checkReached } from "./gradientEnds.js";
import { checkConstantIndices } from "./indices/constantIndices.js";
import { countClamped } from "./indices/countClamped.js";
import { initialGraph } from "./initialize.js";
import { materialize } from "./materialize.js";
import { noNotes, trainingOf, type Notes, type PassContext, type Trainer } from "./notes.js";
import { runPass, type Pass, type PassTrace } from "./pass.js";
import { sparseRows, variablesOf } from "./rows/sparseUpdate.js";
import { simplify } from "./simplify.js";
import { attachUpdate } from "./update/attachUpdate.js";
import { evaluateAverages } from "./update/evaluateAverages.js";

/** The graph of a function before the first pass, and after each pass that ends a stage. */
type Stage = "graph" | "gradient" | "update" | "final";

interface Step {
  readonly pass: Pass;
  /** The kind of functions for which the pass runs; absent for all. */
  readonly of?: (context: PassContext) => boolean;
  /** The stage that it ends. */
  readonly ends?: Stage;
  /** Whether it only looks at the graph. */
  readonly checks?: true;
}

const training = ({ definition }: PassContext): boolean => definition?.kind === "minimize";
const averaged = ({ definition }: PassContext): boolean => definition?.kind === "compute" && definition.averaged;

/** The passes that make any graph ready to be planned. */
export const cleanUp: readonly Pass[] = [expand, fold, simplify, cse, countClamped, simplify, dead, materialize, dead];

export const pipeline: readonly Step[] = [
  { pass: checkCountable, ends: "graph", checks: true },
  { pass: gradient },
  { pass: dead },
  { pass: evaluateAverages, of: averaged },
  { pass: checkReached, of: training, ends: "gradient", checks: true },
  { pass: attachUpdate },
  { pass: sparseRows, ends: "update" },
  ...cleanUp.map((pass) => ({ pass })),
  { pass: checkConstantIndices, ends: "final", checks: true },
];

/** One function after all passes. */
export interface FunctionGraph {
  readonly name: string;
  /** As the user declared it; null for the function that gives all their initial values. */
  readonly definition: ModelFunction | null;
  /** The capacities of named dimensions. */
  readonly dims: Readonly<Record<string, number>>;
  readonly stages: Readonly<Record<Stage, Graph>>;
  /** The trace of each pass. */
  readonly traces: readonly PassTrace[];
  readonly notes: Notes;
  /** The hyper-parameters of a call, with the ranges that the passes rest on. */
  readonly variables: readonly HyperVariable[];
}

/** A model after all passes. */
export interface ModelGraphs {
  readonly functions: readonly FunctionGraph[];
  /** Gives parameters, states and what optimizers keep their initial values. */
  readonly initialize: FunctionGraph;
}

export interface PassOptions {
  readonly nameAt?: NameAt | undefined;
  /** Updates all rows where the gradient lists some, unless the optimizer is declared sparse: the same bits, by proof. */
  readonly denseRows?: boolean | undefined;
}

export function runPasses(model: Model, { nameAt, denseRows = false }: PassOptions = {}): ModelGraphs {
  const derive = (
    name: string,
    definition: ModelFunction | null,
    graph: Graph,
    trainers: readonly Trainer[],
  ): FunctionGraph => {
    const dims = { ...model.dims, ...definition?.dims };
    return runPipeline(name, graph, { definition, trainers, dims, denseRows, notes: noNotes });
  };
  const entries = Object.entries(model.functions);
  const derived = (kind: ModelFunction["kind"], trainers: readonly Trainer[]): FunctionGraph[] =>
    entries
      .filter(([, definition]) => definition.kind === kind)
      .map(([name, definition]) => derive(name, definition, buildGraph(model, name, definition, nameAt), trainers));
  // Functions that update come first: the others may read tensors that these keep.
  const updating = derived("minimize", []);
  const trainers = updating.flatMap(({ name, definition, notes }): Trainer[] => {
    const own = trainingOf({ definition });
    return own ? [{ name, training: own, notes }] : [];
  });
  const all = [...updating, ...derived("compute", trainers)];
  const functions = entries.map(([name]) => all.find((each) => each.name === name) as FunctionGraph);
  return { functions, initialize: derive("initialize", null, initialGraph(model, functions), []) };
}

function runPipeline(name: string, graph: Graph, before: PassContext): FunctionGraph {
  const stages: Record<Stage, Graph> = { graph, gradient: graph, update: graph, final: graph };
  const traces: PassTrace[] = [];
  let [at, context] = [graph, before];
  for (const { pass, of, ends, checks } of pipeline) {
    if (!of || of(context)) {
      const { graph: after, trace, notes } = runPass(at, pass, context);
      if (!checks) traces.push(trace);
      [at, context] = [after, { ...context, notes }];
    }
    if (ends) stages[ends] = at;
  }
  const { definition, dims, notes } = context;
  const own = trainingOf(context);
  const variables = own ? variablesOf(own, notes, graph.precision) : [];
  return { name, definition, dims, stages, traces, notes, variables };
}
