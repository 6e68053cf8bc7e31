/** `optimc explain`: what the compiler did with a model, and why. */
import type { Arguments, Options } from "./arguments.js";
import { onlyModel } from "./load.js";
import { runTask } from "./apart/run.js";
import { formatOption, reporterOf } from "./report.js";
import { modelOptions } from "./settings.js";
import type { Context } from "./terminal.js";

export const options = { ...modelOptions, ...formatOption } as const satisfies Options;

export async function explain(given: Arguments, context: Context): Promise<number> {
  const format = given.values["format"];
  const reporter = reporterOf(format, context.terminal);
  const { task, timeLimit } = await onlyModel("explain", given, context);
  const { text, summary, manifest } = await runTask("explain", task, context, { timeLimit });
  if (format === "json") reporter.end({ notes: summary, manifest });
  else context.terminal.out(text.trimEnd());
  return 0;
}
