/** Lowers a scatter: copies the first argument, then adds each update in order. */
import { nodeAt, type NodeId } from "../../ir/graph.js";
import type { Lowering } from "../../ir/lowering.js";
import type { Attributes } from "../../ir/op.js";
import { indexSize } from "../../ir/size.js";
import { offsetAt } from "../memory/buffer.js";
import { ElementLowering, type LoweringContext } from "./lowerElement.js";
import type { Lowered } from "./lowerLoops.js";
import { freshIndex, nest } from "./loopNest.js";
import { idAt } from "../../ir/ids.js";

export function lowerScatter(context: LoweringContext, root: NodeId, members: ReadonlySet<NodeId>): Lowered {
  const { graph } = context;
  const node = nodeAt(graph, root);
  const { target } = node.op.definition.lowering as Lowering<Attributes> & { kind: "scatter" };
  const updates = idAt(node.args, node.args.length - 1);
  const demand = new ElementLowering(context, members, () => null);
  const buffer = context.bufferOf(root);
  const copied = node.shape.map((extent) => freshIndex(context, "i", extent));
  const copy = nest(
    copied,
    [],
    [
      {
        kind: "store",
        buffer: buffer.id,
        type: buffer.type,
        index: offsetAt(buffer, copied.map(indexSize)),
        value: demand.at(idAt(node.args, 0), copied.map(indexSize)),
        accumulate: false,
      },
    ],
  );
  const loops = nodeAt(graph, updates).shape.map((extent) => freshIndex(context, "i", extent));
  const at = loops.map(indexSize);
  const to = target({ ...demand.pointContext(root, at), shape: node.shape });
  const additions = nest(
    loops,
    [],
    [
      {
        kind: "store",
        buffer: buffer.id,
        type: buffer.type,
        index: offsetAt(buffer, to),
        value: demand.at(updates, at),
        accumulate: true,
      },
    ],
  );
  return { statements: [...copy, ...additions], bindings: demand.bindings, labels: demand.labels };
}
