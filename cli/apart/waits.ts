/** The error of a file that waits for a promise that nothing settles. */
import { basename } from "node:path";
import { OptimcError } from "../../compiler/diagnostics.js";

export const waits = (file: string): OptimcError =>
  new OptimcError({
    code: "model-file-ended",
    message: `${basename(file)} waits for a promise that nothing settles`,
    expected: "a file that runs to its end",
    found: "an await, and nothing left that could end it",
    hint: "look at each await outside of functions: what must happen for its promise to settle?",
  });
