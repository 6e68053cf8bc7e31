/** What a person would call the nodes of a graph that have no name of their own. */
import { nodeAt, type Graph, type NodeId } from "./graph.js";
import { topologicalOrder } from "./order.js";

/** `hidden.weight` belongs to the layer `hidden`. */
const layerOf = (parameter: string): string | undefined =>
  parameter.includes(".") ? parameter.slice(0, parameter.lastIndexOf(".")) : undefined;

/**
 * Labels by node: its name; for the product with a layer's weight the layer's name, and for what follows it element by
 * element the same.
 */
export function labelsOf(graph: Graph): ReadonlyMap<NodeId, string> {
  const labels = new Map<NodeId, string>();
  const named = new Map<NodeId, string>();
  const derived = new Map<NodeId, string>();
  for (const id of topologicalOrder(graph)) {
    const node = nodeAt(graph, id);
    const kind = node.op.definition.lowering?.kind;
    if (kind === "view" || kind === "leaf") {
      const label = node.name ?? derived.get(node.args[0] as NodeId);
      if (label !== undefined) derived.set(id, label);
      continue;
    }
    if (node.name !== undefined) {
      named.set(id, node.name);
      continue;
    }
    let label: string | undefined;
    if (kind === "contract") {
      label = node.args.flatMap((arg) => layerOf(derived.get(arg) ?? "") ?? [])[0];
    } else if (kind === "elementwise" || node.op.definition.expand) {
      const found = new Set(node.args.flatMap((arg) => labels.get(arg) ?? []));
      if (found.size === 1) [label] = found;
    }
    if (label !== undefined) labels.set(id, label);
  }
  return new Map([...labels, ...named]);
}
