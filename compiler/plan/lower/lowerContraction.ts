/** Lowers a contraction with the elementwise nodes that follow it: bias, activation, masks, the update. */
import { nodeAt, type Node, type NodeId } from "../../ir/graph.js";
import { visitAll, type Axis, type Contraction, type Statement } from "../../ir/kernel.js";
import type { DotDimensions, Lowering } from "../../ir/lowering.js";
import type { Attributes } from "../../ir/op.js";
import * as scalars from "../../ir/scalar.js";
import type { Scalar } from "../../ir/scalar.js";
import { mul, one, splitAffine, type Size } from "../../ir/size.js";
import { freeAxes } from "../../ops/dot.js";
import { ElementLowering, NotFusable, type LoweringContext } from "./lowerElement.js";
import type { Lowered } from "./lowerLoops.js";
import { nest } from "./loopNest.js";
import { layOut, merge, moves, type Directions, type Layout } from "./contractionAxes.js";
import { axisIndices, storeNodes } from "./storeNodes.js";

/** The dimensions of a contraction, and the sizes of its axes by the direction that the operation gives them. */
function directionsOf(graph: LoweringContext["graph"], node: Node): { dimensions: DotDimensions; sizes: Directions } {
  const [x, y] = node.args.map((arg) => nodeAt(graph, arg)) as [Node, Node];
  const { lowering } = node.op.definition;
  const dimensions = (lowering as Lowering<Attributes> & { kind: "contract" }).dimensions(node.attributes);
  const sizesAt = (type: Node, axes: readonly number[]): Size[] => axes.map((axis) => type.shape[axis] as Size);
  const left = (pairs: DotDimensions["batch"]): Size[] => pairs.map(([axis]) => x.shape[axis] as Size);
  const rows = sizesAt(x, freeAxes(x.shape.length, dimensions, 0));
  const columns = sizesAt(y, freeAxes(y.shape.length, dimensions, 1));
  return { dimensions, sizes: { batch: left(dimensions.batch), rows, columns, depths: left(dimensions.contract) } };
}

/**
 * The statements of a contraction and of the members that follow it, all of them aligned with its result. Neighbouring
 * axes of a direction become one where the operands and the epilogue are laid out in even steps along both.
 */
export function lowerContraction(
  context: LoweringContext,
  root: NodeId,
  members: ReadonlySet<NodeId>,
  stored: readonly NodeId[],
): Lowered {
  const { graph } = context;
  const node = nodeAt(graph, root);
  const { dimensions, sizes } = directionsOf(graph, node);
  const apart = layOut(context, node, dimensions, sizes);
  const around = apart.batch.filter((axis) => moves(apart.a, axis) === moves(apart.b, axis));
  const moving = (side: "a" | "b"): Axis[] =>
    apart.batch.filter((axis) => !around.includes(axis) && moves(apart[side], axis));
  const split = {
    rows: [...moving("a"), ...apart.rows],
    columns: [...moving("b"), ...apart.columns],
    depths: apart.depths,
  };
  const operands = [apart.a.index, apart.b.index];
  const value = `dot:${root}`;

  const written = (layout: Layout): { epilogue: readonly Statement[]; demand: ElementLowering } => {
    const { at } = layout;
    const demand: ElementLowering = new ElementLowering(context, members, (id, index): Scalar | null => {
      if (id !== root) return null;
      const here = index.every((each, axis) => each.key === at[axis]?.key || node.shape[axis]?.key === one.key);
      if (!here) throw new NotFusable("the product is needed at other places than where it is computed");
      return scalars.variable(value, demand.typeOf(node));
    });
    const epilogue = storeNodes(demand, stored, (each) => axisIndices(each, withoutOnes(each, at, node)));
    return { epilogue, demand };
  };

  let layout = merge(context, apart, split, (outer, inner) => areEven(operands, outer, inner));
  let made = written(layout);
  const isMerged = layout.rows.length < split.rows.length || layout.columns.length < split.columns.length;
  if (isMerged && dividesIndices(made.epilogue)) {
    // A value of the epilogue is laid out otherwise: its own even steps count too.
    const { epilogue } = written({ ...apart, ...split });
    const all = [...operands, ...sizesIn(epilogue)];
    layout = merge(context, apart, split, (outer, inner) =>
      areEven(split.depths.includes(outer) ? operands : all, outer, inner),
    );
    made = written(layout);
  }
  const { rows, columns, depths, a, b } = layout;
  const contraction: Contraction = {
    kind: "contract",
    type: graph.precision === "float32" ? "f32" : "f64",
    ...{ rows, columns, depths, a, b, value },
    epilogue: made.epilogue,
    tiling: { cover: "exact", epilogue: "last" },
  };
  return {
    statements: nest(around, [], [contraction]),
    bindings: new Map([...made.demand.bindings, ...apart.bindings]),
    labels: made.demand.labels,
  };
}

/** Whether in each of these places a step along the outer axis is as long as a turn of the inner one. */
const areEven = (places: readonly Size[], outer: Axis, inner: Axis): boolean =>
  places.every((place) => {
    const [whole, part] = [splitAffine(place, outer), splitAffine(place, inner)];
    return whole !== null && part !== null && whole.coefficient.key === mul(part.coefficient, inner.extent).key;
  });

function sizesIn(statements: readonly Statement[]): readonly Size[] {
  const found = new Map<string, Size>();
  visitAll(statements, { size: (each) => found.set(each.key, each) });
  return [...found.values()];
}

const dividesIndices = (statements: readonly Statement[]): boolean =>
  sizesIn(statements).some(({ terms }) => terms.some(({ factors }) => factors.some(({ kind }) => kind === "floor")));

/** The indices of the axes longer than 1, for a node as long as the product along each of them. */
function withoutOnes(node: Node, at: readonly Size[], product: Node): Size[] {
  const own = node.shape.filter((each) => each.key !== one.key);
  const kept = at.filter((_, axis) => product.shape[axis]?.key !== one.key);
  const fits = product.shape.filter((each) => each.key !== one.key).every((each, axis) => each.key === own[axis]?.key);
  if (own.length !== kept.length || !fits) throw new NotFusable("the product has another shape");
  return kept;
}
