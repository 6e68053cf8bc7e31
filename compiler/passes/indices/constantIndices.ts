/** Checks constants that are used as indices: their values are known when a model is built. */
import { fail } from "../../diagnostics.js";
import { nodeAt, type Graph } from "../../ir/graph.js";
import { idAt } from "../../ir/ids.js";
import { topologicalOrder } from "../../ir/order.js";
import { sourcesOf } from "../../ir/sources.js";
import { constantElements } from "../../ops/constant.js";
import type { Pass } from "../pass.js";
import { leastBounds } from "./indexBounds.js";

/** Refuses a constant index that lies outside its axis. Otherwise it would silently read another element. */
export const checkConstantIndices: Pass = {
  name: "constant indices",
  doc: "refuses constant indices that lie outside their axes",
  run(graph, { dims }) {
    check(graph, dims);
    return null;
  },
};

/**
 * A named axis is measured at its capacity; in a call with a smaller size, an index beyond it is clamped to the last
 * element.
 */
function check(graph: Graph, capacities: Readonly<Record<string, number>>): void {
  for (const id of topologicalOrder(graph)) {
    const node = nodeAt(graph, id);
    const types = node.args.map((arg) => nodeAt(graph, arg));
    const used = node.op.definition.indices?.(types, node.attributes);
    if (!used) continue;
    for (const { leaf, ...elements } of sourcesOf(graph, idAt(node.args, used.argument))) {
      const from = nodeAt(graph, leaf);
      const values = constantElements(from);
      if (!values) continue;
      const limits = leastBounds(from.shape, [{ ...elements, below: [used.below] }], capacities);
      const wrong = limits.findIndex((limit, position) => {
        const value = values[position] as number;
        return limit < Infinity && value !== used.except && !(value >= 0 && value < limit);
      });
      if (wrong < 0) continue;
      const ignored = used.except === undefined ? "" : `, or ${used.except}, which is ignored`;
      fail({
        code: "index-out-of-range",
        message: "a constant is used as an index and lies outside its axis",
        place: node.place,
        expected: `a whole number from 0 below ${limits[wrong]}${ignored}`,
        found: String(values[wrong]),
        related: [{ place: from.place, label: "the constant" }],
      });
    }
  }
}
