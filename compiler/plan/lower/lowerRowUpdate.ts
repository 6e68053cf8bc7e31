/**
 * Lowers an update of some rows to a loop over the list of rows. A row is updated at the position where the list names
 * it last, with the sum that stands there, so that it is updated once, however often it is listed.
 */
import { nodeAt, type NodeId } from "../../ir/graph.js";
import { eq, indexValue } from "../../ir/scalar.js";
import { indexSize, type Size } from "../../ir/size.js";
import { writesOf } from "../../ir/effects.js";
import type { Writes } from "../../ir/op.js";
import { spaceOf } from "../memory/buffer.js";
import { ElementLowering, type LoweringContext } from "./lowerElement.js";
import type { Lowered } from "./lowerLoops.js";
import { freshIndex, nest } from "./loopNest.js";
import { axisIndices, storeUpdate } from "./storeNodes.js";
import { idAt } from "../../ir/ids.js";

export function lowerRowUpdate(context: LoweringContext, root: NodeId): Lowered {
  const { graph } = context;
  const node = nodeAt(graph, root);
  const { gradient, rows } = writesOf(node) as Writes;
  if (!rows) throw new Error(`${graph.name}: %${root} updates all rows`);
  const [indices, places] = [idAt(node.args, rows.indices), idAt(node.args, rows.places)];
  const demand = new ElementLowering(context, new Set([root]), () => null);
  const listed = freshIndex(context, "i", nodeAt(graph, indices).shape[0] as Size);
  const position = indexSize(listed);
  const row = demand.asIndex(demand.at(indices, [position]), node.shape[0] as Size);
  const inner = spaceOf(node.shape.slice(1)).map((extent) => freshIndex(context, "i", extent));
  const rest = axisIndices({ ...node, shape: node.shape.slice(1) }, inner.map(indexSize));
  const statements = storeUpdate(demand, root, (argument) => [argument === gradient ? position : row, ...rest]);
  const isLast = eq(demand.at(places, [row]), indexValue(position));
  const body = nest([listed], [], [{ kind: "if", condition: isLast, then: nest(inner, [], statements) }]);
  return { statements: body, bindings: demand.bindings, labels: demand.labels };
}
