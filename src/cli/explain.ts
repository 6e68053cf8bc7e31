/** `optimc explain`: what the compiler did with a model, and why. */
import type { Arguments, Options } from "./arguments.js";
import { load } from "./load.js";
import { formatOption, reporterOf } from "./report.js";
import { modelOptions } from "./settings.js";
import type { Context } from "./terminal.js";

export const options = { ...modelOptions, ...formatOption } as const satisfies Options;

export async function explain(given: Arguments, context: Context): Promise<number> {
  const format = given.values["format"];
  const reporter = reporterOf(format, context.terminal);
  const compiled = await load("explain", given, context);
  if (format === "json") reporter.end({ notes: compiled.summary, manifest: compiled.manifest });
  else context.terminal.out(compiled.explain().trimEnd());
  return 0;
}
