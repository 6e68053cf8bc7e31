/** Compares one call of a compiled function with the plain meaning of its graph: results, parameters, state. */
import { driverOf } from "../drivers/memory.js";
import { evaluate, type Environment, type Evaluation, type Value } from "../meaning/interpreter.js";
import type { Graph } from "../ir/graph.js";
import type { Buffer } from "../plan/memory/buffer.js";
import { cellKey, stateKey } from "../plan/memory/bufferIds.js";
import type { FunctionGraph } from "../passes/pipeline.js";
import { numbersOf, type Live, type Numbers } from "./instance.js";
import { difference, magnitudeOf } from "./numbers.js";
import type { Subject } from "./subject.js";

export interface Comparison {
  /** The tensor that was compared: a result, `parameter hidden.weight`, ... */
  readonly what: string;
  /** The first element that differs by more than rounding explains, as a sentence; or null. */
  readonly fault: string | null;
  /** The largest difference, divided by the largest magnitude of the tensor. */
  readonly worst: number;
  /** The most that rounding may explain, divided by the same. */
  readonly allowed: number;
  /** Whether every number is finite and agrees to 1e-9 of the largest: far closer than any fault would leave it. */
  readonly isClose: boolean;
  /** Whether the call computes it; a tensor that nothing writes must stay as it is. */
  readonly isComputed: boolean;
  /** The buffer that holds it. */
  readonly buffer: string;
}

/** The graph that gives a call its meaning, before any expansion, so that composites keep their own gradients. */
export const meaningOf = ({ stages, definition }: FunctionGraph): Graph =>
  definition?.kind === "minimize" || stages.graph.effects.length > 0 ? stages.update : stages.gradient;

/**
 * Calls the function, and compares its results, and the tensors that it leaves in memory, with the meaning of its graph
 * for the same inputs and state. It allows twice the interpreter's bound, which leaves out the products of a sum's
 * roundings.
 */
export function compareCall(
  live: Live,
  { graph, made }: Subject,
  given: Environment,
  inputs: Readonly<Record<string, Numbers>>,
  options: { readonly dims?: Readonly<Record<string, number>> } = {},
): Comparison[] {
  const { rounding } = live.program.target;
  const { precision } = live.program;
  const before = live.state();
  const wanted: Evaluation = evaluate(meaningOf(graph), given, rounding[precision]);
  const driver = driverOf(graph);
  // Only the evaluation of a driver is compared: its steps are host code, which has tests of its own.
  const result = live.call(made.name, inputs, { ...options, ...driver?.still });
  const after = live.state();
  const kept = after.functions[made.name]?.parameters;
  const comparisons: Comparison[] = [];
  const add = (what: string, buffer: string, found: ArrayLike<number> | undefined, value: Value): void =>
    void comparisons.push({ ...compare(what, found ?? [], value), isComputed: true, buffer });
  const bufferOf = (output: string): string => made.outputs.find(({ name }) => name === output)?.buffer.id ?? "";
  for (const [output, value] of Object.entries(wanted.outputs))
    add(output, bufferOf(output), numbersOf(result[output]), value);
  for (const [each, value] of Object.entries(wanted.parameters))
    add(`parameter ${each}`, `param:${each}`, after.parameters[each], value);
  for (const [each, value] of Object.entries(wanted.state))
    add(`state ${each}`, `state:${each}`, after.state[each], value);
  for (const [parameter, tensors] of Object.entries(wanted.optimizer)) {
    for (const [each, value] of Object.entries(tensors))
      add(
        `${parameter} ${each}`,
        stateKey(made.name, parameter, each),
        driver ? keptIn(live, stateKey(made.name, parameter, each)) : kept?.[parameter]?.[each],
        value,
      );
  }
  const numbers = after.functions[made.name]?.shared ?? {};
  for (const [each, value] of Object.entries(wanted.shared))
    add(`number ${each}`, cellKey(made.name, each), numbers[each], value);
  // Leaves that no effect writes must stay as they are.
  for (const [kind, all, now, written] of [
    ["parameter", before.parameters, after.parameters, wanted.parameters],
    ["state", before.state, after.state, wanted.state],
  ] as const) {
    for (const [each, values] of Object.entries(all)) {
      if (each in written) continue;
      const fault = difference(`${kind} ${each}`, now[each] ?? [], values, () => 0);
      const buffer = `${kind === "state" ? "state" : "param"}:${each}`;
      const what = `${kind} ${each}`;
      comparisons.push({
        what,
        fault: fault && `${fault}: nothing writes it`,
        worst: 0,
        allowed: 0,
        isClose: true,
        isComputed: false,
        buffer,
      });
    }
  }
  return comparisons;
}

/** A tensor of the instance's memory that its state does not hold. */
function keptIn({ memory, program }: Live, key: string): ArrayLike<number> {
  const { type, length } = program.leaves.get(key) as Buffer;
  return new (type === "f32" ? Float32Array : Float64Array)(memory, program.layout.offsets.get(key), length);
}

const closeness = 1e-9;

export function compare(
  what: string,
  found: ArrayLike<number>,
  wanted: Value,
): Omit<Comparison, "buffer" | "isComputed"> {
  const allowed = (i: number): number => 2 * (wanted.bound?.[i] as number);
  const scale = magnitudeOf(wanted.data) || 1;
  let worst = 0;
  let isClose = true;
  for (let i = 0; i < wanted.data.length; i++) {
    const apart = Math.abs((found[i] as number) - (wanted.data[i] as number));
    if (apart > worst) worst = apart;
    if (!(apart <= closeness * scale)) isClose = false;
  }
  return {
    what,
    fault: difference(what, found, wanted.data, allowed),
    worst: worst / scale,
    isClose,
    allowed: (2 * mostOf(wanted.bound ?? [])) / scale,
  };
}

/** The largest bound; if an element has none, rounding may explain any difference. */
const mostOf = (bounds: ArrayLike<number>): number =>
  Array.from(bounds).reduce((most, each) => (Number.isNaN(each) ? Infinity : Math.max(most, each)), 0);
