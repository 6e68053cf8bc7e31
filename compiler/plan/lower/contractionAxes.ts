/**
 * The axes of a contraction: how the axes of its operands are cut and merged, until both operands are laid out in even
 * steps along each of them.
 */
import type { Node } from "../../ir/graph.js";
import { idAt } from "../../ir/ids.js";
import type { Axis, Operand } from "../../ir/kernel.js";
import type { DotDimensions } from "../../ir/lowering.js";
import type { Scalar } from "../../ir/scalar.js";
import {
  add,
  floorDiv,
  indexSize,
  indicesOf,
  mul,
  one,
  product,
  splitAffine,
  substitute,
  visitFactors,
  zero,
  type Index,
  type Size,
} from "../../ir/size.js";
import { splitLinear } from "../../ir/linearIndex.js";
import { ElementLowering, NotFusable, type LoweringContext } from "./lowerElement.js";
import { operandIndices } from "./lowerLoops.js";
import { freshIndex } from "./loopNest.js";

/** The sizes of the axes: those that both operands keep, those that one of them has, and those that are summed away. */
export interface Directions {
  readonly batch: readonly Size[];
  readonly rows: readonly Size[];
  readonly columns: readonly Size[];
  readonly depths: readonly Size[];
}

/** Axes, outer ones first, and the operands in terms of them. */
export interface Layout {
  readonly rows: readonly Axis[];
  readonly columns: readonly Axis[];
  readonly depths: readonly Axis[];
  readonly a: Operand;
  readonly b: Operand;
  /** The place of an element in each axis of the result. */
  readonly at: readonly Size[];
}

const labels = { batch: "b", rows: "i", columns: "j", depths: "k" } as const;
const directions = ["batch", "rows", "columns", "depths"] as const;
type Direction = (typeof directions)[number];

/** Axes can be cut so many times: views that would need more are read in plain loops. */
const mostCuts = 8;

/** A part of an axis of the graph; null where it has one place, which needs no axis. */
interface Part {
  readonly extent: Size;
  readonly axis: Axis | null;
}

function freshAxis(context: LoweringContext, direction: Direction, extent: Size): Axis {
  return { ...freshIndex(context, labels[direction], extent), extent };
}

/**
 * Loads of the operands, each affine in every axis. An axis is cut in two where an operand divides its index: a reshape
 * has joined two axes there. Throws NotFusable if an operand is not in memory, or is laid out otherwise.
 */
export function layOut(
  context: LoweringContext,
  node: Node,
  dimensions: DotDimensions,
  sizes: Directions,
): Layout & { readonly batch: readonly Axis[]; readonly bindings: ElementLowering["bindings"] } {
  const { graph } = context;
  // The extents of the parts of each axis, outer ones first.
  let cuts = directions.map((direction) => sizes[direction].map((extent): readonly Size[] => [extent]));
  for (let attempt = 0; attempt <= mostCuts; attempt++) {
    const parts = cuts.map((axes, number) => partsOf(context, directions[number] as Direction, axes));
    const places = parts.flatMap((axes) => axes.map(placeIn));
    const [batch, rows, columns, depths] = parts.map((axes) => axesIn(axes.flat())) as [Axis[], Axis[], Axis[], Axis[]];
    // Operands are loaded from memory: a value that is not there must be stored first.
    const outside = new ElementLowering(context, new Set(), () => null);
    const [atX, atY] = operandIndices(graph, node, dimensions, places);
    const loads = [outside.at(idAt(node.args, 0), atX), outside.at(idAt(node.args, 1), atY)];
    const finer = parts.map((axes) => axes.map((each) => each.flatMap((part) => divided(part, loads))));
    if (finer.flat().some((each, axis) => each.length > (cuts.flat()[axis] as readonly Size[]).length)) {
      cuts = finer;
      continue;
    }
    const [a, b] = loads.map((load) => operand(load, [...batch, ...rows, ...columns, ...depths]));
    if (!a || !b) break;
    const at = places.slice(0, places.length - sizes.depths.length);
    return {
      ...{ batch, a, b, at, bindings: outside.bindings },
      rows: rows.length > 0 ? rows : [freshAxis(context, "rows", one)],
      columns: columns.length > 0 ? columns : [freshAxis(context, "columns", one)],
      depths: depths.length > 0 ? depths : [freshAxis(context, "depths", one)],
    };
  }
  throw new NotFusable("an operand is not laid out in even steps");
}

