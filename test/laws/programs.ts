/** Runs random models for a few calls and records everything that they leave. */
import { circumstancesOf } from "../../compiler/check/draw.js";
import type { Environment } from "../../compiler/meaning/interpreter.js";
import type { CompiledProgram } from "../../compiler/emit/compiled.js";
import { dimensionsOf } from "../../compiler/ir/size.js";
import { callOf, type Dims } from "../graphs.js";
import { numbersOf, type Built, type Live, type Numbers, type Saved } from "../run.js";
import { bitDifference } from "./check.js";
import { graphOf } from "../stages.js";

/** Everything a run shows, by name. */
export type Record_ = Readonly<Record<string, readonly number[]>>;

export function accepted(
  program: CompiledProgram,
  name: string,
  all: Readonly<Record<string, Numbers>>,
): Record<string, Numbers> {
  return Object.fromEntries(Object.entries(all).filter(([input]) => program.leaves.has(`input:${name}:${input}`)));
}

/** The sizes that a function has, of those given: it refuses the others. */
function dimsFor(live: Built, name: string, dims: Dims): Dims {
  const { nodes } = graphOf(live.stages, name).stages.final;
  const known = new Set(nodes.flatMap(({ shape }) => shape.flatMap(dimensionsOf)));
  return Object.fromEntries(Object.entries(dims).filter(([dim]) => known.has(dim)));
}

export interface Session {
  readonly dims: Dims;
  readonly steps?: number;
  /** Called before each call. */
  readonly before?: (live: Live) => void;
}

/** Predicts, trains for some steps, predicts again; gives all results and the final state. */
export function observe(live: Built, { dims, steps = 3, before }: Session): Record<string, readonly number[]> {
  const seen: Record<string, readonly number[]> = {};
  const call = (label: string, name: string, seed: number): void => {
    before?.(live);
    const inputs = accepted(live.program, name, callOf(dims, seed));
    const result = live.call(name, inputs, { dims: dimsFor(live, name, dims) });
    for (const [output, value] of Object.entries(result)) seen[`${label} ${output}`] = numbersOf(value);
  };
  call("predict 0", "predict", 1);
  for (let step = 1; step <= steps; step++) call(`train ${step}`, "train", 10 + step);
  call("predict 1", "predict", 2);
  const { parameters, state, functions } = live.state();
  const add = (path: string, tensors: Readonly<Record<string, ArrayLike<number>>>): void => {
    for (const [name, values] of Object.entries(tensors)) seen[`${path}${name}`] = Array.from(values);
  };
  add("parameter ", parameters);
  add("state ", state);
  for (const [name, { parameters: kept = {}, shared = {}, step = 0 }] of Object.entries(functions)) {
    add(`${name} `, shared);
    seen[`${name} step`] = [step];
    for (const [parameter, tensors] of Object.entries(kept)) add(`${name} ${parameter} `, tensors);
  }
  return seen;
}

export function firstDifference(found: Record_, wanted: Record_): string | null {
  const names = Object.keys(wanted);
  if (names.join() !== Object.keys(found).join())
    return `other results: ${Object.keys(found).join()} instead of ${names.join()}`;
  for (const name of names) {
    const fault = bitDifference(name, found[name] as readonly number[], wanted[name] as readonly number[]);
    if (fault) return fault;
  }
  return null;
}

/** The values on which a call of a function depends. */
export function circumstances(live: Built, saved: Saved, name: string, inputs: Environment["inputs"]): Environment {
  const dims = { batch: inputs?.["x"] ? inputs["x"].length / 3 : 5, time: 3 };
  return circumstancesOf(graphOf(live.stages, name), saved, { dims, inputs: inputs ?? {}, seed: 7 });
}
