/** `optimc check`: proves a model's gradients and what its targets compute. */
import { resolve } from "node:path";
import { UsageError, type Arguments, type Options } from "./arguments.js";
import type { Context } from "./terminal.js";

export const options = {
  seed: { value: "N", help: "draw inputs and parameters from another seed (0 if left out)" },
  runs: { value: "N", help: "test gradients at N points, and at least N calls of each function (3 if left out)" },
} as const satisfies Options;

export async function check({ files, values }: Arguments, context: Context): Promise<number> {
  const { terminal } = context;
  if (files.length === 0) throw new UsageError("check needs a model file", "optimc check two-layer-net.model.ts");
  const [seed, runs] = [whole("seed", values["seed"] ?? "0", 0), whole("runs", values["runs"] ?? "3", 1)];
  const [{ readModel }, { checkModel }, { formatReport, passed }, { isModel }] = await Promise.all([
    import("../../compiler/read/read.js"),
    import("../../compiler/check/check.js"),
    import("../../compiler/check/report.js"),
    import("../../compiler/model.js"),
  ]);
  let failed = false;
  for (const file of new Set(files.map((each) => resolve(terminal.cwd, each)))) {
    const { model, nameAt } = await readModel(file, { ...context.read, isModel });
    if (!isModel(model)) throw new Error("readModel gives models");
    const report = checkModel(model, { seed, runs, nameAt });
    terminal.out(formatReport(report, { color: terminal.color, from: terminal.cwd }));
    failed ||= !passed(report);
  }
  return failed ? 1 : 0;
}

function whole(option: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new UsageError(`--${option} is a whole number from ${least}, and got ${text}`);
}
