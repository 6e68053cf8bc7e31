/** The builds that a command line asks for. */
import { resolve } from "node:path";
import { UsageError, type Arguments } from "./arguments.js";
import type { Job } from "./job.js";
import { checkDistinct, outputPaths } from "./outputs.js";
import type { Configuration } from "./settings.js";
import type { Context } from "./terminal.js";

/** What is to be built: the files that are named, or else those of the configuration. */
export function jobsOf({ sources, files, settingsOf }: Configuration, given: Arguments, context: Context): Job[] {
  const { switches } = given;
  const named = given.files.length > 0 ? given.files.map((file) => resolve(context.terminal.cwd, file)) : files;
  if (named.length === 0) throw new UsageError("build needs a model file", "optimc build two-layer-net.model.ts");
  // A file that is named twice is built once.
  const jobs = [...new Set(named)].map((file, position, all): Job => {
    const settings = settingsOf(file);
    return {
      file,
      paths: outputPaths(file, settings.outDir, settings.typesDir),
      settings,
      configuration: sources,
      check: switches.has("check"),
      force: switches.has("force"),
      debug: switches.has("debug"),
      next: switches.has("watch") ? "anew" : position < all.length - 1 ? "any" : "none",
    };
  });
  checkDistinct(jobs);
  return jobs;
}
