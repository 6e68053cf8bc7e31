/** The types of data, runs and callbacks. */

import type { FunctionShapes, Instance } from "../runtime/types.js";

/** What is needed of a net. */
export type Net = Pick<Instance, "parameters" | "shapes" | "dims" | "state" | "load">;

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any inputs and options
type Call = (inputs: any, options?: any) => Readonly<Record<string, unknown>>;

/** The functions of a net. */
export type FunctionName<N> = {
  [K in keyof N]: K extends "state" | "load" ? never : N[K] extends Call ? K : never;
}[keyof N] &
  string;

/** What a function of a net takes. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- to infer the inputs whatever follows them
export type InputsOf<N, F extends keyof N> = N[F] extends (inputs: infer I, ...rest: any[]) => unknown ? I : never;

/** The options of a function that are not about single calls. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- to infer the options whatever the inputs are
export type OptionsOf<N, F extends keyof N> = N[F] extends (inputs: any, options?: infer O) => unknown
  ? Omit<NonNullable<O>, "dims" | "into">
  : never;

/** The numbers of a column, or its rows in arrays. */
export type Column = ArrayLike<number | boolean> | readonly Column[];

/** Data by the names of a function's inputs: row after row, in flat arrays, or in arrays of rows. */
export type Columns = Readonly<Record<string, Column>>;

/** Data in batches. `batches` and `stream` make them; so can you. */
export interface Batches<Batch> {
  /** How many batches an epoch has; absent if that is not known. */
  readonly length?: number;
  /**
   * The batches of an epoch, which are numbered from 1, leaving out the first ones. What they are depends on the number of the
   * epoch alone. Arrays may be used again for the next batch.
   */
  epoch(epoch: number, from?: number): Iterable<Batch> | AsyncIterable<Batch>;
  /** The number of rows in a batch, by which means are weighted. */
  rowsOf(batch: Batch): number;
  /** The same with the shapes of the function that takes them; data that do not fit are refused. */
  of?(shapes: FunctionShapes, capacities: Readonly<Record<string, number>>): Batches<Batch>;
}

/** Numbers by name: means of results, or what was measured. */
export type Numbers = Readonly<Record<string, number>>;

/** An epoch: its number, the means of the results, and what was measured after it. */
export type EpochRecord = Numbers & { readonly epoch: number };

/** Where a run is, to go on from there; JSON holds it but for NaN and infinities, and a checkpoint holds all of it. */
export interface Progress {
  /** The epoch that the next batch is in, from 1. */
  readonly epoch: number;
  /** How many batches of it are done. */
  readonly batch: number;
  /** How many batches the run has done. */
  readonly step: number;
  /** The rows of this epoch's batches that are done, and the sums of their results, by rows. */
  readonly rows: number;
  readonly sums: Numbers;
  readonly history: readonly EpochRecord[];
  /** What the next call is to be told as `metric`. */
  readonly metric?: number;
  /** What callbacks have saved, by name. */
  readonly callbacks: Readonly<Record<string, unknown>>;
}

/** How a run came to its end: by its last epoch, by `stop`, by its signal, or by an error. */
export type Ending = "finished" | "stopped" | "aborted" | "failed";

/** A run, as callbacks see it. */
export interface Run {
  readonly net: Net;
  /** The epoch, from 1, and how many there are to be. */
  readonly epoch: number;
  readonly epochs: number;
  /** How many batches of the epoch are done, and how many it has, if that is known. */
  readonly batch: number;
  readonly batches: number | undefined;
  /** How many batches the run has done, what it resumes included. */
  readonly step: number;
  readonly history: readonly EpochRecord[];
  /** The results of the last batch. */
  readonly last: Readonly<Record<string, unknown>>;
  /** The means of the results that are numbers over the epoch up to here, weighted by rows. */
  readonly mean: Numbers;
  /** Ends the run after this step. */
  stop(reason: string): void;
  /** Where the run is. */
  progress(): Progress;
}

type Awaitable = void | Promise<void>;

/** What is told of a run. All members but the name may be absent. */
export interface Callback {
  /** The name under which `save` is kept; two of a run cannot share it. */
  readonly name: string;
  /** Before the first batch. */
  start?(run: Run): Awaitable;
  /** After each batch. */
  step?(run: Run): Awaitable;
  /** After each epoch and what was measured. */
  epoch?(run: Run, record: EpochRecord): Awaitable;
  /** After each step and each epoch, the latter with its record, when all callbacks have been told: the run may be saved here. */
  after?(run: Run, record?: EpochRecord): Awaitable;
  /** Once, however the run ends. */
  end?(run: Run, ending: Ending): Awaitable;
  /** What it needs to go on, for a checkpoint: plain data. */
  save?(): unknown;
  /** Takes what it saved, before `start`. */
  load?(saved: unknown): void;
}
