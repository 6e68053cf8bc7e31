/** Whether a file left its process as it found it, so that another may run there: a new process loads the compiler anew. */
import { createHook } from "node:async_hooks";

/** Everything but these outlives the file: timers, servers, workers, reads and writes. */
const ofNoConsequence = ["PROMISE", "TickObject", "Microtask"];

export interface Traces {
  /** Looks at what is begun from now on, until `rest`. */
  readonly look: () => void;
  readonly rest: () => void;
  /** Whether there is one by now. */
  readonly found: () => boolean;
  /** Does what is to leave none. */
  readonly without: <T>(run: () => T) => T;
}

/** Notes how the process is. */
export function watchTraces(): Traces {
  let hasStarted = false;
  let isOurs = false;
  const hook = createHook({
    init: (_, type) => void (hasStarted ||= !isOurs && !ofNoConsequence.includes(type)),
  });
  const before = state();
  return {
    look: () => void hook.enable(),
    rest: () => void hook.disable(),
    found: () => hasStarted || state() !== before,
    without: (run) => {
      isOurs = true;
      try {
        return run();
      } finally {
        isOurs = false;
      }
    },
  };
}

function state(): string {
  const listeners = process.eventNames().map((name) => [String(name), process.listenerCount(name)]);
  const globals = Reflect.ownKeys(globalThis).map(String);
  // What bundles read of optimc is put there by us.
  const others = globals.filter((name) => !name.startsWith("Symbol(optimc"));
  return JSON.stringify([listeners, others, process.cwd(), process.exitCode, process.env, process.umask()]);
}
