/** The order in which nodes and expressions can be computed. */
import type { Expression } from "./definition.js";
import { nodeAt, rootsOf, type Graph, type NodeId } from "./graph.js";

/** Every node that the roots need, arguments first, otherwise in the order of their numbers. */
export function topologicalOrder(graph: Graph, roots: readonly NodeId[] = rootsOf(graph)): NodeId[] {
  const done = new Set<NodeId>();
  const order: NodeId[] = [];
  for (const root of [...new Set(roots)].sort((a, b) => a - b)) {
    const stack = [root];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
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

/**
 * Every expression that the roots need, arguments first; it stops at `known` ones. Iterative, because the user's file
 * decides the depth.
 */
export function expressionOrder(
  roots: readonly Expression[],
  known: (each: Expression) => boolean = () => false,
  argsOf: (each: Expression) => readonly Expression[] = ({ args }) => args,
): ReadonlySet<Expression> {
  const done = new Set<Expression>();
  const stack = roots.filter((each) => !known(each)).reverse();
  while (stack.length > 0) {
    const top = stack[stack.length - 1] as Expression;
    const missing = done.has(top) ? [] : argsOf(top).filter((arg) => !done.has(arg) && !known(arg));
    if (missing.length > 0) {
      stack.push(...missing.reverse());
      continue;
    }
    stack.pop();
    done.add(top);
  }
  return done;
}
