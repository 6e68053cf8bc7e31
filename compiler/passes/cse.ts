/** Computes equal nodes once. */
import { isEffect } from "../ir/effects.js";
import { nodeAt, type NodeId } from "../ir/graph.js";
import { Handles, nodeKey } from "../ir/nodeKey.js";
import { topologicalOrder } from "../ir/order.js";
import type { Pass } from "./pass.js";

export const cse: Pass = {
  name: "cse",
  doc: "computes equal nodes once",
  run(graph) {
    const handles = new Handles();
    const known = new Map<string, NodeId>();
    const redirected = new Map<NodeId, NodeId>();
    for (const id of topologicalOrder(graph)) {
      const node = nodeAt(graph, id);
      if (isEffect(node)) continue;
      const args = node.args.map((arg) => redirected.get(arg) ?? arg);
      const key = nodeKey(node, args, handles);
      const first = known.get(key);
      if (first === undefined) known.set(key, id);
      else redirected.set(id, first);
    }
    return redirected.size > 0 ? { redirected } : null;
  },
};
