import type { ReadOptions } from "../../compiler/read/read.js";
import type { LoadCompiler } from "./compiler.js";

/** Where a command writes, and from where its paths count. */
export interface Terminal {
  readonly out: (line: string) => void;
  readonly error: (line: string) => void;
  readonly color: boolean;
  readonly cwd: string;
}

/** What a command works with; tests put stand-ins here. */
export interface Context {
  readonly terminal: Terminal;
  readonly loadCompiler: LoadCompiler;
  readonly read?: Pick<ReadOptions, "modules">;
}
