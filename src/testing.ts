/**
 * optimc/testing: what `optimc check` proves, in a test of any runner.
 *
 * ```ts
 * import { checkGradients } from "optimc/testing";
 *
 * test("the model's gradients", () => checkGradients(new URL("./net.model.ts", import.meta.url)));
 * ```
 */
import { fileURLToPath } from "node:url";
import { checkModel } from "../compiler/check/check.js";
import { formatReport, passed } from "../compiler/check/report.js";
import type { NameAt } from "../compiler/intern.js";
import { isModel, type Model } from "../compiler/model.js";

/** How much `checkGradients` tries. */
export interface CheckGradientsOptions {
  /** From which inputs and parameters are drawn: equal seeds give equal reports. Default 0. */
  readonly seed?: number;
  /** How many points gradients are tested at, and at least how many calls of each function are compared. Default 3. */
  readonly runs?: number;
}

/** What `checkGradients` rejects with; the message is the report. */
export class CheckError extends Error {
  override readonly name = "CheckError";
}

/**
 * Proves a model as `optimc check` does: its gradients against finite differences, and what JavaScript and WebAssembly
 * compute against the plain meaning of its graph. Give the model file's path or URL, so that a fault is shown at its
 * line; or the model. Resolves to the report; rejects with a `CheckError` whose message is the report if something is
 * wrong, and with the compiler's own error if the model cannot be compiled.
 */
export async function checkGradients(
  of: Model | string | URL,
  { seed = 0, runs = 3 }: CheckGradientsOptions = {},
): Promise<string> {
  const { model, nameAt } = typeof of === "string" || of instanceof URL ? await read(of) : { model: of };
  const report = checkModel(model, { seed, runs, ...(nameAt && { nameAt }) });
  const text = formatReport(report);
  if (!passed(report)) throw new CheckError(text);
  return text;
}

async function read(file: string | URL): Promise<{ readonly model: Model; readonly nameAt?: NameAt }> {
  const path = file instanceof URL || file.startsWith("file:") ? fileURLToPath(file) : file;
  // A model that is given needs neither the bundler nor a file.
  const { readModel } = await import("../compiler/read/read.js");
  const { model, nameAt } = await readModel(path, { isModel });
  if (!isModel(model)) throw new Error("readModel gives models");
  return { model, nameAt };
}
