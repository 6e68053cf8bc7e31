/** Computes equal nodes once. */
import { nodeAt, type Node, type NodeId } from "../ir/graph.js";
import { topologicalOrder } from "../ir/order.js";
import type { Pass } from "./pass.js";

/** Text that is equal for equal values; functions and other opaque handles are equal only to themselves. */
function keyOf(value: unknown, handles: Map<object, number>): string {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) {
    return Object.is(value, -0) ? "-0" : `${typeof value}:${String(value)}`;
  }
  if (typeof value === "object" && "key" in value && typeof value.key === "string") return value.key;
  const plain = typeof value === "object" && [Object.prototype, null].includes(Object.getPrototypeOf(value) as null);
  if (Array.isArray(value)) return `[${value.map((each) => keyOf(each, handles)).join()}]`;
  if (plain)
    return `{${Object.entries(value)
      .map(([name, each]) => `${name}=${keyOf(each, handles)}`)
      .join()}}`;
  if (!handles.has(value)) handles.set(value, handles.size);
  return `@${handles.get(value)}`;
}

/** Text that is equal for nodes of one value, whose arguments have these numbers; functions are told apart by `handles`. */
export function nodeKey(node: Node, args: readonly number[], handles: Map<object, number>): string {
  const type = `${node.element}[${node.shape.map((each) => each.key).join()}]`;
  return `${node.op.definition.name}(${args.join()})${keyOf(node.attributes, handles)}${type}`;
}

export const cse: Pass = {
  name: "cse",
  doc: "computes equal nodes once",
  run(graph) {
    const handles = new Map<object, number>();
    const known = new Map<string, NodeId>();
    const redirected = new Map<NodeId, NodeId>();
    for (const id of topologicalOrder(graph)) {
      const node = nodeAt(graph, id);
      if (node.op.definition.lowering?.kind === "effect") continue;
      const args = node.args.map((arg) => redirected.get(arg) ?? arg);
      const key = nodeKey(node, args, handles);
      const first = known.get(key);
      if (first === undefined) known.set(key, id);
      else redirected.set(id, first);
    }
    return redirected.size > 0 ? { redirected } : null;
  },
};
