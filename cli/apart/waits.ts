/** The error of a file that waits for a promise that never settles. */
import { basename } from "node:path";
import { OptimcError } from "../../compiler/diagnostics.js";

export const waits = (file: string): OptimcError =>
  new OptimcError({
    code: "model-file-ended",
    message: `${basename(file)} waits for a promise that never settles`,
    expected: "a file that runs to its end",
    found: "an await, with nothing left that could settle it",
    hint: "check each await outside of functions: its promise must settle",
  });
