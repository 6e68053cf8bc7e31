/** The order in which nodes can be computed. */
import { nodeAt, rootsOf, type Graph, type NodeId } from "./graph.js";

/** Every node that the roots need, arguments first; in the order of their numbers as far as that is possible. */
export function topologicalOrder(graph: Graph, roots: readonly NodeId[] = rootsOf(graph)): NodeId[] {
  const done = new Set<NodeId>();
  const order: NodeId[] = [];
  for (const root of [...new Set(roots)].sort((a, b) => a - b)) {
    const stack = [root];
    while (stack.length > 0) {
      const top = stack[stack.length - 1] as NodeId;
      if (done.has(top)) {
        stack.pop();
        continue;
      }
      const missing = nodeAt(graph, top).args.filter((arg) => !done.has(arg));
      if (missing.length > 0) {
        stack.push(...missing.reverse());
        continue;
      }
      stack.pop();
      done.add(top);
      order.push(top);
    }
  }
  return order;
}
