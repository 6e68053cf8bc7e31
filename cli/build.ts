/** `optimc build`: compiles model files, and writes what has changed. */
import { UsageError, type Arguments, type Options } from "./arguments.js";
import { targetNames, withFiles } from "./compiler.js";
import { buildJob } from "./job.js";
import { jobsOf } from "./jobs.js";
import { formatOption, reporterOf } from "./report.js";
import { configurationFor, modelOptions } from "./settings.js";
import type { Context } from "./terminal.js";

const several = targetNames.length === 2 ? "both" : "all";
const titles = withFiles(targetNames)
  .map(({ title }) => `the ${title}`)
  .join(" and ");

export const options = {
  "out-dir": { value: "DIR", help: "write into DIR instead of beside the model file" },
  target: {
    value: "TARGETS",
    help: `the targets to build: ${targetNames.join(", ")}, or ${several} (the default)`,
  },
  "types-dir": { value: "DIR", help: "write the declaration into DIR too, where TypeScript sources import the module" },
  inline: { help: `put ${titles} into the module instead of files beside it` },
  relaxed: { help: "also build the WebAssembly that may fuse multiply-adds (the default; --no-relaxed turns it off)" },
  standalone: { help: "put the runtime into the module, so that it imports nothing" },
  debug: { help: "build a module that throws where a value becomes NaN or infinite, and names the line" },
  budget: { value: "SIZE", help: "fail if the instance needs more memory than SIZE (2MB, 512KiB, bytes)" },
  ...modelOptions,
  check: { help: "write nothing, and fail if a file would change" },
  typecheck: { help: "also run TypeScript's type check over the model file" },
  force: { help: "build even if everything is up to date" },
  watch: { help: "build again whenever a source changes, until Ctrl-C" },
  ...formatOption,
} as const satisfies Options;

/** Builds every file; one that fails keeps its old outputs, and the others are built all the same. */
export async function build(given: Arguments, context: Context): Promise<number> {
  if (given.switches.has("watch")) {
    if (given.switches.has("check")) {
      throw new UsageError("--watch writes, and --check writes nothing", "leave one of them out");
    }
    if (given.values["format"] === "json") {
      throw new UsageError("--format json is one document, and --watch does not end", "leave one of them out");
    }
    const { watch } = await import("./watch.js");
    return watch(given, context);
  }
  const reporter = reporterOf(given.values["format"], context.terminal);
  let failed = false;
  const configuration = await configurationFor(given, context);
  for (const job of jobsOf(configuration, given, context)) {
    if (!(await buildJob(job, context, reporter))) failed = true;
  }
  reporter.end();
  return failed ? 1 : 0;
}
