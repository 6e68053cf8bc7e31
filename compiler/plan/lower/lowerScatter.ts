/** Lowers a scatter: copies the first argument, then adds each update in order. */
import { nodeAt, type Node, type NodeId } from "../../ir/graph.js";
import { idAt } from "../../ir/ids.js";
import type { Statement } from "../../ir/kernel.js";
import type { Lowering } from "../../ir/lowering.js";
import type { Attributes } from "../../ir/op.js";
import { indexSize, type Size } from "../../ir/size.js";
import { offsetAt } from "../memory/buffer.js";
import { ElementLowering, type LoweringContext } from "./lowerElement.js";
import type { Lowered } from "./lowerLoops.js";
import { freshIndex, nest } from "./loopNest.js";

export const isScatter = (node: Node): boolean => node.op.definition.lowering?.kind === "scatter";

/** The value that a scatter adds at computed places. */
export const updatesOf = ({ args }: Pick<Node, "args">): NodeId => idAt(args, args.length - 1);

/** The statements that store a scatter's first argument in its result. */
export function copyBase(demand: ElementLowering, id: NodeId): readonly Statement[] {
  const { context } = demand;
  const node = nodeAt(context.graph, id);
  const buffer = context.bufferOf(id);
  const axes = node.shape.map((extent) => freshIndex(context, "i", extent));
  const at = axes.map(indexSize);
  const value = demand.at(idAt(node.args, 0), at);
  return nest(
    axes,
    [],
    [{ kind: "store", buffer: buffer.id, type: buffer.type, index: offsetAt(buffer, at), value, accumulate: false }],
  );
}

/** The store that adds the update at this place of the updates to its element of the result. */
export function addition(demand: ElementLowering, id: NodeId, at: readonly Size[]): Statement & { kind: "store" } {
  const { graph, bufferOf } = demand.context;
  const node = nodeAt(graph, id);
  const buffer = bufferOf(id);
  const { target } = node.op.definition.lowering as Lowering<Attributes> & { kind: "scatter" };
  const to = target({ ...demand.pointContext(id, at), shape: node.shape });
  const value = demand.at(updatesOf(node), at);
  return { kind: "store", buffer: buffer.id, type: buffer.type, index: offsetAt(buffer, to), value, accumulate: true };
}

export function lowerScatter(context: LoweringContext, root: NodeId, members: ReadonlySet<NodeId>): Lowered {
  const { graph } = context;
  const demand = new ElementLowering(context, members, () => null);
  const copy = copyBase(demand, root);
  const updates = nodeAt(graph, updatesOf(nodeAt(graph, root)));
  const loops = updates.shape.map((extent) => freshIndex(context, "i", extent));
  const additions = nest(loops, [], [addition(demand, root, loops.map(indexSize))]);
  return { statements: [...copy, ...additions], bindings: demand.bindings, labels: demand.labels };
}
