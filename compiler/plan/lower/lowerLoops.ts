/**
 * Lowers a group of nodes to nested loops: kept axes outside, reduced axes inside, with one inner nest for each level
 * of reductions that depend on each other. Reductions of one level share their loop.
 */
import { isInline, nodeAt, type Node, type NodeId } from "../../ir/graph.js";
import type { DotDimensions, Lowering } from "../../ir/lowering.js";
import type { Attributes } from "../../ir/op.js";
import type { Carried, Accumulators, Statement } from "../../ir/kernel.js";
import * as scalars from "../../ir/scalar.js";
import type { Scalar } from "../../ir/scalar.js";
import { add, equalAll, indexSize, mul, one, zero, type Index, type Size } from "../../ir/size.js";
import { freeAxes } from "../../ops/dot.js";
import { spaceOf } from "../memory/buffer.js";
import { ElementLowering, NotFusable, type LoweringContext } from "./lowerElement.js";
import { loopSpace, outerAxes, reductionSpace, type LoopSpace } from "./loopSpace.js";
import { freshIndex, nest } from "./loopNest.js";
import { axisIndices, storeNodes } from "./storeNodes.js";
import { idAt } from "../../ir/ids.js";

export interface Lowered {
  readonly statements: readonly Statement[];
  readonly bindings: ElementLowering["bindings"];
  /** Words for some of the scalars in printed code. */
  readonly labels: ReadonlyMap<Scalar, string>;
}

type Reduce = Lowering<Attributes> & { readonly kind: "reduce" };

/** The statements of a group. `stored` are the members whose values are kept; effects write their targets. */
export function lowerLoops(
  context: LoweringContext,
  members: ReadonlySet<NodeId>,
  stored: readonly NodeId[],
  space: LoopSpace,
): Lowered {
  const { graph } = context;
  const outer = outerAxes(space).map((extent) => freshIndex(context, "i", extent));
  const outerSizes = outer.map(indexSize);
  const results = new Map<NodeId, readonly Scalar[]>();
  const isReduction = (node: Node): boolean => {
    const kind = node.op.definition.lowering?.kind;
    return (kind === "contract" || kind === "reduce") && loopSpace(graph, node).reduced.includes(true);
  };

  const demand: ElementLowering = new ElementLowering(context, members, (id, index): Scalar | null => {
    const node = nodeAt(graph, id);
    const { lowering } = node.op.definition;
    if (lowering?.kind !== "reduce" && lowering?.kind !== "contract") return null;
    if (!isReduction(node)) {
      // Every reduced axis has size 1: one step.
      if (lowering.kind === "contract") {
        const at = index.filter((_, axis) => node.shape[axis]?.key !== one.key);
        return scalars.convert(scalars.add(initial(node)[0] as Scalar, folded(node, at)), demand.typeOf(node));
      }
      const { reducer } = lowering as Reduce;
      const { shape, axes } = reductionSpace(graph, node);
      const rest = [...index];
      const value = demand.at(
        idAt(node.args, 0),
        shape.map((_, axis) => (axes.includes(axis) ? zero : (rest.shift() as Size))),
      );
      return reducer.result(reducer.step(initial(node), value, zero), demand.typeOf(node));
    }
    const space = index.filter((each, axis) => node.shape[axis]?.key !== one.key && each !== undefined);
    const carried = results.get(id);
    if (!carried || !equalAll(space, outerSizes)) {
      throw new NotFusable(
        `the result of ${node.op.definition.name} is needed at other places than where it is computed`,
      );
    }
    const type = demand.typeOf(node);
    return lowering.kind === "reduce"
      ? lowering.reducer.result(carried, type)
      : scalars.convert(carried[0] as Scalar, type);
  });

  const initial = (node: Node): readonly Scalar[] => {
    const { lowering } = node.op.definition;
    const [from] = node.args.map((arg) => demand.typeOf(nodeAt(graph, arg)));
    const accumulator = from === "f32" || from === "f64" ? context.numerics.accumulator(from) : "f64";
    if (lowering?.kind !== "reduce") return [scalars.constant(0, accumulator)];
    return lowering.reducer.initial(from as scalars.ScalarType, accumulator);
  };

  /** The value that a reduction accumulates at a point of the loops. */
  const folded = (node: Node, at: readonly Size[]): Scalar => {
    const { lowering } = node.op.definition;
    const { shape } = reductionSpace(graph, node);
    const rest = [...at];
    const full = shape.map((each) => (each.key === one.key ? zero : (rest.shift() as Size)));
    if (lowering?.kind === "reduce") return demand.at(idAt(node.args, 0), full);
    const dimensions = (lowering as Lowering<Attributes> & { kind: "contract" }).dimensions(node.attributes);
    const [x, y] = [idAt(node.args, 0), idAt(node.args, 1)];
    const [atX, atY] = operandIndices(graph, node, dimensions, full);
    const [type] = initial(node).map((each) => each.type);
    const wide = (each: Scalar): Scalar => scalars.convert(each, type as scalars.ScalarType);
    return scalars.mul(wide(demand.at(x, atX)), wide(demand.at(y, atY)));
  };

  const chained = context.numerics.chains && space.reduced[space.reduced.length - 1] === true;
  const mergeOf = (ids: readonly NodeId[], initial: (node: Node) => readonly Scalar[]): Accumulators | undefined => {
    const parts = ids.map((id) => {
      const node = nodeAt(graph, id);
      const { lowering } = node.op.definition;
      const identity = initial(node);
      const merge =
        lowering?.kind === "reduce"
          ? lowering.reducer.merge
          : ([left]: readonly Scalar[], [right]: readonly Scalar[]) => [scalars.add(left as Scalar, right as Scalar)];
      return { identity, merge };
    });
    if (parts.length === 0) return undefined;
    return {
      identity: parts.flatMap((each) => each.identity),
      merge(left, right) {
        let at = 0;
        return parts.flatMap(({ identity, merge }) => {
          const [from, to] = [at, (at += identity.length)];
          return merge(left.slice(from, to), right.slice(from, to));
        });
      },
    };
  };

  const levels = reductionLevels(context, members, isReduction);
  const reductions = [...members].filter((id) => isReduction(nodeAt(graph, id)));
  const levelOf = (id: NodeId): number => levels(id);
  const inner = stored.filter((id) => isInside(nodeAt(graph, id), space));
  const outside = stored.filter((id) => !inner.includes(id));
  const depth = Math.max(0, ...reductions.map((id) => levelOf(id) + 1), ...inner.map((id) => levelOf(id) + 1));

  const body: Statement[] = [];
  for (let level = 0; level < depth && space.reduced.includes(true); level++) {
    const here = reductions.filter((id) => levelOf(id) === level);
    const stores = inner.filter((id) => levelOf(id) === level);
    const rest = [...outerSizes];
    const loops = space.axes.map((extent, axis) => (space.reduced[axis] ? freshIndex(context, "k", extent) : null));
    const at = loops.map((loop) => (loop ? indexSize(loop) : (rest.shift() as Size)));
    const inside = loops.filter((loop): loop is Index => loop !== null);
    const statements = storeNodes(demand, stores, (node) => axisIndices(node, at));
    const position = inside.reduce((sum, each) => add(mul(sum, each.extent as Size), indexSize(each)), zero);
    const carried = here.flatMap((id) => {
      const node = nodeAt(graph, id);
      const first = initial(node);
      const names = first.map((_, part) => `${node.op.definition.name}:${id}:${part}`);
      const current = names.map((name, part) => scalars.variable(name, (first[part] as Scalar).type));
      const value = folded(node, at);
      const { lowering } = node.op.definition;
      const next =
        lowering?.kind === "reduce"
          ? lowering.reducer.step(current, value, position)
          : [scalars.add(current[0] as Scalar, value)];
      results.set(
        id,
        names.map((name, part) => scalars.variable(`${name}'`, (first[part] as Scalar).type)),
      );
      return names.map((name, part): Carried => {
        const type = (first[part] as Scalar).type;
        return { name, result: `${name}'`, type, initial: first[part] as Scalar, next: next[part] as Scalar };
      });
    });
    body.push(...nest(inside, carried, statements, chained ? mergeOf(here, initial) : undefined));
  }
  const last = space.reduced.includes(true) ? outside : [...inner, ...outside];
  body.push(...storeNodes(demand, last, (node) => axisIndices(node, outerSizes)));
  return { statements: nest(outer, [], body), bindings: demand.bindings, labels: demand.labels };
}

