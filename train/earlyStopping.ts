/** Ends a run that gets no better, and takes the net back to its best. */

import type { ModelState } from "../runtime/types.js";
import { checkCount, checkNames, refuse } from "./refuse.js";
import type { Callback, EpochRecord, Run } from "./types.js";

/** A number of an epoch, and which of two is better. */
export interface Watched {
  /** A number of an epoch, such as "validation.loss". Default that one if it is measured, else "loss". */
  readonly metric?: string;
  /** Whether the least or the greatest is best. Default "min". */
  readonly mode?: "min" | "max";
}

/** When a run ends early. */
export interface EarlyStoppingOptions extends Watched {
  /** After how many epochs in a row that are no better than the best the run ends: a whole number from 1, 3 by default. */
  readonly patience?: number;
  /** By how much an epoch must be better to count as such, at least 0. Default 0. */
  readonly minDelta?: number;
  /** Whether the net is taken back to its best epoch at the end, however the run ends. Default true. */
  readonly restore?: boolean;
}

/** The number of an epoch that is watched. */
export function watchedIn(record: EpochRecord, metric: string | undefined): number {
  const name = metric ?? ("validation.loss" in record ? "validation.loss" : "loss");
  return Object.hasOwn(record, name) ? record[name]! : refuse("metric", Object.keys(record).join(", "), name);
}

interface Best {
  best: number | null;
  waited: number;
  epoch: number;
  state: ModelState | null;
}

/**
 * Ends a run when a number of its epochs has been no better than its best for `patience` epochs, or is NaN. The whole state of the
 * best epoch is then put back, optimizer and counters too: whether the run was stopped, came to its last epoch, was aborted or
 * failed. It is part of checkpoints, so that a resumed run has it.
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): Callback {
  checkNames("earlyStopping", options, ["metric", "mode", "patience", "minDelta", "restore"]);
  const { metric, mode = "min", patience = 3, minDelta = 0, restore = true } = options;
  checkCount("patience", patience);
  if (mode !== "min" && mode !== "max") refuse("mode", "'min' or 'max'", mode);
  if (!(minDelta >= 0)) refuse("minDelta", "a number from 0", minDelta);
  let own: Best = { best: null, waited: 0, epoch: 0, state: null };
  const check = (run: Run): void => {
    if (own.waited >= patience)
      run.stop(`${metric ?? "the loss"} has been no better than in epoch ${own.epoch} for ${own.waited} epochs`);
  };
  return {
    name: "earlyStopping",
    start: check,
    epoch(run, record) {
      const value = watchedIn(record, metric);
      if (Number.isNaN(value)) return run.stop(`${metric ?? "the loss"} is NaN`);
      const { best } = own;
      const better = best === null || (mode === "min" ? value < best - minDelta : value > best + minDelta);
      if (better) own = { best: value, waited: 0, epoch: record.epoch, state: restore ? run.net.state() : null };
      else own.waited++;
      check(run);
    },
    end({ net }) {
      if (own.state) net.load(own.state);
    },
    // The state in text, where an array in plain data would lose its NaN.
    save: () => JSON.parse(JSON.stringify(own)) as unknown,
    load(saved) {
      own = saved as Best;
    },
  };
}
