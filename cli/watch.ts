/** `optimc build --watch`: builds, waits until a source of a model changes, and builds that model again. */
import { isOptimcError } from "../compiler/diagnostics.js";
import type { Arguments } from "./arguments.js";
import { Stopped } from "./apart/process.js";
import { filesOf, rootOf } from "./glob.js";
import { buildJob, type Job } from "./job.js";
import { allPaths } from "./outputs.js";
import { reporterOf } from "./report.js";
import { jobsOf } from "./jobs.js";
import { configurationFor } from "./settings.js";
import { changeOf, fileSource, hasChanged, type Source } from "./sources.js";
import type { Context } from "./terminal.js";

/** A model and what its last build read. */
interface Watched {
  readonly job: Job;
  readonly sources: readonly Source[];
}

/** Runs until it is stopped, whatever fails; wrong usage alone ends it at once. */
export async function watch(given: Arguments, around: Context): Promise<number> {
  const { out } = around.terminal;
  const [stop, release] = around.stop ? [around.stop, () => {}] : interruption();
  const context = { ...around, stop };
  try {
    // A forced build is forced once; afterwards a change is the reason.
    let options = given;
    let plan = await planned(options, context);
    while (!stop.aborted) {
      const known = new Map<string, Watched>();
      for (const job of plan.jobs) known.set(job.file, { job, sources: await builtFrom(job, context) });
      const files = () => new Set([...known.values()].flatMap(({ sources }) => sources.map(({ path }) => path)));
      out(`watching ${count(files().size, "file")} of ${count(plan.jobs.length, "model")}; Ctrl-C ends`);

      let replan = plan.sources.some(hasChanged);
      while (!replan) {
        const all = [...plan.sources, ...[...known.values()].flatMap(({ sources }) => sources)];
        if (!(await changeOf(all, stop))) return 0;
        replan = plan.sources.some(hasChanged);
        if (replan) break;
        for (const [file, { job, sources }] of known) {
          if (stop.aborted || !sources.some(hasChanged)) continue;
          known.set(file, { job: { ...job, force: false }, sources: await builtFrom(job, context) });
        }
      }
      options = { ...given, switches: new Set([...given.switches].filter((name) => name !== "force")) };
      plan = await planned(options, context);
    }
    return 0;
  } catch (error) {
    if (error instanceof Stopped) return 0;
    throw error;
  } finally {
    release();
  }
}

/** The models that are to be built, and what that was read from. */
interface Plan {
  readonly jobs: readonly Job[];
  readonly sources: readonly Source[];
}

async function planned(given: Arguments, context: Context): Promise<Plan> {
  const sources: Source[] = [];
  const see = (path: string, sha256: string | null): void => void sources.push(fileSource(path, sha256));
  try {
    const configuration = await configurationFor(given, context, see);
    const { patterns, folder } = configuration;
    for (const pattern of given.files.length > 0 ? [] : patterns) {
      const look = () => filesOf(pattern, folder).join("\n");
      sources.push({ path: rootOf(pattern, folder), seen: look(), look });
    }
    return { jobs: jobsOf(configuration, given, context), sources };
  } catch (error) {
    // A configuration that can be mended is waited for.
    if (!isOptimcError(error) || sources.length === 0) throw error;
    reporterOf(undefined, context.terminal).error(error);
    return { jobs: [], sources };
  }
}

/** Builds it, and gives what that read, its own outputs excepted: they follow from the rest. */
async function builtFrom(job: Job, context: Context): Promise<Source[]> {
  const seen = new Map<string, string | null>();
  await buildJob(job, context, reporterOf(undefined, context.terminal), (path, sha256) => void seen.set(path, sha256));
  for (const own of allPaths(job.paths)) seen.delete(own);
  for (const path of job.configuration.keys()) seen.delete(path);
  return [...seen].map(([path, sha256]) => fileSource(path, sha256));
}

/** Ctrl-C, caught once: a second one ends the process as ever. */
function interruption(): [AbortSignal, release: () => void] {
  const controller = new AbortController();
  const stop = () => controller.abort();
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.once(signal, stop);
  return [controller.signal, () => signals.forEach((signal) => process.removeListener(signal, stop))];
}

const count = (many: number, what: string): string => `${many} ${what}${many === 1 ? "" : "s"}`;
