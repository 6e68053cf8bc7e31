/**
 * Lowering of a group of nodes to nested loops: the axes that are kept outside, the reduced ones inside, once for
 * each level of reductions that need each other. Sibling reductions share their loop.
 */
import { isA, isInline, nodeAt, type Node, type NodeId } from "../ir/graph.js";
import type { DotDimensions, Lowering } from "../ir/lowering.js";
import type { Attributes } from "../ir/op.js";
import { visitScalars, type Carried, type Merge, type Statement } from "../ir/kernel.js";
import * as scalars from "../ir/scalar.js";
import type { Scalar } from "../ir/scalar.js";
import { add, equalAll, indexSize, mul, one, zero, type Index, type Size } from "../ir/size.js";
import { freeAxes } from "../ops/dot.js";
import { targetsOf, update, type UpdateBody } from "../ops/update.js";
import { offsetAt, spaceOf } from "./buffer.js";
import { Demand, lastPart, NotFusable, type LoweringContext } from "./demand.js";

/** The loops of a group: all axes in order, and which of them are reduced. */
export interface LoopSpace {
  readonly axes: readonly Size[];
  readonly reduced: readonly boolean[];
}

export interface Lowered {
  readonly statements: readonly Statement[];
  readonly bindings: Demand["bindings"];
  /** What a person would call some of the scalars. */
  readonly labels: ReadonlyMap<Scalar, string>;
}

type Reduce = Lowering<Attributes> & { readonly kind: "reduce" };

/** A loop index, unique in the kernel that is being lowered. */
export function freshIndex({ indices }: LoweringContext, label: string, extent: Size | null): Index {
  return { id: `${label}.${++indices.count}`, extent };
}

/** The shape that a reduction or contraction runs over, and the axes of it that it reduces. */
export function reductionSpace(
  graph: LoweringContext["graph"],
  node: Node,
): { shape: readonly Size[]; axes: readonly number[] } {
  const { lowering } = node.op.definition;
  const [first] = node.args.map((arg) => nodeAt(graph, arg));
  if (lowering?.kind === "reduce") return { shape: first?.shape ?? [], axes: lowering.axes(node.attributes) };
  if (lowering?.kind !== "contract") throw new Error(`${node.op.definition.name} reduces nothing`);
  const contracted = lowering.dimensions(node.attributes).contract.map(([axis]) => first?.shape[axis] as Size);
  return { shape: [...node.shape, ...contracted], axes: contracted.map((_, axis) => node.shape.length + axis) };
}

/** The loops that a node alone needs. */
export function loopSpace(graph: LoweringContext["graph"], node: Node): LoopSpace {
  const { lowering } = node.op.definition;
  if (lowering?.kind !== "reduce" && lowering?.kind !== "contract") {
    const axes = spaceOf(node.shape);
    return { axes, reduced: axes.map(() => false) };
  }
  const { shape, axes } = reductionSpace(graph, node);
  const kept = shape
    .map((each, axis) => ({ each, reduced: axes.includes(axis) }))
    .filter(({ each }) => each.key !== one.key);
  return { axes: kept.map(({ each }) => each), reduced: kept.map(({ reduced }) => reduced) };
}

const outerAxes = (space: LoopSpace): Size[] => space.axes.filter((_, axis) => !space.reduced[axis]);

