/** Which integer inputs are indices, and below what their values must lie. */
import { isA, nodeAt, type Graph, type NodeId } from "../ir/graph.js";
import { topologicalOrder } from "../ir/order.js";
import { constantOf, type Size } from "../ir/size.js";
import { input } from "../ops/input.js";

/** The bound of each input that is used as an index, by its name; the least if it is used on several axes. */
export function indexBounds(graph: Graph): ReadonlyMap<string, Size> {
  const bounds = new Map<string, Size>();
  const source = (id: NodeId): NodeId => {
    const node = nodeAt(graph, id);
    return node.op.definition.lowering?.kind === "view" ? source(node.args[0] as NodeId) : id;
  };
  for (const id of topologicalOrder(graph)) {
    const node = nodeAt(graph, id);
    const types = node.args.map((arg) => nodeAt(graph, arg));
    const used = node.op.definition.indices?.(types, node.attributes);
    const leaf = used && nodeAt(graph, source(node.args[used.argument] as NodeId));
    if (!leaf || !isA(leaf, input)) continue;
    const name = leaf.attributes["name"] as string;
    const before = bounds.get(name);
    if (!before || (constantOf(used.below) ?? Infinity) < (constantOf(before) ?? Infinity))
      bounds.set(name, used.below);
  }
  return bounds;
}
