/** Lowers a contraction with the elementwise nodes that follow it: bias, activation, masks, the update. */
import { nodeAt, type Node, type NodeId } from "../../ir/graph.js";
import type { Contraction, Operand } from "../../ir/kernel.js";
import type { Lowering } from "../../ir/lowering.js";
import type { Attributes } from "../../ir/op.js";
import * as scalars from "../../ir/scalar.js";
import type { Scalar } from "../../ir/scalar.js";
import { indexSize, one, product, splitAffine, type Index, type Size } from "../../ir/size.js";
import { freeAxes } from "../../ops/dot.js";
import { splitLinear } from "../../ops/reshape.js";
import { ElementLowering, NotFusable, type LoweringContext } from "./lowerElement.js";
import { operandIndices, type Lowered } from "./lowerLoops.js";
import { freshIndex, nest } from "./loopNest.js";
import { axisIndices, storeNodes } from "./storeNodes.js";
import { idAt } from "../../ir/ids.js";

/**
 * One of the three directions of a product. One index runs through several axes, and loops around the product through
 * the others.
 */
interface Direction {
  readonly index: Index;
  readonly extent: Size;
  readonly loops: readonly Index[];
  readonly at: readonly Size[];
}

/**
 * One index for all axes; with `together` false for the last axis only, and loops around the product for the others.
 */
function direction(context: LoweringContext, label: string, axes: readonly Size[], together: boolean): Direction {
  const around = together ? [] : axes.slice(0, -1);
  const inside = together ? axes : axes.slice(-1);
  const extent = product(inside);
  const index = freshIndex(context, label, extent);
  const loops = around.map((each) => freshIndex(context, "i", each));
  // If all axes have size 1, the index is 0 for each of them.
  const position = extent.key === one.key ? inside.map(() => indexSize(index)) : splitLinear(indexSize(index), inside);
  return { index, extent, loops, at: [...loops.map(indexSize), ...position] };
}

function operand(load: Scalar, indices: readonly Index[]): Operand | null {
  if (load.kind !== "load") return null;
  let rest: Size = load.index;
  for (const index of indices) {
    const split = splitAffine(rest, index);
    if (!split) return null;
    rest = split.rest;
  }
  return { buffer: load.buffer, index: load.index };
}

/**
 * The statements of a contraction and of the members that follow it, all of them aligned with its result. Rows,
 * columns and depths run over as many axes at once as the operands' layouts allow.
 */
export function lowerContraction(
  context: LoweringContext,
  root: NodeId,
  members: ReadonlySet<NodeId>,
  stored: readonly NodeId[],
): Lowered {
  const { graph } = context;
  const node = nodeAt(graph, root);
  const [x, y] = node.args.map((arg) => nodeAt(graph, arg)) as [Node, Node];
  const { lowering } = node.op.definition;
  const dimensions = (lowering as Lowering<Attributes> & { kind: "contract" }).dimensions(node.attributes);
  const batch = dimensions.batch.map(([axis]) => freshIndex(context, "b", x.shape[axis] as Size));
  const sizesAt = (type: Node, axes: readonly number[]): Size[] => axes.map((axis) => type.shape[axis] as Size);
  const rowAxes = sizesAt(x, freeAxes(x.shape.length, dimensions, 0));
  const columnAxes = sizesAt(y, freeAxes(y.shape.length, dimensions, 1));
  const depthAxes = sizesAt(
    x,
    dimensions.contract.map(([axis]) => axis),
  );

  for (const [rowsTogether, columnsTogether] of [
    [true, true],
    [false, true],
    [true, false],
    [false, false],
  ] as const) {
    const row = direction(context, "i", rowAxes, rowsTogether);
    const column = direction(context, "j", columnAxes, columnsTogether);
    const depth = direction(context, "k", depthAxes, true);
    const at = [...batch.map(indexSize), ...row.at, ...column.at];
    const value = `dot:${root}`;
    const demand: ElementLowering = new ElementLowering(context, members, (id, index): Scalar | null => {
      if (id !== root) return null;
      const here = index.every((each, axis) => each.key === at[axis]?.key || node.shape[axis]?.key === one.key);
      if (!here) throw new NotFusable("the product is needed at other places than where it is computed");
      return scalars.variable(value, demand.typeOf(node));
    });
    const [atX, atY] = operandIndices(graph, node, dimensions, [...at, ...depth.at]);
    // Operands are loaded from memory: a value that is not there must be stored first.
    const outside = new ElementLowering(context, new Set(), () => null);
    const a = operand(outside.at(idAt(node.args, 0), atX), [row.index, depth.index]);
    const b = operand(outside.at(idAt(node.args, 1), atY), [depth.index, column.index]);
    if (!a || !b) continue;
    const epilogue = storeNodes(demand, stored, (each) => axisIndices(each, withoutOnes(each, at, node)));
    const contraction: Contraction = {
      kind: "contract",
      type: graph.precision === "float32" ? "f32" : "f64",
      row: row.index,
      column: column.index,
      depth: depth.index,
      rows: row.extent,
      columns: column.extent,
      depths: depth.extent,
      a,
      b,
      value,
      epilogue,
      tiling: { cover: "exact", epilogue: "last" },
    };
    const bindings = new Map([...demand.bindings, ...outside.bindings]);
    return {
      statements: nest([...batch, ...row.loops, ...column.loops], [], [contraction]),
      bindings,
      labels: demand.labels,
    };
  }
  throw new NotFusable("an operand is not laid out in even steps");
}

/** The indices of the axes longer than 1, for a node as long as the product along each of them. */
function withoutOnes(node: Node, at: readonly Size[], product: Node): Size[] {
  const own = node.shape.filter((each) => each.key !== one.key);
  const kept = at.filter((_, axis) => product.shape[axis]?.key !== one.key);
  const fits = product.shape.filter((each) => each.key !== one.key).every((each, axis) => each.key === own[axis]?.key);
  if (own.length !== kept.length || !fits) throw new NotFusable("the product has another shape");
  return kept;
}
