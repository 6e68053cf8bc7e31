/** Data in batches: columns that lie in memory, and streams. */

import { bind, type Bound, gather } from "./columns.js";
import { generator, rowsByClass, shuffled } from "./order.js";
import { checkCount, checkNames, refuse } from "./refuse.js";
import type { Batches, Columns } from "./types.js";

/** How `batches` cuts data. */
export interface BatchOptions {
  /** The rows of a batch, from 1; at most the capacity of the function that takes them. The last batch may have fewer. */
  readonly size: number;
  /** Whether each epoch has the rows in another order. Default false. */
  readonly shuffle?: boolean;
  /** A whole number, 0 by default: it determines the orders, together with the number of the epoch. */
  readonly seed?: number;
  /** Whether a last batch with fewer rows is left out. Default false. */
  readonly dropLast?: boolean;
  /** The class of each row: the rows of an epoch are then drawn at random, from all classes alike, some several times. */
  readonly balance?: ArrayLike<number>;
  /** The number of rows, where shapes alone do not say it. */
  readonly rows?: number;
  /** The sizes of named axes beside the rows, such as `{ time: 20 }`. */
  readonly dims?: Readonly<Record<string, number>>;
  /** Inputs that are the same for all batches, such as a temperature. */
  readonly fixed?: Readonly<Record<string, unknown>>;
}

/**
 * Columns in batches of rows. Names are those of a function's inputs; how many numbers make a row follows from the shapes of
 * these inputs, which `fit` and `evaluate` know. Typed arrays are not copied as a whole; batches that are not shuffled are
 * views of them, and others are gathered in arrays that the next batch uses again. Plain arrays may be flat, or hold rows.
 */
export function batches<const D extends Columns>(data: D, options: BatchOptions): Batches<D> {
  checkNames("batches", options, known);
  const { size, shuffle, seed = 0, dropLast, balance, fixed = {} } = options;
  checkCount("size", size);
  checkCount("seed", seed, 0);
  const unbound = (): never =>
    refuse("batches", "the shapes of a function: give them to fit or evaluate, or call of()", "none");
  return {
    epoch: unbound,
    rowsOf: unbound,
    of(shapes, capacities) {
      const bound = bind(data, shapes, capacities, options);
      const { rows, columns, capacity } = bound;
      if (size > capacity) refuse("size", `at most ${capacity}, the capacity`, size);
      if (balance && balance.length !== rows) refuse("balance", `${rows} classes`, balance.length);
      const [name, { width }] = Object.entries(columns)[0]!;
      const length = dropLast ? Math.floor(rows / size) : Math.ceil(rows / size);
      if (length === 0) refuse("size", `at most ${rows}, the number of rows`, size);
      const classes = balance && rowsByClass(balance);
      return {
        length,
        rowsOf: (batch) => (batch[name] as ArrayLike<number>).length / width,
        *epoch(epoch, from = 0) {
          const below = generator(seed, epoch);
          const order = classes
            ? Uint32Array.from({ length: rows }, () => {
                const own = classes[below(classes.length)]!;
                return own[below(own.length)]!;
              })
            : shuffle && shuffled(rows, below);
          const full = order && arraysFor(bound, size);
          for (let at = from; at < length; at++) {
            const [start, end] = [at * size, Math.min(rows, (at + 1) * size)];
            const batch: Record<string, unknown> = { ...fixed };
            for (const each in columns) {
              const column = columns[each]!;
              const into = full ? full[each]!.subarray(0, (end - start) * column.width) : undefined;
              if (into) gather(column, (order as Uint32Array).subarray(start, end), into);
              batch[each] = into ?? column.values.subarray(start * column.width, end * column.width);
            }
            yield batch as D;
          }
        },
      };
    },
  };
}

const known = ["size", "shuffle", "seed", "dropLast", "balance", "rows", "dims", "fixed"];

const arraysFor = ({ columns }: Bound, size: number) =>
  Object.fromEntries(
    Object.entries(columns).map(([name, { values, width }]) => [
      name,
      new (values.constructor as Float32ArrayConstructor)(size * width),
    ]),
  );

/**
 * Batches from a source that makes them: a server, a camera, a generator. `make` gives the batches of an epoch. What was done
 * before a run was resumed is asked for again, and left out.
 */
export function stream<Batch extends Readonly<Record<string, unknown>>>(
  make: (epoch: number) => Iterable<Batch> | AsyncIterable<Batch>,
): Batches<Batch> {
  const skip = (all: Iterable<Batch> | AsyncIterable<Batch>, from: number): Iterable<Batch> | AsyncIterable<Batch> => {
    if (from === 0) return all;
    return (async function* () {
      let at = 0;
      for await (const batch of all) if (at++ >= from) yield batch;
    })();
  };
  const made: Batches<Batch> = {
    epoch: (epoch, from = 0) => skip(make(epoch), from),
    rowsOf: () => 1,
    of: ({ inputs }) => {
      const name = Object.keys(inputs).find((each) => typeof inputs[each]!.shape[0] === "string");
      const sizes = name === undefined ? [] : inputs[name]!.shape.slice(1);
      const width = sizes.reduce<number>((product, size) => product * (typeof size === "number" ? size : NaN), 1);
      if (name === undefined || Number.isNaN(width)) return made;
      // Nested arrays have their rows on top.
      const rowsOf = (batch: Batch): number => {
        const values = batch[name] as ArrayLike<unknown>;
        return typeof values?.[0] === "object" ? values.length : values.length / width;
      };
      return { ...made, rowsOf };
    },
  };
  return made;
}
