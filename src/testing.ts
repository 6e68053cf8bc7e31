/**
 * optimc/testing: `optimc check` in a test, under any test runner.
 *
 * ```ts
 * import { checkGradients } from "optimc/testing";
 *
 * test("the model's gradients", () => checkGradients(new URL("./net.model.ts", import.meta.url)));
 * ```
 */
import { fileURLToPath } from "node:url";
import { checkModel, type Report } from "../compiler/check/check.js";
import { formatReport, passed } from "../compiler/check/report.js";
import { OptimcError, fail } from "../compiler/diagnostics.js";
import { checkOptions, describeValue } from "../compiler/ir/guards.js";
import { isModel, type Model } from "../compiler/model/model.js";

/** The options of `checkGradients`. */
export interface CheckGradientsOptions {
  /** The seed of random inputs and parameters: equal seeds give equal reports. Default 0. */
  readonly seed?: number;
  /**
   * The number of points at which gradients are tested, and the least number of calls of each function that are
   * compared. Default 3.
   */
  readonly runs?: number;
}

/** The error that `checkGradients` rejects with; its message is the report. */
export class CheckError extends Error {
  override readonly name = "CheckError";
}

/**
 * Checks a model as `optimc check` does: compares its gradients with finite differences, and the results of JavaScript
 * and WebAssembly with those of an interpreter of the graph. Takes the path or URL of the model file, so that a fault
 * is shown at its line, or the model. Resolves to the report; rejects with a `CheckError` whose message is the report
 * if something is wrong, and with the compiler's own error if the model cannot be compiled.
 */
export async function checkGradients(of: Model | string | URL, options: CheckGradientsOptions = {}): Promise<string> {
  checkOptions("checkGradients", options, ["seed", "runs"]);
  const [seed, runs] = [whole("seed", options.seed ?? 0, 0), whole("runs", options.runs ?? 3, 1)];
  const report = await reportOn(of, { seed, runs });
  const text = formatReport(report);
  if (!passed(report)) throw new CheckError(text);
  return text;
}

function whole(option: string, value: unknown, least: number): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  return fail({
    code: "invalid-argument",
    message: `checkGradients: the option '${option}' is not a whole number from ${least}`,
    expected: `a whole number from ${least}`,
    found: describeValue(value),
  });
}

async function reportOn(of: unknown, options: Required<CheckGradientsOptions>): Promise<Report> {
  if (isModel(of)) return checkModel(of, options);
  if (typeof of === "string" && !/^(?!file:)[a-z]{2,}:/i.test(of)) return checkFile(of, options);
  const { protocol = undefined } = of instanceof URL ? of : {};
  if (protocol === "file:") return checkFile(of as URL, options);
  return fail({
    code: "invalid-argument",
    message: "checkGradients: the first argument is neither a model nor the file of one",
    expected: "what model() returned, or the path or the file: URL of a model file",
    found: of instanceof URL ? `the URL ${of.href}` : describeValue(of),
  });
}

/** A file's code runs in a process of its own; sources that run themselves have none to start. */
async function checkFile(file: string | URL, options: Required<CheckGradientsOptions>): Promise<Report> {
  const path = file instanceof URL || file.startsWith("file:") ? fileURLToPath(file) : file;
  // A model that is given needs neither the bundler nor a file.
  const [{ runTask }, { processes }] = await Promise.all([
    import("../cli/apart/run.js"),
    import("../cli/apart/process.js"),
  ]);
  const apart = import.meta.url.endsWith(".ts") ? undefined : processes();
  const task = { file: path, defines: [], ...options };
  const { findings, ...report } = await runTask("check", task, { ...(apart && { apart }) });
  return { ...report, findings: findings.map((each) => new OptimcError(each)) };
}
