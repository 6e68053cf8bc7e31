/** Lowers a contraction with the elementwise nodes that follow it: bias, activation, masks, the update. */
import { nodeAt, type Node, type NodeId } from "../../ir/graph.js";
import { visitAll, type Axis, type Contraction, type Statement } from "../../ir/kernel.js";
import type { DotDimensions, Lowering } from "../../ir/lowering.js";
import type { Attributes } from "../../ir/op.js";
import * as scalars from "../../ir/scalar.js";
import type { Scalar } from "../../ir/scalar.js";
import { floorDiv, mul, one, splitAffine, zero, type Size } from "../../ir/size.js";
import { freeAxes } from "../../ops/dot.js";
import { ElementLowering, NotFusable, type LoweringContext } from "./lowerElement.js";
import type { Lowered } from "./lowerLoops.js";
import { nest } from "./loopNest.js";
import { layOut, merge, moves, type Directions, type Layout } from "./contractionAxes.js";
import { addition, copyBase, isScatter } from "./lowerScatter.js";
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
 * The statements of a contraction and of the members that follow it, all of them aligned with its result; among those a
 * scatter may add the result to its target. Neighbouring axes of a direction become one where the operands and the epilogue
 * are laid out in even steps along both.
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
  const value = `dot:${root}`;
  const scatters = stored.filter((id) => isScatter(nodeAt(graph, id)));
  const plain = stored.filter((id) => !scatters.includes(id));

  const written = ({ at }: Layout): Written => {
    const demand: ElementLowering = new ElementLowering(context, members, (id, index): Scalar | null => {
      if (id !== root) return null;
      const here = index.every((each, axis) => each.key === at[axis]?.key || node.shape[axis]?.key === one.key);
      if (!here) throw new NotFusable("the product is needed at other places than where it is computed");
      return scalars.variable(value, demand.typeOf(node));
    });
    const stores = storeNodes(demand, plain, (each) => axisIndices(each, withoutOnes(each, at, node)));
    const additions = scatters.map((id) => addition(demand, id, at));
    return { epilogue: [...stores, ...additions], additions, demand };
  };

  const batch = (side: "a" | "b"): Axis[] => {
    const other = side === "a" ? "b" : "a";
    return apart.batch.filter((axis) => moves(apart[side], axis) && !moves(apart[other], axis));
  };
  const split = {
    rows: [...batch("a"), ...apart.rows],
    columns: [...batch("b"), ...apart.columns],
    depths: apart.depths,
  };
  let around: readonly Axis[] = apart.batch.filter(
    (axis) => !split.rows.includes(axis) && !split.columns.includes(axis),
  );
  if (scatters.length > 0 && !written(apart).additions.every((each) => areDistinct(each, batch("b")))) {
    // Blocks of columns would add to shared elements in another order.
    around = apart.batch;
    [split.rows, split.columns] = [[...apart.rows], [...apart.columns]];
  }
  const operands = [apart.a.index, apart.b.index];
  let layout = merge(context, apart, split, (outer, inner) => areEven(operands, outer, inner));
  let made = written(layout);
  const isMerged = layout.rows.length < split.rows.length || layout.columns.length < split.columns.length;
  if (isMerged && dividesIndices(made.epilogue)) {
    // A value of the epilogue is laid out otherwise: its own even steps count too.
    const all = [...operands, ...sizesIn(written({ ...apart, ...split }).epilogue)];
    layout = merge(context, apart, split, (outer, inner) =>
      areEven(split.depths.includes(outer) ? operands : all, outer, inner),
    );
    made = written(layout);
  }
  const { rows, columns, depths, a, b } = layout;
  let distinct = 0;
  while (distinct < columns.length && made.additions.every((each) => areDistinct(each, columns.slice(0, distinct + 1))))
    distinct++;
  const contraction: Contraction = {
    kind: "contract",
    type: graph.precision === "float32" ? "f32" : "f64",
    ...{ rows, columns, depths, a, b, value },
    epilogue: made.epilogue,
    tiling: { cover: "exact", epilogue: "last", wholeColumns: columns.length - distinct },
  };
  const begin = scatters.flatMap((id) => copyBase(made.demand, id));
  return {
    statements: [...begin, ...nest(around, [], [contraction])],
    bindings: new Map([...made.demand.bindings, ...apart.bindings]),
    labels: made.demand.labels,
  };
}

type Store = Statement & { readonly kind: "store" };

interface Written {
  readonly epilogue: readonly Statement[];
  /** The stores among it that add to elements. */
  readonly additions: readonly Store[];
  readonly demand: ElementLowering;
}

/** Whether different places along these axes are different elements of the store's buffer, whatever the other indices are. */
function areDistinct({ index }: Store, axes: readonly Axis[]): boolean {
  let rest = index;
  for (const axis of axes) {
    const split = splitAffine(rest, axis);
    if (!split || floorDiv(split.rest, split.coefficient).key !== zero.key) return false;
    rest = split.rest;
  }
  return true;
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
