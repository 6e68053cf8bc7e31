/** Replaces every composite by the primitives it stands for. */
import { Builder, type NodeId } from "../ir/graph.js";
import { topologicalOrder } from "../ir/order.js";
import { withOrigin, withPlace } from "../ir/place.js";
import type { Expression } from "../ir/op.js";
import type { Pass } from "./pass.js";

export const expand: Pass = {
  name: "expand",
  doc: "replaces composite operations by primitives",
  run(graph) {
    const builder = new Builder(graph);
    const redirected = new Map<NodeId, NodeId>();
    const visit = (id: NodeId): void => {
      const node = builder.node(id);
      const { expand: rule } = node.op.definition;
      if (!rule) return;
      const args: readonly Expression[] = node.args.map((arg) => builder.reference(arg));
      const first = graph.nodes.length + builder.added.length;
      const origin = { layer: node.origin?.layer, operation: node.op.definition.name };
      const replacement = withPlace(node.place, () =>
        withOrigin(origin, () =>
          builder.add(rule(args, node.attributes), (made) => ({ place: made.place ?? node.place })),
        ),
      );
      redirected.set(id, replacement);
      // The expansion may contain composites itself.
      const end = graph.nodes.length + builder.added.length;
      for (let made = first; made < end; made++) visit(made);
    };
    for (const id of topologicalOrder(graph)) visit(id);
    if (redirected.size === 0) return null;
    return { added: builder.added, redirected };
  },
};
