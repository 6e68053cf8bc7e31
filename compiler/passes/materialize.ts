/** Gives memory to values that would have none and need it: results, and operands of products. */
import { Builder, isInline, isLeaf, nodeAt, type Graph, type NodeId } from "../ir/graph.js";
import { topologicalOrder } from "../ir/order.js";
import { withPlace } from "../ir/place.js";
import { copy } from "../ops/copy.js";
import type { Pass } from "./pass.js";

/** Whether an operand of a product is something in memory, seen through views. */
function isInMemory(graph: Graph, id: NodeId): boolean {
  let node = nodeAt(graph, id);
  while (node.op.definition.lowering?.kind === "view") node = nodeAt(graph, node.args[0] as NodeId);
  return isLeaf(node) || !isInline(graph, node);
}

export const materialize: Pass = {
  name: "materialize",
  doc: "copies views that are returned, and operands that are computed from nothing in memory",
  run(graph) {
    const builder = new Builder(graph);
    const copies = new Map<NodeId, NodeId>();
    const copied = (id: NodeId): NodeId => {
      const known = copies.get(id);
      if (known !== undefined) return known;
      const { name, place } = nodeAt(graph, id);
      const made = withPlace(place, () => builder.add(copy.node([builder.reference(id)]), () => ({ name })));
      copies.set(id, made);
      return made;
    };
    const outputs = graph.outputs.map((output) => {
      const node = nodeAt(graph, output.node);
      return isLeaf(node) || isInline(graph, node) ? { ...output, node: copied(output.node) } : output;
    });
    const added: { id: NodeId; args: NodeId[] }[] = [];
    for (const id of topologicalOrder(graph)) {
      const node = nodeAt(graph, id);
      if (node.op.definition.lowering?.kind !== "contract") continue;
      const args = node.args.map((arg) => (isInMemory(graph, arg) ? arg : copied(arg)));
      if (args.some((arg, position) => arg !== node.args[position])) added.push({ id, args });
    }
    if (copies.size === 0) return null;
    const first = graph.nodes.length + builder.added.length;
    const products = added.map(({ id, args }) => ({ ...nodeAt(graph, id), args }));
    const redirected = new Map(added.map(({ id }, position) => [id, first + position]));
    return { added: [...builder.added, ...products], redirected, outputs };
  },
};