/** Whether a stored node has an element for every point of the loops, reduced axes included. */
function isInside(node: Node, space: LoopSpace): boolean {
  const { lowering } = node.op.definition;
  const reduces = (lowering?.kind === "reduce" || lowering?.kind === "contract") && space.reduced.includes(true);
  const own = spaceOf(node.shape);
  if (equalAll(own, space.axes) && !reduces) return true;
  if (equalAll(own, outerAxes(space))) return false;
  throw new NotFusable(`${node.op.definition.name} runs over other axes`);
}

/** The indices of a contraction's operands, from those of its result and of the contracted axes. */
export function operandIndices(
  graph: LoweringContext["graph"],
  node: Node,
  dimensions: DotDimensions,
  full: readonly Size[],
): readonly [Size[], Size[]] {
  const [x, y] = node.args.map((arg) => nodeAt(graph, arg)) as [Node, Node];
  const [xFree, yFree] = [freeAxes(x.shape.length, dimensions, 0), freeAxes(y.shape.length, dimensions, 1)];
  const [atX, atY]: [Size[], Size[]] = [[], []];
  const rest = [...full];
  const take = (): Size => rest.shift() as Size;
  for (const [a, b] of dimensions.batch) atX[a] = atY[b] = take();
  for (const axis of xFree) atX[axis] = take();
  for (const axis of yFree) atY[axis] = take();
  for (const [a, b] of dimensions.contract) atX[a] = atY[b] = take();
  return [atX, atY];
}

/** For each node, the number of levels of reductions in the kernel that must end before its value is known. */
function reductionLevels(
  { graph }: LoweringContext,
  members: ReadonlySet<NodeId>,
  isReduction: (node: Node) => boolean,
): (id: NodeId) => number {
  const memo = new Map<NodeId, number>();
  const visit = (id: NodeId): number => {
    const known = memo.get(id);
    if (known !== undefined) return known;
    const node = nodeAt(graph, id);
    let level = 0;
    if (members.has(id) || isInline(graph, node)) {
      for (const arg of node.args) {
        const below = members.has(arg) && isReduction(nodeAt(graph, arg)) ? 1 : 0;
        level = Math.max(level, visit(arg) + below);
      }
    }
    memo.set(id, level);
    return level;
  };
  return visit;
}
