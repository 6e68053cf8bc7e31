/** Files of a run: the last ones, and the best. */

import { restoreFrom, saveCheckpoint } from "../files/checkpoint.js";
import { open } from "../files/safetensors.js";
import { sourceOf } from "../files/source.js";
import type { Store } from "../files/store.js";
import { watchedIn, type Watched } from "./earlyStopping.js";
import { checkCount, checkNames, refuse } from "./refuse.js";
import type { Callback, Net, Progress, Run } from "./types.js";

/** Which checkpoints are written and kept. */
export interface CheckpointsOptions {
  /** When one is written: after every "epoch", the default, or after so many batches, from 1. */
  readonly every?: "epoch" | number;
  /** How many of the last ones are kept, from 1. Default 3. */
  readonly keep?: number;
  /** The number of an epoch by which the best one is kept too, as `best.safetensors`: its name, or how to compare it. */
  readonly best?: string | Watched;
}

/** The files of a run. */
export interface Checkpoints extends Callback {
  /** Puts the last checkpoint into the net. Returns where the run was, for `resume` of `fit`; undefined if there is none. */
  latest(net: Net): Promise<Progress | undefined>;
  /** Puts the best checkpoint into the net. Returns where the run was; undefined if there is none. */
  best(net: Net): Promise<Progress | undefined>;
}

const digits = 9;
const own = /^step-\d{9}\.safetensors$/;
const bestName = "best.safetensors";

/**
 * Writes checkpoints of a run into a store, such as `folder("runs/1")` of optimc/files, and removes old ones. Each file is whole,
 * whenever the process ends. Name the callback first or last: it writes when all others have been told.
 */
export function checkpoints(store: Store, options: CheckpointsOptions = {}): Checkpoints {
  checkNames("checkpoints", options, ["every", "keep", "best"]);
  const { every = "epoch", keep = 3 } = options;
  if (every !== "epoch") checkCount("every", every);
  checkCount("keep", keep);
  const watched = typeof options.best === "string" ? { metric: options.best } : options.best;
  if (watched?.mode && watched.mode !== "max" && watched.mode !== "min") refuse("mode", "'min' or 'max'", watched.mode);
  let least: number | null = null;
  const load = async (net: Net, name: string | undefined): Promise<Progress | undefined> => {
    const file = name === undefined ? undefined : await store.read(name);
    return file && ((await restoreFrom((blob) => open(sourceOf(blob)), net, file, {})) as Progress);
  };
  const list = async (): Promise<string[]> => (await store.list()).filter((name) => own.test(name)).sort();
  const write = (name: string, run: Run): Promise<void> => store.write(name, saveCheckpoint(run.net, run.progress()));
  return {
    name: "checkpoints",
    async after(run, record) {
      if (record && watched) {
        const value = watchedIn(record, watched.metric) * (watched.mode === "max" ? -1 : 1);
        if (value < (least ?? Infinity)) {
          least = value;
          await write(bestName, run);
        }
      }
      if (every === "epoch" ? !record : record || run.step % every !== 0) return;
      await write(`step-${String(run.step).padStart(digits, "0")}.safetensors`, run);
      for (const name of (await list()).slice(0, -keep)) await store.remove(name);
    },
    save: () => least,
    load(saved) {
      least = saved as number | null;
    },
    latest: async (net) => load(net, (await list()).at(-1)),
    best: (net) => load(net, bestName),
  };
}
