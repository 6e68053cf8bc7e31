/**
 * Copies values that need memory and would have none: results, operands of products, and old values that move
 * elsewhere.
 */
import { Builder, isInline, isLeaf, nodeAt, readArgs, type Graph, type NodeId } from "../ir/graph.js";
import { topologicalOrder } from "../ir/order.js";
import { withPlace } from "../ir/place.js";
import { copy } from "../ops/copy.js";
import { targetsOf } from "../ir/effects.js";
import type { Pass } from "./pass.js";
import { idAt } from "../ir/ids.js";

/** Whether an operand of a product is in memory, directly or through views. */
function isInMemory(graph: Graph, id: NodeId): boolean {
  let node = nodeAt(graph, id);
  while (node.op.definition.lowering?.kind === "view") node = nodeAt(graph, idAt(node.args, 0));
  return isLeaf(node) || !isInline(graph, node);
}

/**
 * The leaves that a node reads where it is used: itself, if it is a leaf, or the leaves from which inline nodes are
 * made.
 */
function leavesOf(graph: Graph, id: NodeId): NodeId[] {
  const node = nodeAt(graph, id);
  if (isLeaf(node)) return [id];
  return isInline(graph, node) ? readArgs(node).flatMap((arg) => leavesOf(graph, arg)) : [];
}

export const materialize: Pass = {
  name: "materialize",
  doc: "copies views that are returned, operands that are computed from nothing in memory, and old values that are moved",
  run(graph) {
    const builder = new Builder(graph);
    const copies = new Map<NodeId, NodeId>();
    const copied = (id: NodeId): NodeId => {
      const known = copies.get(id);
      if (known !== undefined) return known;
      const { name, place, origin } = nodeAt(graph, id);
      const made = withPlace(place, () => builder.add(copy.node([builder.reference(id)]), () => ({ name, origin })));
      copies.set(id, made);
      return made;
    };
    const outputs = graph.outputs.map((output) => {
      const node = nodeAt(graph, output.node);
      return isLeaf(node) || isInline(graph, node) ? { ...output, node: copied(output.node) } : output;
    });
    const written = new Set(graph.effects.flatMap((effect) => targetsOf(graph, effect)));
    const changed: { id: NodeId; args: NodeId[] }[] = [];
    for (const id of topologicalOrder(graph)) {
      const node = nodeAt(graph, id);
      const targets = targetsOf(graph, id).length;
      const needsCopy = (arg: NodeId, position: number): boolean => {
        if (node.op.definition.lowering?.kind === "contract") return !isInMemory(graph, arg);
        // An old value that an effect of the function replaces, as when two states exchange values or a state is
        // transposed.
        return targets > 0 && position >= targets && leavesOf(graph, arg).some((leaf) => written.has(leaf));
      };
      const args = node.args.map((arg, position) => (needsCopy(arg, position) ? copied(arg) : arg));
      if (args.some((arg, position) => arg !== node.args[position])) changed.push({ id, args });
    }
    if (copies.size === 0) return null;
    const redirected = new Map(changed.map(({ id, args }) => [id, builder.append({ ...nodeAt(graph, id), args })]));
    return { added: builder.added, redirected, outputs };
  },
};
