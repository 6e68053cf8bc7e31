/**
 * Finds the elements of leaves that a tensor shows without computing: through views, and through operations that join
 * their arguments.
 */
import { nodeAt, type Graph, type Node, type NodeId } from "./graph.js";
import { constant } from "./scalar.js";
import {
  add,
  constantOf,
  equal,
  indexSize,
  indicesOf,
  mul,
  one,
  splitAffine,
  sub,
  substitute,
  zero,
  type Index,
  type Size,
} from "./size.js";
import { idAt, type ArgumentPosition } from "./ids.js";

/** Elements of a leaf. */
export interface Source {
  readonly leaf: NodeId;
  /** Their place: an expression for each axis of the leaf, made of indices that run over all of their extents. */
  readonly at: readonly Size[];
  /** Conditions: only elements for which each of these lies in [0, extent). */
  readonly within: readonly Inside[];
  /** Whether these are all elements of the leaf. */
  readonly whole: boolean;
}

export interface Inside {
  readonly value: Size;
  readonly extent: Size;
}

type Reached = Omit<Source, "leaf"> & { readonly node: NodeId };

/** The elements of leaves that a tensor shows; computed elements are left out. */
export function sourcesOf(graph: Graph, id: NodeId): readonly Source[] {
  const found = new Map<string, Source>();
  const seen = new Set<string>();
  const open: Reached[] = [everythingOf(graph, id)];
  for (let reached = open.pop(); reached; reached = open.pop()) {
    const key = `${reached.node}:${elementsKey(reached)}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const { node: leaf, at, within, whole } = reached;
    if (nodeAt(graph, leaf).args.length === 0) found.set(key, { leaf, at, within, whole });
    else open.push(...argumentsOf(graph, reached));
  }
  return [...found.values()];
}

/** The indices that run, in a settled order. */
export function runningIn({ at, within }: Pick<Source, "at" | "within">): Index[] {
  const found = new Map([...at, ...within.map(({ value }) => value)].flatMap(indicesOf).map((each) => [each.id, each]));
  return [...found.values()].sort((a, b) => Number(a.id) - Number(b.id));
}

/** Equal for equal elements of one tensor. */
export function elementsKey({ at, within, whole }: Omit<Source, "leaf">): string {
  if (whole) return "whole";
  const extents = runningIn({ at, within }).map(({ id, extent }) => `${id}<${extent?.key}`);
  return [
    ...at.map(({ key }) => key),
    ...within.map(({ value, extent }) => `${value.key}<${extent.key}`),
    ...extents,
  ].join();
}

function everythingOf(graph: Graph, node: NodeId): Reached {
  return { node, at: allOf(nodeAt(graph, node).shape), within: [], whole: true };
}

/** An index for each axis that runs over all of it. */
const allOf = (shape: readonly Size[]): Size[] =>
  shape.map((extent, axis) => (constantOf(extent) === 1 ? zero : indexSize({ id: String(axis), extent })));

/** The elements of its arguments that a node shows, if it computes nothing. */
function argumentsOf(graph: Graph, { node: id, at, within, whole }: Reached): Reached[] {
  const node = nodeAt(graph, id);
  const { lowering, parts } = node.op.definition;
  if (lowering?.kind === "view") {
    const [argument, index] = read(graph, node, at);
    const from = idAt(node.args, argument);
    if (whole && reachesAll(index, nodeAt(graph, from).shape)) return [everythingOf(graph, from)];
    return [{ node: from, at: index, within, whole: false }];
  }
  const types = node.args.map((arg) => nodeAt(graph, arg));
  return (parts?.(types, node.attributes, at) ?? []).flatMap((index, argument): Reached[] => {
    const from = idAt(node.args, argument);
    if (whole) return [everythingOf(graph, from)];
    const inside = index.map((value, axis) => ({ value, extent: types[argument]?.shape[axis] as Size }));
    const conditions = [...within, ...inside].filter((each) => isInside(each) !== true);
    if (conditions.some((each) => isInside(each) === false)) return [];
    return [confined({ node: from, at: index, within: conditions, whole: false })];
  });
}

/** The argument that a view reads at an index, and where. */
function read(
  graph: Graph,
  node: Node,
  index: readonly Size[],
): readonly [argument: ArgumentPosition, at: readonly Size[]] {
  const { lowering, name } = node.op.definition;
  let found: readonly [number, readonly Size[]] | undefined;
  const refuse = (): never => {
    throw new Error(`${graph.name}: the view ${name} computes`);
  };
  if (lowering?.kind === "view") {
    lowering.read({
      index,
      attributes: node.attributes,
      shape: node.shape,
      args: node.args.map((arg) => nodeAt(graph, arg)),
      type: "i32",
      at(argument, at) {
        found = [argument, at];
        return constant(0, "i32");
      },
      asIndex: refuse,
      random: refuse,
    });
  }
  return found ?? refuse();
}

/** Whether the index takes every place of a shape: its row-major number is written with all indices as digits. */
function reachesAll(at: readonly Size[], shape: readonly Size[]): boolean {
  let rest = at.reduce((sum, each, axis) => add(mul(sum, shape[axis] as Size), each), zero);
  let reached = one;
  const open = new Set(indicesOf(rest));
  for (let found = true; found;) {
    found = false;
    for (const index of open) {
      const split = splitAffine(rest, index);
      const extent = index.extent as Size;
      const backwards = split && equal(add(split.coefficient, reached), zero);
      if (!split || !(backwards || equal(split.coefficient, reached))) continue;
      rest = backwards ? add(split.rest, mul(split.coefficient, sub(extent, one))) : split.rest;
      reached = mul(reached, extent);
      open.delete(index);
      found = true;
    }
  }
  return open.size === 0 && equal(rest, zero) && equal(reached, mul(one, ...shape));
}

/**
 * The same elements with fewer conditions: if a condition holds one index minus the start of the part, the index runs
 * over the part instead.
 */
function confined(reached: Reached): Reached {
  const { at, within } = reached;
  for (const { value, extent } of within) {
    const [index, ...others] = indicesOf(value);
    const split = index && others.length === 0 ? splitAffine(value, index) : null;
    if (!index || !split || !equal(split.coefficient, one)) continue;
    const [before, room] = [constantOf(split.rest), constantOf(sub(index.extent as Size, extent))];
    if (before === null || room === null || before > 0) continue;
    if (before === 0 && room <= 0) return confined({ ...reached, within: without(within, value) });
    if (-before > room) continue;
    const moved = sub(constantOf(extent) === 1 ? zero : indexSize({ ...index, extent }), split.rest);
    const place = (each: Size): Size => substitute(each, replacing(index, moved));
    const left = without(within, value).map((each) => ({ value: place(each.value), extent: each.extent }));
    return confined({ ...reached, at: at.map(place), within: left });
  }
  return reached;
}

/** Whether a place lies inside; null if that depends on the running indices. */
function isInside({ value, extent }: Inside): boolean | null {
  const [at, below] = [constantOf(value), constantOf(extent)];
  if (at === 0) return true;
  return at === null || below === null ? null : at >= 0 && at < below;
}

const without = (within: readonly Inside[], value: Size): readonly Inside[] =>
  within.filter((each) => each.value !== value);

const replacing =
  ({ id }: Index, by: Size): Parameters<typeof substitute>[1] =>
  (factor) =>
    factor.kind === "index" && factor.index.id === id ? by : undefined;
