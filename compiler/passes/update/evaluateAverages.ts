/**
 * Replaces parameters and states in functions that do not update: by their averages, or by the values that an optimizer
 * evaluates from them.
 */
import { asHostNumber } from "../../ir/asTensor.js";
import { fail } from "../../diagnostics.js";
import { Builder, isOp, nodeAt, type Graph, type NodeId } from "../../ir/graph.js";
import { isExpression, printType, type Expression } from "../../ir/op.js";
import { withPlace } from "../../ir/place.js";
import { equalAll } from "../../ir/size.js";
import { assignment, param, state } from "../../ops/param.js";
import { optimizerState, sharedScalar } from "../../ops/kept.js";
import { averageName, keptFor } from "../../optimizers/training.js";
import { averageOr, countName } from "./averaging.js";
import type { Trainer } from "../notes.js";
import type { Pass } from "../pass.js";
import { prefixOf, updatesName } from "./sharedNumbers.js";
import { entriesOf, idAt } from "../../ir/ids.js";

type Kind = "param" | "state";

export const evaluateAverages: Pass = {
  name: "averages",
  doc: "reads averages, and what optimizers evaluate, in place of parameters and states",
  run(graph, { trainers }) {
    const builder = new Builder(graph);
    const assigned = new Set(
      graph.effects.flatMap((effect) => {
        const node = nodeAt(graph, effect);
        return isOp(node, assignment) ? [idAt(node.args, 0)] : [];
      }),
    );
    const redirected = new Map<NodeId, NodeId>();
    for (const [id, node] of entriesOf(graph.nodes)) {
      const kind = isOp(node, param) ? "param" : isOp(node, state) ? "state" : null;
      if (kind === null || assigned.has(id)) continue;
      const trainer = trainerOf(graph, trainers, kind, node.attributes["name"] as string);
      if (!trainer) continue;
      // The leaf gets a second node, which the new value reads: every use of the first node becomes a use of the new
      // value.
      const leaf = builder.reference(builder.append(node));
      const value = withPlace(node.place, () => evaluated(trainer, kind, leaf));
      redirected.set(id, builder.add(value));
    }
    return redirected.size > 0 ? { added: builder.added, redirected } : null;
  },
};

/** Whether a trainer keeps a value that is read in place of the leaf. */
function evaluates({ training, notes }: Trainer, kind: Kind, name: string): boolean {
  if (kind === "state") return notes.averagedStates.includes(name);
  const update = notes.updates.get(name);
  if (!update) return false;
  const group = training.optimizer.groups.find((each) => each.name === update.group);
  return training.average !== null || (group !== undefined && group.rule.evaluate !== null);
}

function trainerOf(graph: Graph, trainers: readonly Trainer[], kind: Kind, name: string): Trainer | undefined {
  const [first, second] = trainers.filter((each) => evaluates(each, kind, name));
  if (first && second) {
    fail({
      code: "invalid-argument",
      message: `function '${graph.name}': two functions keep an average of '${name}'`,
      expected: "one function that averages what this one reads",
      found: `${first.name} and ${second.name}`,
      hint: "compute(results, { averaged: false }) reads the parameters as they are trained",
    });
  }
  return first;
}

function evaluated({ name: of, training, notes }: Trainer, kind: Kind, leaf: Expression): Expression {
  const { name } = leaf.attributes as { name: string };
  const kept = (each: string, shape = leaf.shape): Expression =>
    optimizerState({ function: of, parameter: name, name: each, shape });
  if (training.average) {
    const count = asHostNumber(sharedScalar(of, countName));
    return averageOr(leaf, kept(averageName), count);
  }
  if (kind === "state") throw new Error(`${name} has no average`);
  const { group, states } = keptFor(training, name, leaf.shape);
  const prefix = prefixOf(group, name);
  const shared = Object.fromEntries(
    Object.keys(group.rule.shared).map((each) => [each, sharedScalar(of, prefix + each)]),
  );
  const state = Object.fromEntries(Object.entries(states).map(([each, { shape }]) => [each, kept(each, shape)]));
  const result = group.rule.evaluate?.({ param: leaf, state, shared, step: sharedScalar(of, updatesName) });
  if (isExpression(result) && result.element === "float" && equalAll(result.shape, leaf.shape)) return result;
  const by = notes.updates.get(name)?.by ?? "optimizer";
  return fail({
    code: "invalid-optimizer",
    message: `${by}: what it evaluates for '${name}' does not fit`,
    expected: printType(leaf),
    found: isExpression(result) ? printType(result) : result === undefined ? "nothing" : typeof result,
    hint: "evaluate returns what is read instead of the parameter",
  });
}
