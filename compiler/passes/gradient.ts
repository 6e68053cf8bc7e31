/** The gradient as a pass: replaces marked gradients by the graph that computes them. */
import { Builder, type Graph, type NodeId } from "../ir/graph.js";
import { labelsOf } from "../ir/labels.js";
import { deriveMarks, marksOf } from "./reverseSweep.js";
import type { Pass } from "./pass.js";

/** Of the nodes of one label, the first: its gradient takes the name, since gradients of weights are made from it. */
function labelOwners(graph: Graph): ReadonlyMap<NodeId, string> {
  const first = new Map<string, NodeId>();
  for (const [id, label] of labelsOf(graph)) first.set(label, Math.min(id, first.get(label) ?? id));
  return new Map([...first].map(([label, id]) => [id, label]));
}

export const gradient: Pass = {
  name: "gradient",
  doc: "derives gradients by one reverse sweep for each loss",
  run(graph) {
    const marks = marksOf(graph);
    if (marks.length === 0) return null;
    const builder = new Builder(graph);
    const redirected = deriveMarks(graph, builder, marks, labelOwners(graph));
    return { added: builder.added, redirected };
  },
};