/** The loops that serve both, or null. Elementwise nodes join reductions at either level. */
export function joinSpaces(a: LoopSpace, b: LoopSpace): LoopSpace | null {
  const same = equalAll(a.axes, b.axes);
  if (same && a.reduced.every((each, axis) => each === b.reduced[axis])) return a;
  const [plain, other] = a.reduced.includes(true) ? [b, a] : [a, b];
  if (plain.reduced.includes(true)) return null;
  if (equalAll(plain.axes, other.axes) || equalAll(plain.axes, outerAxes(other))) return other;
  return null;
}

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
    if (kind === "contract") return true;
    return kind === "reduce" && loopSpace(graph, node).reduced.includes(true);
  };

  const demand: Demand = new Demand(context, members, (id, index): Scalar | null => {
    const node = nodeAt(graph, id);
    const { lowering } = node.op.definition;
    if (lowering?.kind !== "reduce" && lowering?.kind !== "contract") return null;
    if (!isReduction(node)) {
      // Every reduced axis has size 1: one step.
      const { reducer } = lowering as Reduce;
      const { shape, axes } = reductionSpace(graph, node);
      const rest = [...index];
      const value = demand.at(
        node.args[0] as NodeId,
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

  /** The value that a reduction folds at a point of the loops. */
  const folded = (node: Node, at: readonly Size[]): Scalar => {
    const { lowering } = node.op.definition;
    const { shape } = reductionSpace(graph, node);
    const rest = [...at];
    const full = shape.map((each) => (each.key === one.key ? zero : (rest.shift() as Size)));
    if (lowering?.kind === "reduce") return demand.at(node.args[0] as NodeId, full);
    const dimensions = (lowering as Lowering<Attributes> & { kind: "contract" }).dimensions(node.attributes);
    const [x, y] = node.args as readonly [NodeId, NodeId];
    const [atX, atY] = operandIndices(graph, node, dimensions, full);
    const [type] = initial(node).map((each) => each.type);
    const wide = (each: Scalar): Scalar => scalars.convert(each, type as scalars.ScalarType);
    return scalars.mul(wide(demand.at(x, atX)), wide(demand.at(y, atY)));
  };

  const chained = context.numerics.chains && space.reduced[space.reduced.length - 1] === true;
  const mergeOf = (ids: readonly NodeId[], initial: (node: Node) => readonly Scalar[]): Merge | undefined => {
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

/** Loops around statements; carried scalars pass through all of them, and run in chains in the innermost. */
export function nest(
  loops: readonly Index[],
  carried: readonly Carried[],
  body: readonly Statement[],
  merge?: Merge,
): readonly Statement[] {
  if (loops.length === 0) {
    if (carried.length > 0) throw new Error("a reduction without a loop");
    return body;
  }
  let statements = body;
  for (const [position, index] of [...loops.entries()].reverse()) {
    const innermost = position === loops.length - 1;
    const suffix = (depth: number): string => (depth === 0 ? "" : `@${depth}`);
    const here = carried.map((each): Carried => {
      const name = innermost ? each.name : `${each.name}${suffix(position + 1)}`;
      const around = position === 0 ? null : `${each.name}${suffix(position)}`;
      const result = position === 0 ? each.result : `${each.result}${suffix(position)}`;
      const initial = around === null ? each.initial : scalars.variable(around, each.type);
      const next = innermost ? each.next : scalars.variable(`${each.result}${suffix(position + 1)}`, each.type);
      return { name, result, type: each.type, initial, next };
    });
    const chains = innermost && merge ? { merge } : {};
    statements = [{ kind: "loop", index, extent: index.extent as Size, carried: here, body: statements, ...chains }];
  }
  return statements;
}

/** For each node, how many levels of reductions inside the kernel must be finished before it is known. */
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

/** The index of each axis of a node where the loops stand at `at`; axes of size 1 have index 0. */
export function axisIndices(node: Node, at: readonly Size[]): Size[] {
  const rest = [...at];
  return node.shape.map((each) => (each.key === one.key ? zero : (rest.shift() as Size)));
}

type Store = Statement & { readonly kind: "store" };

/**
 * The statements that store members, and write effects' targets, at one point of the loops: effects last, and all their
 * values before the first of them is written, so that no value is made from what has been replaced.
 */
export function storeNodes(
  demand: Demand,
  ids: readonly NodeId[],
  indexOf: (node: Node) => readonly Size[],
): Statement[] {
  const { graph, bufferOf } = demand.context;
  const plain: Store[] = [];
  const effects: Store[] = [];
  for (const id of ids) {
    const node = nodeAt(graph, id);
    const index = indexOf(node);
    if (isA(node, update)) {
      effects.push(...writes(demand, id, index));
      continue;
    }
    const buffer = bufferOf(id);
    const [value, at] = [demand.at(id, index), offsetAt(buffer, index)];
    plain.push({ kind: "store", buffer: buffer.id, type: buffer.type, index: at, value, accumulate: false });
  }
  if (!readsReplaced(effects)) return [...plain, ...effects];
  const named = effects.map((store): { value: Statement; store: Store } => {
    const label = demand.labels.get(store.value) ?? "next";
    const name = `${label}:${store.buffer}`;
    const value: Statement = { kind: "let", name, value: store.value };
    return { value, store: { ...store, value: scalars.variable(name, store.value.type) } };
  });
  return [...plain, ...named.map(({ value }) => value), ...named.map(({ store }) => store)];
}

/** Whether a value is made from an element that an earlier one of the stores replaces. */
function readsReplaced(stores: readonly Store[]): boolean {
  const replaced = new Set<string>();
  return stores.some((store) => {
    let reads = false;
    visitScalars(store.value, (scalar) => {
      if (scalar.kind === "load" && replaced.has(scalar.buffer)) reads = true;
    });
    replaced.add(store.buffer);
    return reads;
  });
}

/** The stores of an update's targets. */
function writes(demand: Demand, id: NodeId, index: readonly Size[]): Store[] {
  const { graph, bufferOf, numerics } = demand.context;
  const node = nodeAt(graph, id);
  const element = graph.precision === "float32" ? "f32" : "f64";
  const type = numerics.update(element);
  const args = node.args.map((arg) => {
    const value = demand.at(arg, index);
    const wide = scalars.convert(value, type);
    const label = demand.labels.get(value);
    if (label !== undefined) demand.labels.set(wide, label);
    return wide;
  });
  const next = demand.body(node.attributes["body"] as UpdateBody, args, type);
  return targetsOf(graph, id).map((target, position) => {
    const buffer = bufferOf(target);
    const plain = next[position] as Scalar;
    const value = scalars.convert(plain, element);
    for (const each of [plain, value]) demand.labels.set(each, `next ${lastPart(buffer.label)}`);
    return {
      kind: "store",
      buffer: buffer.id,
      type: element,
      index: offsetAt(buffer, index),
      value,
      accumulate: false,
    };
  });
}
