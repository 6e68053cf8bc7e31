/** `optimc check`: proves a model's gradients and what its targets compute. */
import { relative, resolve } from "node:path";
import { formatReport, passed } from "../compiler/check/report.js";
import { OptimcError } from "../compiler/diagnostics.js";
import { runTask } from "./apart/run.js";
import { UsageError, type Arguments, type Options } from "./arguments.js";
import { formatOption, reporterOf } from "./report.js";
import { configurationFor, modelOptions } from "./settings.js";
import type { Context } from "./terminal.js";

export const options = {
  seed: { value: "N", help: "the seed of random inputs and parameters (default 0)" },
  runs: { value: "N", help: "test gradients at N points, and at least N calls of each function (default 3)" },
  ...modelOptions,
  ...formatOption,
} as const satisfies Options;

export async function check(given: Arguments, context: Context): Promise<number> {
  const { files, values } = given;
  const { terminal } = context;
  const reporter = reporterOf(values["format"], terminal);
  if (files.length === 0) throw new UsageError("check needs a model file", "optimc check two-layer-net.model.ts");
  const [seed, runs] = [whole("seed", values["seed"] ?? "0", 0), whole("runs", values["runs"] ?? "3", 1)];
  const configuration = await configurationFor(given, context);
  const models: object[] = [];
  let failed = false;
  for (const file of new Set(files.map((each) => resolve(terminal.cwd, each)))) {
    const { defines, timeLimit } = configuration.settingsOf(file);
    const { findings: found, ...rest } = await runTask("check", { file, defines, seed, runs }, context, { timeLimit });
    const findings = found.map((each) => new OptimcError(each));
    const report = { ...rest, findings };
    models.push({ file: relative(terminal.cwd, file), passed: passed(report), ...rest });
    if (values["format"] === "json") findings.forEach(reporter.error);
    else terminal.out(formatReport(report, { color: terminal.color, from: terminal.cwd }));
    failed ||= !passed(report);
  }
  reporter.end({ models });
  return failed ? 1 : 0;
}

function whole(option: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new UsageError(`--${option} must be a whole number from ${least}, but is ${text}`);
}
