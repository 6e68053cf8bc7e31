/** Parts of data, and weights of classes. */

import { generator, rowsByClass, shuffled } from "./order.js";
import { checkNames, refuse } from "./refuse.js";
import type { Columns } from "./types.js";

/** How `split` takes data apart. */
export interface SplitOptions {
  /** The share of the rows that the second part has, above 0 and below 1. */
  readonly part: number;
  /** A whole number, 0 by default, that determines which rows these are. */
  readonly seed?: number;
  /** The class of each row: each part then has its share of every class, to a row. */
  readonly by?: ArrayLike<number>;
  /** The number of rows. Not needed beside `by`, or where a column holds its rows in arrays. */
  readonly rows?: number;
}

/**
 * Data in two parts, such as one to train on and one to test on, in a random order. A column is an array of rows, or a flat
 * array with equally many numbers for each.
 */
export function split<D extends Columns>(data: D, options: SplitOptions): [rest: D, part: D] {
  checkNames("split", options, ["part", "seed", "by", "rows"]);
  const { part, seed = 0, by, rows = by?.length ?? rowsIn(data) } = options;
  if (!(part > 0 && part < 1)) refuse("part", "a number above 0 and below 1", part);
  if (!Number.isSafeInteger(rows) || rows < 2) refuse("rows", "at least 2", rows);
  if (by && by.length !== rows) refuse("by", `${rows} classes`, by.length);
  const below = generator(seed, 0);
  const order = shuffled(rows, below);
  const chosen = new Uint8Array(rows);
  if (by) {
    const rank = new Uint32Array(rows);
    order.forEach((row, at) => (rank[row] = at));
    for (const own of rowsByClass(by)) {
      own.sort((a, b) => rank[a]! - rank[b]!);
      for (const row of own.slice(0, Math.round(own.length * part))) chosen[row] = 1;
    }
  } else for (const row of order.subarray(0, Math.round(rows * part))) chosen[row] = 1;
  const take = (which: number): D => {
    const own = order.filter((row) => chosen[row] === which);
    if (own.length === 0) refuse("part", "one that leaves rows in both parts", part);
    const columns = Object.entries(data).map(([name, column]) => {
      const width = (column as ArrayLike<number>).length / rows;
      if (!Number.isInteger(width) || width === 0)
        refuse(`data '${name}'`, `equally many numbers for ${rows} rows`, (column as ArrayLike<number>).length);
      const values = column as ArrayLike<number>;
      const Kind = values.constructor as ArrayConstructor;
      const into = new Kind(own.length * width) as unknown[];
      own.forEach((row, to) => {
        for (let i = 0; i < width; i++) into[to * width + i] = values[row * width + i];
      });
      return [name, into];
    });
    return Object.fromEntries(columns) as D;
  };
  return [take(0), take(1)];
}

/** The number of rows of the columns that hold them in arrays. */
function rowsIn(data: Columns): number {
  const nested = Object.values(data).find((column) => Array.isArray(column) && typeof column[0] === "object");
  return (
    (nested as readonly unknown[] | undefined)?.length ??
    refuse("split", "rows, or by", "none: lengths alone do not tell")
  );
}

/**
 * For each class `rows / (classes * its rows)`, scikit-learn's "balanced" weights, with which a loss counts all classes alike;
 * 0 for a class without rows.
 */
export function classWeights(labels: ArrayLike<number>, classes: number): Float32Array<ArrayBuffer> {
  const counts = new Float64Array(classes);
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    if (!(Number.isInteger(label) && label >= 0 && label < classes))
      refuse(`labels at row ${row}`, `a whole number from 0 below ${classes}`, label);
    counts[label]!++;
  }
  return Float32Array.from(counts, (count) => (count === 0 ? 0 : labels.length / (classes * count)));
}
