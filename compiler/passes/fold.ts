/**
 * Computes at build time the operations whose result is the same on every target: sums, differences and products of
 * small whole numbers, which are exact in every element type. The rest is left to the target, because its rounding
 * decides.
 */
import { Builder, isOp, nodeAt, type NodeId } from "../ir/graph.js";
import { literal } from "../ir/op.js";
import { topologicalOrder } from "../ir/order.js";
import { withPlace } from "../ir/place.js";
import { broadcastTo } from "../ops/broadcast.js";
import type { Pass } from "./pass.js";

/** Whole numbers up to this size are exact in float32, and so are in int32 and float64. */
const exact = 2 ** 24;
const isSmall = (value: number): boolean => Number.isInteger(value) && Math.abs(value) <= exact;

export const fold: Pass = {
  name: "fold",
  doc: "computes sums, differences and products of small whole numbers",
  run(graph) {
    const builder = new Builder(graph);
    const redirected = new Map<NodeId, NodeId>();
    /** The one number that a node's elements are. */
    const numbers = new Map<NodeId, number>();
    for (const id of topologicalOrder(graph)) {
      const node = nodeAt(graph, id);
      const { definition } = node.op;
      if (isOp(node, literal)) numbers.set(id, node.attributes["value"] as number);
      const args = node.args.map((arg) => numbers.get(arg));
      if (args.length === 0 || !args.every((each) => each !== undefined)) continue;
      if (definition.lowering?.kind === "view") numbers.set(id, args[0] as number);
      if (!definition.exactOnIntegers || node.element === "bool" || !args.every(isSmall)) continue;
      const dense = args.map((value) => ({ shape: [], data: Float64Array.of(value) }));
      const value = definition.evaluate?.(dense, {
        attributes: node.attributes,
        shape: [],
        element: node.element,
        precision: graph.precision,
        resolve: () => NaN,
        random: () => ({ key: [0, 0], call: 0 }),
      })[0];
      if (value === undefined || !isSmall(value)) continue;
      numbers.set(id, value);
      const made = withPlace(node.place, () => builder.add(broadcastTo(literal(value, node.element), node.shape)));
      redirected.set(id, made);
    }
    return redirected.size > 0 ? { added: builder.added, redirected } : null;
  },
};
