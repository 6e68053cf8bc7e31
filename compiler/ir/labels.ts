/** Labels for the nodes of a graph that have no name of their own. */
import { nodeAt, type Graph, type NodeId } from "./graph.js";
import { topologicalOrder } from "./order.js";

/** `hidden.weight` belongs to the layer `hidden`. */
const layerOf = (parameter: string): string | undefined =>
  parameter.includes(".") ? parameter.slice(0, parameter.lastIndexOf(".")) : undefined;

/**
 * Labels by node: its name, or the name of the function's result; else the layer on whose behalf it was made. The
 * product with a weight of a layer has the name of the layer, and so do the elementwise nodes that follow it. Any other
 * node has the word, or the name, of the operation that it was made for.
 */
export function labelsOf(graph: Graph): ReadonlyMap<NodeId, string> {
  const labels = new Map<NodeId, string>();
  const named = new Map<NodeId, string>();
  const results = new Map(graph.outputs.map(({ node, name }) => [node, name]));
  const derived = new Map<NodeId, string>();
  const operations = new Map<NodeId, string>();
  for (const id of topologicalOrder(graph)) {
    const node = nodeAt(graph, id);
    const kind = node.op.definition.lowering?.kind;
    if (kind === "view" || kind === "leaf") {
      const [from] = node.args;
      const label = node.name ?? (from === undefined ? undefined : derived.get(from));
      if (label !== undefined) derived.set(id, label);
      continue;
    }
    const name = node.name ?? results.get(id);
    if (name !== undefined) {
      named.set(id, name);
      continue;
    }
    // Literals may be shared by several layers.
    if (node.args.length === 0) continue;
    const { layer, operation, word } = node.origin ?? {};
    let label = layer === undefined || word === undefined ? layer : `${layer}.${word}`;
    if (label === undefined && kind === "contract") {
      label = node.args.flatMap((arg) => layerOf(derived.get(arg) ?? "") ?? [])[0];
    } else if (label === undefined && (kind === "elementwise" || node.op.definition.expand)) {
      const found = new Set(node.args.flatMap((arg) => labels.get(arg) ?? []));
      if (found.size === 1) [label] = found;
    }
    if (label !== undefined) labels.set(id, label);
    else if (word !== undefined || operation !== undefined) operations.set(id, (word ?? operation) as string);
  }
  return new Map([...operations, ...labels, ...named]);
}
