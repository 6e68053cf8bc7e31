/** A run on a terminal, or in a log. */

import type { Callback, EpochRecord, Numbers, Run } from "./types.js";

/** Where a run is shown. */
export interface ProgressOptions {
  /** Where lines go. Default the console. */
  readonly log?: (line: string) => void;
  /**
   * A terminal, whose line is written anew ten times a second: Node's `process.stdout` by default, if it is one. Null for a
   * line an epoch.
   */
  readonly terminal?: Terminal | null;
}

/** What is needed of Node's `process.stdout`. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const blocks = "▁▂▃▄▅▆▇█";

/** Numbers as bars of eight heights; those that are no numbers are gaps. */
export function sparkline(numbers: readonly number[]): string {
  const finite = numbers.filter(Number.isFinite);
  const [least, most] = [Math.min(...finite), Math.max(...finite)];
  const heightOf = (each: number): string =>
    Number.isFinite(each) ? blocks[most > least ? Math.round(((each - least) / (most - least)) * 7) : 0]! : " ";
  return numbers.map(heightOf).join("");
}

const text = (numbers: Numbers): string =>
  Object.entries(numbers)
    .filter(([name]) => name !== "epoch")
    .map(([name, value]) => `${name} ${Number.isInteger(value) ? value : value.toPrecision(4)}`)
    .join("  ");

/** Seconds as 12 s, 3:05 min or 1:02 h. */
function time(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const [unit, rest] = seconds < 3600 ? ["min", 60] : ["h", 3600];
  return `${Math.floor(seconds / rest)}:${String(Math.floor(((seconds % rest) * 60) / rest)).padStart(2, "0")} ${unit}`;
}

/**
 * Shows a run: on a terminal a line with a bar, the means so far, milliseconds a step and the time that is left, ten times a
 * second, and a line for each epoch with a curve of the loss; where there is no terminal a line for each epoch alone.
 */
export function progress(options: ProgressOptions = {}): Callback {
  const { process } = globalThis as { readonly process?: { readonly stdout?: Terminal } };
  const { log = (line) => console.log(line), terminal = process?.stdout?.isTTY ? process.stdout : null } = options;
  let [began, from, shown] = [0, 0, 0];
  const clear = (): void => void terminal?.write("\r\u001b[K");
  const msAStep = (run: Run): number => (performance.now() - began) / Math.max(1, run.step - from);
  const line = (run: Run): string => {
    const { epoch, epochs, batch, batches, mean } = run;
    const parts = [`epoch ${epoch}/${epochs}`];
    if (batches !== undefined) {
      const done = Math.round((20 * batch) / batches);
      parts.push(`${"█".repeat(done)}${"░".repeat(20 - done)} ${batch}/${batches}`);
    } else parts.push(`batch ${batch}`);
    parts.push(text(mean), `${msAStep(run).toPrecision(3)} ms a step`);
    if (batches !== undefined) parts.push(`${time(msAStep(run) * (batches * (epochs - epoch + 1) - batch))} left`);
    return parts.join("  ").slice(0, (terminal?.columns ?? 120) - 1);
  };
  return {
    name: "progress",
    start(run) {
      [began, from, shown] = [performance.now(), run.step, 0];
    },
    step(run) {
      if (!terminal || performance.now() - shown < 100) return;
      shown = performance.now();
      terminal.write(`\r${line(run)}\u001b[K`);
    },
    epoch(run, record: EpochRecord) {
      clear();
      const curve =
        run.history.length > 1 ? `  ${sparkline(run.history.slice(-40).map((each) => each["loss"] ?? NaN))}` : "";
      log(
        `epoch ${String(record.epoch).padStart(String(run.epochs).length)}/${run.epochs}  ${text(record)}  ${msAStep(run).toPrecision(3)} ms a step${curve}`,
      );
    },
    end(_, ending) {
      clear();
      if (ending !== "finished") log(`the run has ${ending === "failed" ? "failed" : `been ${ending}`}`);
    },
  };
}
