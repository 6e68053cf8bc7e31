/** Training over epochs. */

import { evaluate, type EvaluateOptions } from "./evaluate.js";
import { addResults, functionOf, type Results } from "./functions.js";
import { slices } from "./pause.js";
import { checkCount, checkNames, refuse } from "./refuse.js";
import type {
  Batches,
  Callback,
  Ending,
  EpochRecord,
  FunctionName,
  InputsOf,
  Net,
  OptionsOf,
  Progress,
  Run,
} from "./types.js";

/** What `fit` takes. */
export interface FitOptions<N, F extends FunctionName<N> = FunctionName<N>> {
  /** Batches of the inputs of the function. */
  readonly data: Batches<InputsOf<N, F>>;
  /** How many epochs the run has, what it resumes included. Default 1. */
  readonly epochs?: number;
  /** The function that trains. Default "train". */
  readonly run?: F;
  /** The options of each call, such as `{ lr: 1e-3 }`, or a function that gives those of the next one. */
  readonly options?: OptionsOf<N, F> | ((run: Run) => OptionsOf<N, F>);
  /** What is measured after each epoch, by name: the results of `validation` are called `validation.loss` and so on. */
  readonly measure?: Readonly<Record<string, EvaluateOptions<N>>>;
  /** The number of an epoch that a schedule such as `reduceLROnPlateau` is told, as `metric` of the next call. */
  readonly metric?: string;
  /** What is told of the run, in this order. */
  readonly callbacks?: readonly Callback[];
  /** Ends the run after the step that it comes in. */
  readonly signal?: AbortSignal | undefined;
  /** Where the run was, if it is to go on from there; the net must be as it was then. */
  readonly resume?: Progress | undefined;
}

/** What became of a run. */
export interface Fitted {
  readonly history: readonly EpochRecord[];
  readonly ending: Ending;
  /** Why it was stopped or aborted. */
  readonly reason: string | undefined;
  /** Where the run is: with more epochs it can go on from here. */
  readonly progress: Progress;
}

const known = ["data", "epochs", "run", "options", "measure", "metric", "callbacks", "signal", "resume"];

/**
 * Trains a net for some epochs, in slices of 8 ms between which the page paints and timers run. Data are checked against the
 * shapes of the function's inputs at the start. Returns when the run has ended: by its last epoch, by `stop` of a callback, or by
 * its signal. What a callback or the net throws ends it too, is thrown on when every callback has been told of the end, and leaves
 * the net after its last whole step. Equal nets, data and options make equal runs, bit for bit, resumed or not.
 */
