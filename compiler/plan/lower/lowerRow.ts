/** Lowers a program along one axis: loops over the other axes around the program of one row. */
import { nodeAt, type NodeId } from "../../ir/graph.js";
import type { Lowering, RowContext } from "../../ir/lowering.js";
import type { Attributes } from "../../ir/op.js";
import * as scalars from "../../ir/scalar.js";
import { indexSize, one, zero, type Size } from "../../ir/size.js";
import { offsetAt } from "../memory/buffer.js";
import { ElementLowering, type LoweringContext } from "./lowerElement.js";
import type { Lowered } from "./lowerLoops.js";
import { freshIndex, nest } from "./loopNest.js";
import { idAt } from "../../ir/ids.js";

export function lowerRow(context: LoweringContext, root: NodeId, members: ReadonlySet<NodeId>): Lowered {
  const { graph, numerics } = context;
  const node = nodeAt(graph, root);
  const { axis, program } = node.op.definition.lowering as Lowering<Attributes> & { kind: "row" };
  const along = axis(node.attributes);
  const demand = new ElementLowering(context, members, () => null);
  const buffer = context.bufferOf(root);
  const loops = node.shape.map((extent, at) =>
    at === along || extent.key === one.key ? null : freshIndex(context, "i", extent),
  );
  const at = (place: Size): Size[] =>
    loops.map((loop, each) => (each === along ? place : loop ? indexSize(loop) : zero));
  const offset = (place: Size): Size => offsetAt(buffer, at(place));
  const row: RowContext<Attributes> = {
    attributes: node.attributes,
    args: node.args.map((arg) => nodeAt(graph, arg)),
    type: buffer.type,
    extent: node.shape[along] as Size,
    accumulator: (type) => (type === "f32" || type === "f64" ? numerics.accumulator(type) : type),
    at: (argument, place) => demand.at(idAt(node.args, argument), at(place)),
    stored: (place) => scalars.load(buffer.id, offset(place), buffer.type),
    store: (place, value) => ({
      kind: "store",
      buffer: buffer.id,
      type: buffer.type,
      index: offset(place),
      value,
      accumulate: false,
    }),
    name: (label) => `${label}:${++context.indices.count}`,
    index: (label, extent) => freshIndex(context, label, extent),
  };
  const around = loops.flatMap((loop) => (loop ? [loop] : []));
  const statements = nest(around, [], program(row));
  return { statements, bindings: demand.bindings, labels: demand.labels };
}
