/**
 * How many different elements of each buffer a kernel reads and writes: the numbers of places that its index
 * polynomials reach.
 *
 * An index that steps evenly is counted in closed form; for any other, every place that it reaches is marked and
 * counted. If an index depends on data, the count is an upper bound: one place for each time that the index is
 * computed.
 */
import { innerOf, scalarsOf, visitScalars, type Statement } from "../../ir/kernel.js";
import {
  constantOf,
  evaluate,
  indicesOf,
  one,
  size,
  splitAffine,
  sub,
  substitute,
  type Factor,
  type Index,
  type Size,
} from "../../ir/size.js";

/** The sizes of the named dimensions. */
export type CapacityOf = (dimension: string) => number;

/** Elements, by buffer. */
export interface Footprint {
  readonly read: ReadonlyMap<string, number>;
  readonly written: ReadonlyMap<string, number>;
}

/**
 * An index that runs from 0 to below `times`. If it is computed, it changes whenever one of the loops `within` turns.
 */
interface Running {
  readonly times: number;
  readonly within: readonly string[] | null;
}

/** Every index of the kernel by its id. */
type Ranges = ReadonlyMap<string, Running>;

export function footprintOf(
  statements: readonly Statement[],
  capacityOf: CapacityOf,
  lengthOf: (buffer: string) => number,
): Footprint {
  const ranges = new Map<string, Running>();
  const [read, written] = [new Map<string, Map<string, Size>>(), new Map<string, Map<string, Size>>()];
  const note = (places: typeof read, buffer: string, index: Size): void => {
    const known = places.get(buffer) ?? new Map<string, Size>();
    known.set(index.key, atCapacity(index, capacityOf));
    places.set(buffer, known);
  };
  const loop = ({ id }: Pick<Index, "id">, extent: Size): string => {
    ranges.set(id, { times: most(extent, capacityOf), within: null });
    return id;
  };
  const walk = (list: readonly Statement[], around: readonly string[]): void => {
    for (const statement of list) {
      let inside = around;
      if (statement.kind === "loop") inside = [...around, loop(statement.index, statement.extent)];
      if (statement.kind === "while") inside = [...around, loop({ id: `while:${ranges.size}` }, statement.limit)];
      if (statement.kind === "contract") {
        const { rows, columns, depths, a, b } = statement;
        inside = [...around, ...[...rows, ...columns].map((each) => loop(each, each.extent))];
        for (const each of depths) loop(each, each.extent);
        for (const { buffer, index } of [a, b]) note(read, buffer, index);
      }
      if (statement.kind === "bind") {
        const { id, extent } = statement.index;
        ranges.set(id, { times: extent ? most(extent, capacityOf) : Infinity, within: around });
      }
      if (statement.kind === "store") {
        note(written, statement.buffer, statement.index);
        if (statement.accumulate) note(read, statement.buffer, statement.index);
      }
      for (const root of scalarsOf(statement)) {
        visitScalars(root, (scalar) => {
          if (scalar.kind === "load") note(read, scalar.buffer, scalar.index);
        });
      }
      walk(innerOf(statement), inside);
    }
  };
  walk(statements, []);
  const count = (places: typeof read): ReadonlyMap<string, number> =>
    new Map(
      [...places].map(([buffer, indices]) => [buffer, distinct([...indices.values()], ranges, lengthOf(buffer))]),
    );
  return { read: count(read), written: count(written) };
}

/** The value of an extent at capacity; the largest value if it depends on an outer loop. */
export function most(extent: Size, capacityOf: CapacityOf): number {
  const last = substitute(extent, (factor) =>
    factor.kind === "index" && factor.index.extent ? sub(factor.index.extent, one) : undefined,
  );
  return evaluate(last, capacityOf);
}

/** The size with numbers for the named dimensions. */
const atCapacity = (index: Size, capacityOf: CapacityOf): Size =>
  substitute(index, (factor) => (factor.kind === "dimension" ? size(capacityOf(factor.name)) : undefined));

/** The number of different places, of `length`, that the indices reach. */
function distinct(indices: readonly Size[], ranges: Ranges, length: number): number {
  const isComputed = (index: Size): boolean => indicesOf(index).some(({ id }) => ranges.get(id)?.within);
  const all = union(indices, ranges, length);
  const computed = indices.filter(isComputed);
  if (computed.length === 0) return all;
  const certain = union(
    indices.filter((index) => !isComputed(index)),
    ranges,
    length,
  );
  return Math.min(
    all,
    computed.reduce((sum, index) => sum + timesComputed(index, ranges), certain),
  );
}

/** How often an index that depends on data is computed: once for each combination of the loop indices around it. */
function timesComputed(index: Size, ranges: Ranges): number {
  const loops = new Set(indicesOf(index).flatMap(({ id }) => ranges.get(id)?.within ?? [id]));
  return [...loops].reduce((product, id) => product * timesOf(id, ranges), 1);
}

