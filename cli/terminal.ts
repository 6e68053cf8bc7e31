import type { Apart } from "./apart/process.js";
import type { Tools } from "./apart/perform.js";

/** Where a command writes, and from where its paths count. */
export interface Terminal {
  readonly out: (line: string) => void;
  readonly error: (line: string) => void;
  readonly color: boolean;
  readonly cwd: string;
}

/** What a command works with; tests put stand-ins here. */
export interface Context extends Tools {
  readonly terminal: Terminal;
  /** Where model files run; in this process if left out, with the tools above. */
  readonly apart?: Apart;
  /** Ends a command that would go on; Ctrl-C if left out. */
  readonly stop?: AbortSignal;
}

/** Says that an error is ours. */
export function reportDefect(error: unknown, terminal: Terminal): void {
  terminal.error("optimc: an internal error, a defect of optimc; please report it with the model file");
  terminal.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
}
