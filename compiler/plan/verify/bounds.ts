/**
 * Checks, at several sizes, that a kernel stays inside its buffers, and that it overwrites every element of a buffer if
 * it overwrites any.
 */
import { evaluate, dimensionsOf, indicesOf, type Index, type Size } from "../../ir/size.js";
import type { Access, Accesses } from "./access.js";
import { intervalOf } from "./interval.js";
import { offsetIn, type OwnRow } from "./ownRows.js";
import { pointsOf, valueAt } from "./points.js";
import { boundsOf, coversExactly, digitsOf, looseBounds, type ExtentOf, type Sizes } from "./range.js";
import { listedFault } from "./listedRows.js";
import type { Listed, MemoryPlace } from "./schedule.js";

/** The sizes at which kernels are examined: at capacity, with single rows, and some between. */
export function sizesToTry(capacities: Sizes): Sizes[] {
  const names = Object.keys(capacities);
  const each = (of: (capacity: number, position: number) => number): Sizes =>
    Object.fromEntries(names.map((name, position) => [name, of(capacities[name] as number, position)]));
  const tried = [
    each((capacity) => capacity),
    each(() => 1),
    each((capacity) => Math.max(1, capacity - 1)),
    each((capacity) => Math.ceil(capacity / 2)),
    each((capacity, position) => (position % 2 === 0 ? 1 : capacity)),
    each((capacity, position) => (position % 2 === 1 ? 1 : capacity)),
  ];
  const unique = new Map(tried.map((sizes) => [JSON.stringify(sizes), sizes]));
  return [...unique.values()];
}

const printSizes = (sizes: Sizes): string =>
  Object.keys(sizes).length === 0
    ? ""
    : ` with ${Object.entries(sizes)
        .map(([name, value]) => `${name} = ${value}`)
        .join(", ")}`;

export class Bounds {
  readonly #sizes: Sizes;
  readonly #found: Accesses;
  readonly #own: ReadonlyMap<string, OwnRow>;
  readonly #extents = new Map<string, number>();
  readonly extentOf: ExtentOf = (id) => this.#extents.get(id);

  readonly #listed: ReadonlyMap<string, Listed>;

