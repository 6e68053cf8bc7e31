/** The process of one task: a model file does here what it likes. */
import { Worker } from "node:worker_threads";
import type { Runs } from "../../compiler/read/run.js";
import { keepBuiltins } from "./builtins.js";
import { failureOf } from "./failure.js";
import { guardProcess } from "./guard.js";
import type { Report, Request } from "./messages.js";
import { perform, prepare } from "./perform.js";
import { watchTraces, type Traces } from "./traces.js";
import { waits } from "./waits.js";

const { channel } = process;
const send = process.send?.bind(process);

function say(report: Report): void {
  try {
    send?.(report);
  } catch (error) {
    // What the task gives cannot be sent.
    if (report.kind === "done") say({ kind: "failed", failure: failureOf(error) });
  }
}

/** The file that now runs, if one does. */
let running: Runs | undefined;
/** The latest that did: it may throw in a callback when it has run. */
let latest: Runs | undefined;
/** Whether the files that ran here have left everything as it was. */
let isClean = true;
let restoreBuiltins = (): boolean => true;
let traces: Traces | undefined;

process.on("message", (request: Request) => {
  if (request.kind === "prepare") void prepare().catch(() => {});
  else void work(request);
});
// Messages are this file's alone: a model file that finds these would speak as the build.
for (const name of ["send", "disconnect"]) Reflect.deleteProperty(process, name);
// Nobody waits any more.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));

async function work({ kind, task }: Exclude<Request, { kind: "prepare" }>): Promise<void> {
  try {
    const result = await perform(
      kind,
      task,
      {},
      {
        onSource: (path, sha256) => say({ kind: "source", path, sha256 }),
        begin: () => begin({ file: task.file, what: kind === "config" ? "configuration file" : "model file" }),
        restore,
        end,
      },
    );
    restore();
    traces?.rest();
    say({ kind: "done", result, isClean });
  } catch (error) {
    say({ kind: "failed", failure: failureOf(error) });
  }
}

let isReady = false;

function begin(runs: Runs): void {
  running = runs;
  latest = runs;
  say({ kind: "begin" });
  if (!isReady) getReady();
  isReady = true;
  traces?.look();
  // What is waited for is then the file's alone: if there is nothing, it waits in vain.
  channel?.unref();
}

/** For the first file that runs here; later ones find it ready. */
function getReady(): void {
  watchParent();
  guardProcess((call, place) => say({ kind: "ending", call, place }));
  process.on("uncaughtException", (error) => void left(error));
  process.on("unhandledRejection", (error) => void left(error));
  process.on("beforeExit", () => {
    if (running !== undefined) say({ kind: "failed", failure: failureOf(waits(running.file)) });
  });
  restoreBuiltins = keepBuiltins();
  traces = watchTraces();
}

function restore(): void {
  // In this order: until then nothing can be relied on.
  isClean = restoreBuiltins() && isClean;
  isClean = !traces?.found() && isClean;
}

async function end(): Promise<void> {
  restore();
  // Promises that were rejected unheard are told of once the queue of promises is empty.
  await new Promise((resolve) => traces?.without(() => setImmediate(resolve)));
  running = undefined;
  channel?.ref();
  say({ kind: "end", isClean });
}

/** What the file threw in a callback, or in a promise that nobody looks at. */
async function left(error: unknown): Promise<void> {
  const { thrown } = await import("../../compiler/read/run.js");
  say({ kind: "failed", failure: failureOf(latest ? thrown(error, latest) : error) });
}

/** A file that loops for ever would outlive a build that is killed: a thread of its own looks whether it is still there. */
function watchParent(): void {
  const look = `setInterval(() => process.ppid === ${process.ppid} || process.kill(process.pid, "SIGKILL"), 1000)`;
  new Worker(look, { eval: true }).unref();
}
