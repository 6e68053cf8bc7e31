/** The functions of a net, by name. */

import type { FunctionShapes } from "../runtime/types.js";
import { refuse } from "./refuse.js";
import type { Net } from "./types.js";

/** What a call returns: numbers, truth values and tensors by name. */
export type Results = Readonly<Record<string, unknown>>;

/** A function of a net: its shapes, and how to call it. */
export interface Called {
  readonly shapes: FunctionShapes;
  readonly call: (inputs: unknown, options?: object) => Results;
}

/** The function of this name; a name that the net has not is refused. */
export function functionOf<N extends Net>(net: N, name: string): Called {
  const { functions } = net.shapes;
  if (!Object.hasOwn(functions, name)) refuse("run", Object.keys(functions).join(", "), name);
  const call = (net as Readonly<Record<string, unknown>>)[name] as Called["call"];
  return { shapes: functions[name]!, call };
}

/** Adds the results that are numbers, or truth values, `weight` times each. */
export function addResults(sums: Record<string, number>, results: Results, weightOf: (name: string) => number): void {
  for (const name in results) {
    const value = results[name];
    if (typeof value === "number" || typeof value === "boolean")
      sums[name] = (sums[name] ?? 0) + weightOf(name) * Number(value);
  }
}
