/** Checks that a pass keeps the meaning of a graph. */
import { evaluate, type Environment, type Evaluation, type Value } from "../../compiler/meaning/interpreter.js";
import type { Graph } from "../../compiler/ir/graph.js";
import { runPass, type Pass } from "../../compiler/passes/pass.js";
import { difference, magnitudeOf } from "./check.js";

/** Everything that an evaluation shows; gradients only where both sides still have them. */
function shown(evaluation: Evaluation, gradients: boolean): [string, Value][] {
  const kept = Object.entries(evaluation.optimizer).flatMap(([parameter, tensors]) =>
    Object.entries(tensors).map(([name, value]) => [`${parameter} ${name}`, value] as [string, Value]),
  );
  const all = {
    ...evaluation.outputs,
    ...evaluation.parameters,
    ...(gradients ? evaluation.gradients : {}),
    ...evaluation.state,
  };
  return [...Object.entries(all), ...kept];
}

/** A difference between the meanings of two graphs, as a sentence; null if the second has all that the first shows. */
export function checkSame(pass: string, before: Graph, after: Graph, given: Environment): string | null {
  // The pass that uses the gradients removes them; its effects have a law of their own.
  const gradients = after.gradients.length > 0;
  const wanted = shown(evaluate(before, given), gradients);
  const found = new Map(shown(evaluate(after, given), gradients));
  for (const [name, value] of wanted) {
    const other = found.get(name);
    if (!other) return `${pass}: '${name}' is gone`;
    const magnitude = magnitudeOf(value.data);
    const fault = difference(`after ${pass}: ${name}`, other.data, value.data, () => 1e-12 * magnitude);
    if (fault) return fault;
  }
  return null;
}

/** The change of a pass to the meaning of a graph, as a sentence; null if there is none. */
export const checkPass = (before: Graph, pass: Pass, given: Environment): string | null =>
  checkSame(pass.name, before, runPass(before, pass).graph, given);
