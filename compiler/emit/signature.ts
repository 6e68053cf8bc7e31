/**
 * The numbers that a function's kernels are given: the boundary between the host's code and the code of every target.
 */
import { callsOf } from "../ir/program.js";
import { givenKey } from "./givenNumbers.js";
import type { Buffer } from "../plan/memory/buffer.js";
import type { CompiledFunction, CompiledProgram } from "./compiled.js";
import type { Parameter } from "../targets/target.js";

/**
 * Named dimensions by name, and then host scalars in the order in which the plan has them. Every target takes exactly
 * these numbers; in WebAssembly a dimension, an int32 and a bool are i32, and floats have their own types.
 */
export function signatureOf(made: CompiledFunction): readonly Parameter[] {
  const dimensions = new Map<string, Parameter>();
  const scalars = new Map<string, Parameter>();
  for (const pass of callsOf(made.steps).flatMap(({ printed }) => printed.passes)) {
    if (pass.kind !== "buffer") (pass.kind === "dimension" ? dimensions : scalars).set(pass.name, pass);
  }
  const byName = [...dimensions.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const byPlan = [...made.host.keys()].flatMap((name) => scalars.get(name) ?? []);
  return [...byName, ...byPlan];
}

/** The buffer in which a function finds these numbers, a double each in this order; null if they are its arguments. */
export const givenIn = ({ leaves }: CompiledProgram, made: CompiledFunction): Buffer | null =>
  leaves.get(givenKey(made)) ?? null;

/** The named dimensions that a function's kernels are given. */
export const dimensionsGiven = (made: CompiledFunction): string[] =>
  signatureOf(made).flatMap((each) => (each.kind === "dimension" ? [each.name] : []));
