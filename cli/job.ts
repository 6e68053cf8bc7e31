/** One model file's build: compiled unless it is up to date, and written if something has changed. */
import { rmSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fail, isOptimcError, OptimcError } from "../compiler/diagnostics.js";
import { hashFile, relativePath } from "../compiler/read/hash.js";
import type { OnSource } from "../compiler/read/read.js";
import { isUpToDate, readManifest, stamped, type BuildOptions } from "../compiler/read/stamp.js";
import { Stopped } from "./apart/process.js";
import { runTask } from "./apart/run.js";
import { formatBytes } from "./bytes.js";
import { attempt } from "./files.js";
import { mostMemory, type MemoryNeeds } from "./compiler.js";
import { allPaths, checkOurs, differs, withHeader, writeFiles, type Content, type OutputPaths } from "./outputs.js";
import type { Reporter } from "./report.js";
import { definesText, type Settings } from "./settings.js";
import { staleOutputs } from "./stale.js";
import type { Context } from "./terminal.js";
import { keptWarning, warningsOf } from "./warnings.js";

export interface Job {
  readonly file: string;
  readonly paths: OutputPaths;
  readonly settings: Settings;
  /** What the configuration was read from: absolute paths and hashes. */
  readonly configuration: ReadonlyMap<string, string | null>;
  readonly check: boolean;
  readonly force: boolean;
  readonly debug: boolean;
  /** Whether other builds are to follow. */
  readonly next: "none" | "any" | "anew";
}

/** Builds it and reports what is wrong, a defect of ours too: others are built all the same. Gives whether nothing was. */
export async function buildJob(job: Job, context: Context, reporter: Reporter, onSource?: OnSource): Promise<boolean> {
  try {
    return await buildOne(job, context, reporter, onSource);
  } catch (error) {
    if (error instanceof Stopped) throw error;
    if (isOptimcError(error)) reporter.error(error);
    else reporter.defect(error);
    return false;
  }
}

async function buildOne(
  job: Job,
  context: Context,
  reporter: Reporter,
  onSource: OnSource | undefined,
): Promise<boolean> {
  const { file, paths, check, settings } = job;
  const { budget } = settings;
  const options = optionsOf(job);
  if (settings.typecheck && !(await typechecks(job, reporter, onSource))) return false;

  if (!job.force && isUpToDate(paths.manifest, file, options, allPaths(paths))) {
    const manifest = readManifest(paths.manifest)!;
    const path = (name: string) => join(dirname(paths.manifest), name);
    for (const [name, sha256] of Object.entries(manifest.build.inputs)) onSource?.(path(name), sha256);
    checkBudget(paths.name, mostMemory(manifest as unknown as MemoryNeeds), budget);
    for (const warning of warningsOf(manifest, dirname(paths.manifest))) reporter.warning(warning);
    const written = Object.keys(manifest.build.outputs).map(path);
    for (const each of [...written, paths.manifest]) {
      reporter.file(
        "unchanged",
        each,
        attempt(each, "read", () => statSync(each).size),
      );
    }
    return true;
  }

  const { contents, memory, summary, name, warnings } = await compile(job, options, context, onSource);
  for (const warning of warnings) reporter.warning(warning);
  checkBudget(paths.name, memory, budget);
  checkOurs(paths, contents.keys());
  const changed = new Map([...contents].filter(([path, content]) => differs(path, content)));
  const stale = staleOutputs({ paths, written: contents, model: { name, sha256: hashFile(file) } });
  if (!check) {
    await writeFiles(changed);
    for (const path of stale.untouched) attempt(path, "removed", () => rmSync(path));
  }
  for (const [path, content] of contents) {
    const verb = !changed.has(path) ? "unchanged" : check ? "differs" : "wrote";
    reporter.file(verb, path, Buffer.byteLength(content));
  }
  for (const path of stale.untouched) reporter.file(check ? "differs" : "removed", path);
  for (const path of stale.changed) reporter.file("kept", path);
  for (const text of summary) reporter.note(text);
  if (!check || changed.size + stale.untouched.length === 0) return true;
  reporter.failure(`${basename(file)} is not up to date: run optimc build`);
  return false;
}

/** What changes the outputs, beside the sources. */
function optionsOf({ paths, settings, debug }: Job): BuildOptions {
  const { targets, inline, relaxed, standalone, defines } = settings;
  return {
    target: targets.join(),
    inline,
    ...(!relaxed && { relaxed }),
    ...(standalone && { standalone }),
    ...(debug && { debug }),
    ...(paths.types !== undefined && { types: relativePath(dirname(paths.manifest), paths.types) }),
    ...(defines.length > 0 && { define: definesText(defines) }),
  };
}

interface Built {
  /** What each output holds by its path, the manifest last. */
  readonly contents: ReadonlyMap<string, Content>;
  /** The most bytes that an instance may need. */
  readonly memory: number;
  readonly summary: readonly string[];
  readonly warnings: readonly OptimcError[];
  /** The model's. */
  readonly name: string | undefined;
}

async function compile(
  { file, paths, settings, configuration, debug, next }: Job,
  options: BuildOptions,
  context: Context,
  onSource: OnSource | undefined,
): Promise<Built> {
  const { targets, inline, relaxed, standalone, defines, timeLimit } = settings;
  const { name } = paths;
  const task = { file, defines, name, targets, inline, relaxed, standalone, debug };
  const compiled = await runTask("compile", task, context, { onSource, timeLimit, next });
  const outputs = new Map<string, Content>([
    [paths.javascript, withHeader(compiled.javascript)],
    [paths.declaration, withHeader(compiled.declaration)],
  ]);
  if (paths.types !== undefined) outputs.set(paths.types, withHeader(compiled.declaration));
  for (const [ending, content] of Object.entries(compiled.files)) outputs.set(paths.files.get(ending)!, content);
  const sources = new Map(compiled.sources.map(({ path, sha256 }) => [resolve(dirname(file), path), sha256]));
  for (const [path, sha256] of configuration) sources.set(path, sha256);
  const warnings = compiled.warnings.map((diagnostic) => new OptimcError(diagnostic));
  const kept = warnings.map((warning) => keptWarning(warning, dirname(paths.manifest)));
  const manifest = stamped(
    paths.manifest,
    {
      ...compiled.manifest,
      ...(compiled.values && { values: compiled.values }),
      ...(kept.length > 0 && { warnings: kept }),
    },
    {
      file,
      sources: [...sources].map(([path, sha256]) => ({ path: relativePath(dirname(file), path), sha256 })),
      options,
      outputs,
    },
  );
  const contents = new Map([...outputs, [paths.manifest, manifest]]);
  const { manifest: about, summary } = compiled;
  return { contents, memory: mostMemory(about), summary, warnings, name: about.name };
}

async function typechecks({ file }: Job, reporter: Reporter, onSource: OnSource | undefined): Promise<boolean> {
  const { typecheck } = await import("../compiler/read/typecheck.js");
  onSource?.(file, hashFile(file));
  const errors = typecheck(file, onSource);
  for (const error of errors) reporter.error(error);
  return errors.length === 0;
}

function checkBudget(name: string, total: number, budget: number | undefined): void {
  if (budget === undefined || total <= budget) return;
  const exact = (bytes: number) => (bytes < 1e3 ? formatBytes(bytes) : `${formatBytes(bytes)} (${bytes} bytes)`);
  fail({
    code: "over-budget",
    message: `${name} needs more memory than its budget`,
    expected: `at most ${exact(budget)}`,
    found: exact(total),
    hint: "optimc print FILE --stage memory shows where it goes",
  });
}