/** Axes for all parts that have more than one place; where none has, one axis of one place for all of a direction. */
function partsOf(context: LoweringContext, direction: Direction, axes: readonly (readonly Size[])[]): Part[][] {
  const isOne = axes.flat().every(({ key }) => key === one.key);
  const only = isOne && axes.length > 0 ? freshAxis(context, direction, one) : null;
  return axes.map((extents) =>
    extents.map((extent) => ({
      extent,
      axis: only ?? (extent.key === one.key ? null : freshAxis(context, direction, extent)),
    })),
  );
}

const placeIn = (parts: readonly Part[]): Size =>
  parts.reduce<Size>((place, { extent, axis }) => add(mul(place, extent), axis ? indexSize(axis) : zero), zero);

const axesIn = (parts: readonly Part[]): Axis[] => [...new Set(parts.flatMap(({ axis }) => axis ?? []))];

/** The extents of a part, cut in two where an operand divides its index by a divisor of its extent. */
function divided({ extent, axis }: Part, loads: readonly Scalar[]): readonly Size[] {
  let divisor: Size | null = null;
  for (const load of loads) {
    if (load.kind !== "load" || !axis) continue;
    visitFactors(load.index, (factor) => {
      // A quotient of a quotient is cut by the inner one first.
      if (divisor || factor.kind !== "floor" || !isIn(axis, factor.numerator) || dividesIn(axis, factor.numerator))
        return;
      const outer = floorDiv(extent, factor.denominator);
      const isWhole = mul(outer, factor.denominator).key === extent.key;
      if (isWhole && outer.key !== one.key) divisor = factor.denominator;
    });
  }
  return divisor === null ? [extent] : [floorDiv(extent, divisor), divisor];
}

const isIn = (axis: Index, place: Size): boolean => indicesOf(place).some(({ id }) => id === axis.id);

const dividesIn = (axis: Index, { terms }: Size): boolean =>
  terms.some(({ factors }) => factors.some((each) => each.kind === "floor" && isIn(axis, each.numerator)));

/** The load, if it moves in even steps along each of the axes. */
function operand(load: Scalar, axes: readonly Axis[]): Operand | null {
  if (load.kind !== "load") return null;
  let rest: Size = load.index;
  for (const axis of axes) {
    const split = splitAffine(rest, axis);
    if (!split || axes.some((each) => isIn(each, split.coefficient))) return null;
    rest = split.rest;
  }
  return { buffer: load.buffer, index: load.index };
}

/** Whether the operand's place changes along the axis. */
export const moves = ({ index }: Operand, axis: Axis): boolean => isIn(axis, index);

/** The layout with these axes for each direction; neighbours that are even become one. */
export function merge(
  context: LoweringContext,
  { a, b, at }: Layout,
  axes: Pick<Layout, "rows" | "columns" | "depths">,
  areEven: (outer: Axis, inner: Axis) => boolean,
): Layout {
  const places = new Map<string, Size>();
  const merged = (direction: "rows" | "columns" | "depths"): readonly Axis[] => {
    const runs: Axis[][] = [];
    for (const axis of axes[direction]) {
      const run = runs.at(-1);
      const before = run?.at(-1);
      if (run && before && areEven(before, axis)) run.push(axis);
      else runs.push([axis]);
    }
    return runs.map((run) => {
      if (run.length === 1) return run[0] as Axis;
      const extents = run.map(({ extent }) => extent);
      const all = freshAxis(context, direction, product(extents));
      const split = splitLinear(indexSize(all), extents);
      for (const [number, { id }] of run.entries()) places.set(id, split[number] as Size);
      return all;
    });
  };
  const [rows, columns, depths] = [merged("rows"), merged("columns"), merged("depths")];
  const moved = (place: Size): Size =>
    substitute(place, (factor) => (factor.kind === "index" ? places.get(factor.index.id) : undefined));
  const operandAt = ({ buffer, index }: Operand): Operand => ({ buffer, index: moved(index) });
  return { rows, columns, depths, a: operandAt(a), b: operandAt(b), at: at.map(moved) };
}
