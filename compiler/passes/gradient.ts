/** The gradient as a pass: replaces marked gradients by the graph that computes them. */
import { Builder, nodeAt, type Graph, type NodeId } from "../ir/graph.js";
import { labelsOf } from "../ir/labels.js";
import { deriveMarks, marksOf } from "./reverseSweep.js";
import type { Pass } from "./pass.js";

/**
 * The node whose gradient is named after a label: the result of the layer with this name. If no layer made the nodes,
 * it is the first of them, since the gradients of weights are computed from its gradient.
 */
function labelOwners(graph: Graph): ReadonlyMap<NodeId, string> {
  const owners = new Map<string, { readonly id: NodeId; readonly ofLayer: boolean }>();
  for (const [id, label] of labelsOf(graph)) {
    const ofLayer = nodeAt(graph, id).origin?.layer === label;
    const before = owners.get(label);
    const takes =
      before === undefined || (ofLayer === before.ofLayer ? (ofLayer ? id > before.id : id < before.id) : ofLayer);
    if (takes) owners.set(label, { id, ofLayer });
  }
  return new Map([...owners].map(([label, { id }]) => [id, label]));
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