function timesOf(id: string, ranges: Ranges): number {
  const range = ranges.get(id);
  if (!range) throw new Error(`a kernel uses the index '${id}', which nothing defines`);
  return range.times;
}

/** The most places that are visited one by one. */
const patience = 2 ** 23;

/**
 * The number of places that the indices reach if all loop and computed indices in them take every value of their
 * ranges.
 */
function union(indices: readonly Size[], ranges: Ranges, length: number): number {
  const different = new Map<string, { index: Size; image: number | null; visits: number }>();
  for (const index of indices) {
    const progression = progressionOf(index, ranges);
    const visits = indicesOf(index).reduce((product, { id }) => product * timesOf(id, ranges), 1);
    const image = progression && imageOf(progression, length);
    different.set(progression ? keyOf(progression) : index.key, { index, image, visits });
  }
  const kept = [...different.values()];
  const [only] = kept;
  if (kept.length === 1 && only && only.image !== null) return only.image;
  if (kept.some(({ image }) => image === length)) return length;
  if (kept.reduce((sum, { visits }) => sum + visits, 0) > patience) {
    return Math.min(
      length,
      kept.reduce((sum, { image, visits }) => sum + (image ?? visits), 0),
    );
  }
  const reached = new Uint8Array(length);
  for (const { index } of kept) mark(reached, index, ranges);
  return reached.reduce((sum, each) => sum + each, 0);
}

/** `start + by1 t1 + by2 t2 + ...`, each t from 0 to below its `times`; the smallest `by` first, all positive. */
interface Progression {
  readonly start: number;
  readonly steps: readonly { readonly by: number; readonly times: number }[];
}

const keyOf = ({ start, steps }: Progression): string =>
  `${start}:${steps.map(({ by, times }) => `${by}x${times}`).join()}`;

/** An index as a progression, or null if it is not affine in the loop and computed indices. */
function progressionOf(index: Size, ranges: Ranges): Progression | null {
  let rest = index;
  let start = 0;
  const steps: { by: number; times: number }[] = [];
  for (const each of indicesOf(index)) {
    const split = splitAffine(rest, each);
    const by = split && constantOf(split.coefficient);
    if (!split || by === null) return null;
    const times = timesOf(each.id, ranges);
    rest = split.rest;
    if (by < 0) start += by * (times - 1);
    if (times > 1) steps.push({ by: Math.abs(by), times });
  }
  const offset = constantOf(rest);
  return offset === null ? null : { start: start + offset, steps: steps.sort((x, y) => x.by - y.by) };
}

/** How many places a progression reaches; null if no closed form is known, or if it leaves the buffer. */
function imageOf({ start, steps }: Progression, length: number): number | null {
  let [count, span] = [1, 1];
  for (const { by, times } of steps) {
    if (by >= span) {
      // The shifted copies of the places so far lie side by side.
      count *= times;
    } else if (count === span) {
      // The copies overlap, but cover a range without gaps.
      count += by * (times - 1);
    } else return null;
    span += by * (times - 1);
  }
  return start >= 0 && start + span <= length ? count : null;
}

/** Marks every place that an index reaches; places outside the buffer are left out. */
function mark(reached: Uint8Array, index: Size, ranges: Ranges): void {
  const indices = indicesOf(index);
  const times = indices.map(({ id }) => timesOf(id, ranges));
  const place = compile(index, new Map(indices.map(({ id }, slot) => [id, slot])));
  const at = indices.map(() => 0);
  for (;;) {
    const here = place(at);
    if (here >= 0 && here < reached.length) reached[here] = 1;
    let slot = at.length - 1;
    while (slot >= 0 && ++(at[slot] as number) === times[slot]) at[slot--] = 0;
    if (slot < 0) return;
  }
}

type Compiled = (at: readonly number[]) => number;

/** The index as a function of the loop and computed indices, in the order of the slots. */
function compile(index: Size, slots: ReadonlyMap<string, number>): Compiled {
  const factorOf = (factor: Factor): Compiled => {
    switch (factor.kind) {
      case "dimension":
        throw new Error(`the dimension ${factor.name} has no capacity`);
      case "index": {
        const slot = slots.get(factor.index.id) as number;
        return (at) => at[slot] as number;
      }
      case "floor": {
        const [above, below] = [compile(factor.numerator, slots), compile(factor.denominator, slots)];
        return (at) => Math.floor(above(at) / below(at));
      }
    }
  };
  const terms = index.terms.map(({ coefficient, factors }) => {
    const parts = factors.map(factorOf);
    return (at: readonly number[]) => parts.reduce((product, each) => product * each(at), coefficient);
  });
  return (at) => terms.reduce((sum, each) => sum + each(at), 0);
}