export async function fit<N extends Net, F extends FunctionName<N> = Extract<"train", FunctionName<N>>>(
  net: N,
  given: FitOptions<N, F>,
): Promise<Fitted> {
  checkNames("fit", given, known);
  const { epochs = 1, measure = {}, metric, callbacks = [], signal, resume } = given;
  const name = given.run ?? "train";
  checkCount("epochs", epochs);
  const { shapes, call } = functionOf(net, name);
  if (!shapes.optimizer) refuse("run", "a function that trains", name);
  const data: Batches<unknown> = given.data.of?.(shapes, net.dims) ?? given.data;
  const names = callbacks.map((each) => each.name);
  if (new Set(names).size < names.length) refuse("callbacks", "names of their own", names.join(", "));

  let { epoch, batch, step, rows, sums, history, metric: told } = structuredClone(resume ?? start);
  let shownEpoch = epoch;
  let last: Results = {};
  let ending: Ending | undefined;
  let reason: string | undefined;
  const run: Run = {
    net,
    epochs,
    batches: data.length,
    get epoch() {
      return shownEpoch;
    },
    get batch() {
      return batch;
    },
    get step() {
      return step;
    },
    get history() {
      return history;
    },
    get last() {
      return last;
    },
    get mean() {
      return means();
    },
    stop(why) {
      ending ??= "stopped";
      reason ??= why;
    },
    progress() {
      const saved = callbacks.flatMap((each) => (each.save ? [[each.name, each.save()] as const] : []));
      const own = { epoch, batch, step, rows, sums, history, ...(told !== undefined && { metric: told }) };
      return structuredClone({ ...own, callbacks: Object.fromEntries(saved) });
    },
  };
  const means = (): Record<string, number> =>
    Object.fromEntries(Object.keys(sums).map((each) => [each, sums[each]! / rows]));
  const tell = async (which: "start" | "step" | "epoch" | "after", record?: EpochRecord): Promise<void> => {
    for (const each of callbacks) await each[which]?.(run, record as EpochRecord);
  };
  /** Awaiting nothing would cost as much as a small step. */
  const stepped = (which: "step" | "after"): Promise<void> | undefined => {
    let waiting: Promise<void> | undefined;
    for (const each of callbacks) {
      const before = waiting;
      waiting = before ? before.then(() => each[which]?.(run)) : (each[which]?.(run) ?? undefined);
    }
    return waiting;
  };
  const aborted = (): boolean => {
    if (!ending && signal?.aborted) {
      ending = "aborted";
      reason = String(signal.reason);
    }
    return ending !== undefined;
  };
  let failure: { readonly error: unknown } | undefined;
  try {
    for (const each of callbacks)
      if (resume && Object.hasOwn(resume.callbacks, each.name))
        each.load?.(structuredClone(resume.callbacks[each.name]));
    await tell("start");
    const pausing = slices();
    while (epoch <= epochs && !aborted()) {
      shownEpoch = epoch;
      const all = data.epoch(epoch, batch);
      const isAsync = Symbol.asyncIterator in all;
      const iterator = isAsync ? all[Symbol.asyncIterator]() : all[Symbol.iterator]();
      let isWhole = false;
      try {
        for (;;) {
          const next = isAsync ? await iterator.next() : (iterator as Iterator<unknown>).next();
          if (next.done) {
            isWhole = true;
            break;
          }
          const options = typeof given.options === "function" ? given.options(run) : given.options;
          last = call(next.value, told === undefined ? (options ?? {}) : { ...options, metric: told });
          told = undefined;
          const count = data.rowsOf(next.value);
          addResults(sums as Record<string, number>, last, () => count);
          rows += count;
          batch++;
          step++;
          const waiting = stepped("step");
          if (waiting) await waiting;
          const saving = stepped("after");
          if (saving) await saving;
          const paused = pausing();
          if (paused) await paused;
          if (aborted()) break;
        }
      } finally {
        if (!isWhole) await iterator.return?.();
      }
      if (!isWhole) break;
      if (rows === 0) refuse("data", "at least one batch in an epoch", `none in epoch ${epoch}`);
      const record: EpochRecord = { epoch, ...means(), ...(await measured(net, measure)) };
      if (metric !== undefined)
        told = Object.hasOwn(record, metric)
          ? record[metric]
          : refuse("metric", Object.keys(record).join(", "), metric);
      history = [...history, record];
      [epoch, batch, rows, sums] = [epoch + 1, 0, 0, {}];
      await tell("epoch", record);
      await tell("after", record);
    }
  } catch (error) {
    failure = { error };
  }
  const how = failure ? "failed" : (ending ?? "finished");
  for (const each of callbacks) {
    try {
      await each.end?.(run, how);
    } catch (error) {
      failure ??= { error };
    }
  }
  if (failure) throw failure.error;
  return { history, ending: how, reason, progress: run.progress() };
}

/** What is measured after an epoch, by names such as `validation.loss`. */
async function measured<N extends Net>(
  net: N,
  measure: Readonly<Record<string, EvaluateOptions<N>>>,
): Promise<Record<string, number>> {
  const all: Record<string, number> = {};
  for (const name in measure) {
    const found = await evaluate(net, measure[name]!);
    for (const number in found) all[`${name}.${number}`] = found[number]!;
  }
  return all;
}

const start: Progress = { epoch: 1, batch: 0, step: 0, rows: 0, sums: {}, history: [], callbacks: {} };
