/** Applies local rewrites, which the definitions of operations hold, until none applies. */
import { Builder, isOp, nodeAt, type Graph, type Node, type NodeId } from "../ir/graph.js";
import { literal, type Expression, type Rewritable } from "../ir/op.js";
import { topologicalOrder } from "../ir/order.js";
import { withOrigin, withPlace } from "../ir/place.js";
import { broadcast, broadcastTo } from "../ops/broadcast.js";
import type { Pass } from "./pass.js";
import { idAt } from "../ir/ids.js";

const isView = (node: Pick<Node, "op">): boolean => node.op.definition.lowering?.kind === "view";

/** Any view of one number is that number, repeated. */
function numberView(node: Rewritable): Expression | undefined {
  const { number } = node;
  if (!isView(node) || number === undefined) return undefined;
  const [from] = node.args;
  if (isOp(node, broadcast) && from?.shape.length === 0) return undefined;
  return broadcastTo(literal(number, node.element), node.shape);
}

function round(graph: Graph): { added: readonly Node[]; redirected: Map<NodeId, NodeId> } | null {
  const builder = new Builder(graph);
  const redirected = new Map<NodeId, NodeId>();
  const to = (id: NodeId): NodeId => redirected.get(id) ?? id;
  const numberAt = (id: NodeId): number | undefined => {
    const node = builder.node(to(id));
    if (isOp(node, literal)) return node.attributes["value"] as number;
    return isView(node) ? numberAt(idAt(node.args, 0)) : undefined;
  };
  const rewritable = (id: NodeId): Rewritable => {
    const { op, attributes, shape, element, args } = builder.node(id);
    return {
      ...{ op, attributes, shape, element },
      get args() {
        return args.map((arg) => rewritable(to(arg)));
      },
      get number() {
        return numberAt(id);
      },
      get expression() {
        return builder.reference(id);
      },
    };
  };
  for (const id of topologicalOrder(graph)) {
    const node = nodeAt(graph, id);
    const seen = rewritable(id);
    const found = withPlace(node.place, () =>
      withOrigin(node.origin, () => numberView(seen) ?? node.op.definition.simplify?.(seen)),
    );
    if (found === undefined) continue;
    const replacement = builder.add(found, () => ({ name: node.name }));
    if (replacement !== id) redirected.set(id, to(replacement));
  }
  return redirected.size > 0 ? { added: builder.added, redirected } : null;
}

export const simplify: Pass = {
  name: "simplify",
  doc: "removes what changes no value: x * 1, a transpose of a transpose, a view of a number",
  run: round,
};
