/**
 * Model files and configurations run in processes of their own. They are programs: what they do to their process
 * (end it, change its built-in objects, keep it alive, never return) happens to no other build, and what they print
 * goes to the standard error stream, so that a command's output is the command's.
 */
import { fork, type ChildProcess } from "node:child_process";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { OptimcError, type Diagnostic } from "../../compiler/diagnostics.js";
import { defaultTimeLimit } from "../timeLimit.js";
import { errorOf } from "./failure.js";
import type { Report, Request } from "./messages.js";
import type { Kind, Progress, Results, Tasks } from "./task.js";

/** How a task is waited for. */
export interface Waiting extends Pick<Progress, "onSource"> {
  /** For how many seconds the file may run. */
  readonly timeLimit?: number | undefined;
  /**
   * What is to follow: nothing (the default); a task that may use this one's process if its file leaves no traces; or
   * one that must not, since files may have changed that Node reads once. A new process is started ahead.
   */
  readonly next?: "none" | "any" | "anew";
  readonly stop?: AbortSignal | undefined;
}

export interface Apart {
  readonly perform: <K extends Kind>(kind: K, task: Tasks[K], waiting?: Waiting) => Promise<Results[K]>;
  /** Ends what is still running. */
  readonly close: () => void;
}

/** A task was stopped from outside. */
export class Stopped extends Error {
  override readonly name = "Stopped";
}

export function processes(): Apart {
  const open = new Set<ChildProcess>();
  let spare: ChildProcess | undefined;

  const start = (): ChildProcess => {
    const child = fork(fileURLToPath(new URL("./child.js", import.meta.url)), {
      stdio: ["ignore", 2, 2, "ipc"],
      serialization: "advanced",
    });
    open.add(child);
    child.once("exit", () => {
      open.delete(child);
      if (child === spare) spare = undefined;
    });
    // Of one that cannot be started, or is gone, the end says so.
    child.on("error", () => {});
    return child;
  };

  const keep = (child: ChildProcess): void => {
    spare = child;
    child.unref();
    child.channel?.unref();
  };

  const startSpare = (): void => {
    if (spare) return;
    const child = start();
    child.send({ kind: "prepare" } satisfies Request);
    keep(child);
  };

  const take = (): ChildProcess => {
    const child = spare?.connected ? spare : start();
    spare = undefined;
    child.ref();
    child.channel?.ref();
    return child;
  };

  const close = (): void => open.forEach((child) => child.kill("SIGKILL"));
  return {
    perform: async (kind, task, waiting = {}) => {
      if (waiting.stop?.aborted) throw new Stopped();
      process.once("exit", close);
      const child = take();
      let isClean = false;
      try {
        const done = await performIn(child, kind, task, waiting, startSpare);
        isClean = done.isClean && waiting.next === "any";
        return done.result;
      } finally {
        // It may have timers, servers and handlers of its own: nothing of it is waited for.
        if (isClean && !spare) keep(child);
        else child.kill("SIGKILL");
        process.removeListener("exit", close);
      }
    },
    close,
  };
}

interface Done<K extends Kind> {
  readonly result: Results[K];
  readonly isClean: boolean;
}

function performIn<K extends Kind>(
  child: ChildProcess,
  kind: K,
  task: Tasks[K],
  { onSource, timeLimit = defaultTimeLimit, next = "none", stop }: Waiting,
  startNext: () => void,
): Promise<Done<K>> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    let runs = false;
    let ending: (Report & { readonly kind: "ending" }) | undefined;
    let exit: string | undefined;
    let isOpen = true;
    const settle = (how: () => void): void => {
      clearTimeout(timer);
      stop?.removeEventListener("abort", onStop);
      child.off("message", onReport).off("exit", onExit).off("disconnect", onDisconnect).off("error", refuse);
      how();
    };
    const refuse = (error: Error): void => settle(() => reject(error));
    const onStop = (): void => refuse(new Stopped());
    /** When both its end and everything that it has said are known. */
    const onGone = (): void => {
      if (exit === undefined || isOpen) return;
      if (runs || ending) refuse(ended(task.file, exit, ending));
      else refuse(new Error(`the process that reads ${task.file} ended with ${exit}`));
    };
    const onReport = (report: Report): void => {
      switch (report.kind) {
        case "source":
          return onSource?.(report.path, report.sha256);
        case "begin":
          runs = true;
          timer = setTimeout(() => refuse(tookTooLong(task.file, timeLimit)), timeLimit * 1000);
          return;
        case "end":
          runs = false;
          clearTimeout(timer);
          if (next === "anew" || (next === "any" && !report.isClean)) startNext();
          return;
        case "ending":
          ending = report;
          return;
        case "done":
          return settle(() => resolve({ result: report.result as Results[K], isClean: report.isClean }));
        case "failed":
          return refuse(errorOf(report.failure));
      }
    };
    const onExit = (code: number | null, signal: string | null): void => {
      exit = signal === null ? `exit code ${code}` : `the signal ${signal}`;
      onGone();
    };
    const onDisconnect = (): void => {
      isOpen = false;
      // Without its channel nothing can come of it.
      child.kill("SIGKILL");
      onGone();
    };
    child.on("message", onReport).on("exit", onExit).on("disconnect", onDisconnect).on("error", refuse);
    stop?.addEventListener("abort", onStop);
    child.send({ kind, task } as Request, (error) => error && exit === undefined && child.kill("SIGKILL"));
  });
}

const fault = (diagnostic: Omit<Diagnostic, "code">): OptimcError =>
  new OptimcError({ code: "model-file-ended", ...diagnostic });

function ended(file: string, exit: string, ending: (Report & { readonly kind: "ending" }) | undefined): OptimcError {
  return fault({
    message: `${basename(file)} ended its process`,
    place: ending?.place,
    expected: "a file that runs to its end",
    found: ending ? `${ending.call}, and ${exit}` : exit,
    hint: "throw an Error instead: it is reported at its line",
  });
}

const tookTooLong = (file: string, timeLimit: number): OptimcError =>
  fault({
    message: `${basename(file)} does not end`,
    expected: `a file that runs for at most ${timeLimit} seconds`,
    found: "one that still runs",
    hint: "look for an endless loop or await; --time-limit SECONDS allows more time",
  });