  /** `own` and `listed` are the buffers with rules of their own. */
  constructor(
    found: Accesses,
    sizes: Sizes,
    own: ReadonlyMap<string, OwnRow>,
    listed: ReadonlyMap<string, Listed> = new Map(),
  ) {
    this.#sizes = sizes;
    this.#listed = listed;
    this.#found = found;
    this.#own = own;
    const at = (size: Size): number | undefined => {
      try {
        return evaluate(size, (name) => sizes[name]);
      } catch {
        return undefined;
      }
    };
    const set = (index: Index, extent: Size | null): void => {
      const value = extent && at(extent);
      if (value !== null && value !== undefined) this.#extents.set(index.id, value);
    };
    for (const { loops } of found.accesses)
      for (const { index, extent } of loops) if (!this.#extents.has(index.id)) set(index, extent);
    for (const { index, loops } of found.bounds) {
      for (const loop of loops) if (!this.#extents.has(loop.index.id)) set(loop.index, loop.extent);
      set(index, index.extent);
    }
  }

  faults(places: ReadonlyMap<string, MemoryPlace>): string[] {
    const faults: string[] = [];
    for (const { index, value } of this.#found.bounds) {
      const extent = this.extentOf(index.id);
      const { from, to } = intervalOf(value, this.#sizes, this.extentOf, this.#found.locals);
      if (extent === undefined || from < 0 || to >= extent) {
        faults.push(`a computed index is not held within [0, ${index.extent?.key ?? "?"})${printSizes(this.#sizes)}`);
      }
    }
    const seen = new Set<string>();
    for (const access of this.#found.accesses) {
      const place = places.get(access.buffer);
      if (!place) continue;
      const key = `${access.kind}:${access.buffer}:${access.index.key}:${access.guards.length}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const fault = this.#outside(access, place) ?? this.#misplaced(access, place, places);
      if (fault !== null) faults.push(fault + printSizes(this.#sizes));
    }
    return faults;
  }

  #shapeOf(place: MemoryPlace): number[] {
    return place.shape.map((each) => evaluate(each, (name) => this.#sizes[name]));
  }

  /** The last element that the buffer has at these sizes. */
  #lastOf(place: MemoryPlace): number {
    const last = this.#shapeOf(place).reduce(
      (sum, extent, axis) => sum + (extent - 1) * (place.strides[axis] as number),
      0,
    );
    return Math.min(last, place.length - 1);
  }

  #outside(access: Access, place: MemoryPlace): string | null {
    const last = this.#lastOf(place);
    const verb = access.kind === "load" || access.kind === "operand" ? "reads" : "writes";
    const text = (at: number): string =>
      `${verb} ${place.label}[${at}] (at ${access.index.key}), which has the elements 0 to ${last}`;
    const digits = digitsOf(access.index, this.#sizes, this.extentOf);
    const { from, to } = digits ? boundsOf(digits) : looseBounds(access.index, this.#sizes, this.extentOf);
    if (from >= 0 && to <= last) return null;
    if (digits?.exact && access.guards.length === 0 && !access.repeated) return text(from < 0 ? from : to);
    // The bounds are too loose, or conditions stand around the access: check it point by point.
    for (const point of this.#points(access)) {
      const at = evaluate(access.index, (name) => point.get(name) ?? this.#sizes[name] ?? 0);
      if (at < 0 || at > last) return text(at);
    }
    return null;
  }

  /** The points of the loops at which the site is certainly reached. */
  *#points(site: Access): Generator<ReadonlyMap<string, number>> {
    const loops = new Set(site.loops.map(({ index }) => index.id));
    const extra = indicesOf(site.index).filter((index) => !loops.has(index.id));
    for (const point of pointsOf(site, extra, this.#sizes, this.extentOf)) {
      const reached = site.guards.every(({ condition, holds }) => {
        const value = valueAt(condition, point, this.#sizes, this.#found.locals);
        return value !== undefined && (value !== 0) === holds;
      });
      if (reached) yield point;
    }
  }

  /**
   * If a kernel changes its own result, every access but the first store must stay in the row; any other store must
   * cover its buffer.
   */
  #misplaced(access: Access, place: MemoryPlace, places: ReadonlyMap<string, MemoryPlace>): string | null {
    const listed = this.#listed.get(access.buffer);
    if (listed && access.kind === "store") {
      const given = { found: this.#found, sizes: this.#sizes, extentOf: this.extentOf, places };
      return listedFault(access, place, listed, given);
    }
    const row = this.#own.get(access.buffer);
    if (row && access !== row.fill) return this.#beside(access, row, place);
    return access.kind === "store" ? this.#uncovered(access, place) : null;
  }

  #beside(access: Access, row: OwnRow, place: MemoryPlace): string | null {
    const offset = offsetIn(row, access);
    const digits = digitsOf(offset, this.#sizes, this.extentOf);
    const last = row.step * (evaluateOr(row.along.extent, this.#sizes) - 1);
    const isPlace = (each: number): boolean => each % row.step === 0;
    if (digits) {
      const { from, to } = boundsOf(digits);
      const onPlaces = isPlace(digits.constant) && digits.digits.every(({ coefficient }) => isPlace(coefficient));
      if (onPlaces && from >= 0 && to <= last) return null;
    }
    const verb = access.kind === "load" ? "reads" : "changes";
    return `${verb} ${place.label}[${access.index.key}], which need not lie in the row that it has stored`;
  }

  /**
   * A store that replaces elements must reach each element of the buffer exactly once: an update that acts twice is
   * wrong.
   */
  #uncovered(access: Access, place: MemoryPlace): string | null {
    const bound = indicesOf(access.index).some((each) => this.#found.bounds.some(({ index }) => index.id === each.id));
    if (bound) return `overwrites ${place.label} at computed places`;
    const repeating = access.loops.filter(({ index, extent }) => {
      const free = !indicesOf(access.index).some((each) => each.id === index.id);
      return free && evaluateOr(extent, this.#sizes) > 1;
    });
    const [first] = repeating;
    if (first) return `writes ${place.label}[${access.index.key}] again at every step of a loop of ${first.extent.key}`;
    if (access.guards.length > 0 || access.repeated) return `writes ${place.label} only under a condition`;
    const shape = this.#shapeOf(place);
    const digits = digitsOf(access.index, this.#sizes, this.extentOf);
    const covers = digits?.exact
      ? coversExactly(digits, shape, place.strides)
      : this.#coversByPoint(access, place, shape);
    return covers ? null : `does not write each element of ${place.label} once (at ${access.index.key})`;
  }

  #coversByPoint(access: Access, place: MemoryPlace, shape: readonly number[]): boolean {
    const count = shape.reduce((a, b) => a * b, 1);
    // There are too many points to try: the bounds held, and smaller sizes are tried as well.
    if (count > 20_000) return true;
    const expected = new Set<number>([0]);
    for (const [axis, extent] of shape.entries()) {
      for (const at of [...expected])
        for (let i = 1; i < extent; i++) expected.add(at + i * (place.strides[axis] as number));
    }
    const reached = new Set<number>();
    let points = 0;
    for (const point of this.#points(access)) {
      reached.add(evaluate(access.index, (name) => point.get(name) ?? this.#sizes[name]));
      points++;
    }
    return points === count && reached.size === count && [...reached].every((at) => expected.has(at));
  }
}

function evaluateOr(size: Size, sizes: Sizes): number {
  try {
    return evaluate(size, (name) => sizes[name]);
  } catch {
    return Infinity;
  }
}

/** Whether a size is below 1; one that depends on other dimensions than those given is not. */
export const isBelowOne = (size: Size, sizes: Sizes): boolean =>
  dimensionsOf(size).every((name) => name in sizes) && evaluateOr(size, sizes) < 1;

/** Whether some tensor of the kernel has no elements at these sizes; the kernel then never runs. */
export function someAreEmpty({ accesses }: Accesses, places: ReadonlyMap<string, MemoryPlace>, sizes: Sizes): boolean {
  return accesses.some(({ buffer, loops }) => {
    const extents = [...(places.get(buffer)?.shape ?? []), ...loops.map(({ extent }) => extent)];
    return extents.some((extent) => evaluateOr(extent, sizes) < 1);
  });
}

/** The dimensions on which the kernel's places or its buffers' shapes depend. */
export function dimensionsIn({ accesses, bounds }: Accesses, places: ReadonlyMap<string, MemoryPlace>): Set<string> {
  const names = new Set<string>();
  const addAll = (size: Size): void => dimensionsOf(size).forEach((name) => names.add(name));
  for (const { index, loops, buffer } of accesses) {
    addAll(index);
    for (const { extent } of loops) addAll(extent);
    places.get(buffer)?.shape.forEach(addAll);
  }
  for (const { index, value } of bounds) {
    if (index.extent) addAll(index.extent);
    if (value.kind === "index") addAll(value.value);
  }
  return names;
}
