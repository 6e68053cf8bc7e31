/** Drops nodes that nothing needs, and numbers the rest in the order of computation. */
import { rootsOf } from "../ir/graph.js";
import { topologicalOrder } from "../ir/order.js";
import type { Pass } from "./pass.js";

export const dead: Pass = {
  name: "dead",
  doc: "drops nodes that nothing needs",
  run(graph) {
    const parameters = graph.gradients.map(({ parameter }) => parameter);
    const kept = topologicalOrder(graph, [...rootsOf(graph), ...parameters]);
    const same = kept.length === graph.nodes.length && kept.every((id, position) => id === position);
    return same ? null : { kept };
  },
};
