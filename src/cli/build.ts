/** `optimc build`: compiles model files, and writes what has changed. */
import { rmSync, statSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { fail, formatDiagnostic, isOptimcError, type OptimcError } from "../../compiler/diagnostics.js";
import { isUpToDate, readManifest, stamped, type BuildOptions } from "../../compiler/read/stamp.js";
import { chooseSome, UsageError, type Arguments, type Options } from "./arguments.js";
import { formatBytes, parseBytes } from "./bytes.js";
import { mostMemory, targets, type MemoryNeeds, type Target } from "./compiler.js";
import {
  checkDistinct,
  checkOurs,
  differs,
  leftOver,
  outputPaths,
  withHeader,
  writeFiles,
  type Content,
  type OutputPaths,
} from "./outputs.js";
import type { Context } from "./terminal.js";

export const options = {
  "out-dir": { value: "DIR", help: "write into DIR instead of beside the model file" },
  target: { value: "TARGETS", help: `what to compile to: ${targets.join(", ")}, or both, which is the default` },
  inline: { help: "put the WebAssembly into the module instead of files beside it" },
  budget: { value: "SIZE", help: "fail if the instance needs more memory than SIZE (2MB, 512KiB, bytes)" },
  check: { help: "write nothing, and fail if a file would change" },
  typecheck: { help: "also run TypeScript's type check over the model file" },
  force: { help: "build even what is up to date" },
} as const satisfies Options;

interface Job {
  readonly file: string;
  readonly paths: OutputPaths;
  readonly targets: readonly Target[];
  readonly inline: boolean;
  readonly budget: number | undefined;
  readonly check: boolean;
  readonly typecheck: boolean;
  readonly force: boolean;
}

/** Builds every file; one that fails keeps its old outputs, and the others are built all the same. */
export async function build({ files, values, switches }: Arguments, context: Context): Promise<number> {
  if (files.length === 0) throw new UsageError("build needs a model file", "optimc build two-layer-net.model.ts");
  const { cwd } = context.terminal;
  const folder = values["out-dir"] === undefined ? undefined : resolve(cwd, values["out-dir"]);
  const chosen = chooseSome("target", values["target"] ?? targets.join(), targets);
  const inline = switches.has("inline");
  if (inline && !chosen.includes("wasm")) {
    throw new UsageError(
      "--inline is about WebAssembly, which is no target here",
      "leave it out, or add wasm to --target",
    );
  }
  const budget = values["budget"] === undefined ? undefined : parseBytes(values["budget"]);
  const [check, typecheck, force] = [switches.has("check"), switches.has("typecheck"), switches.has("force")];
  // A file that is named twice is built once.
  const jobs = [...new Set(files.map((file) => resolve(cwd, file)))].map((file): Job => ({
    file,
    paths: outputPaths(file, folder),
    targets: chosen,
    inline,
    budget,
    check,
    typecheck,
    force,
  }));
  checkDistinct(jobs);

  let failed = false;
  for (const job of jobs) {
    try {
      if (!(await buildOne(job, context))) failed = true;
    } catch (error) {
      if (!isOptimcError(error)) throw error;
      report(error, context);
      failed = true;
    }
  }
  return failed ? 1 : 0;
}

async function buildOne(job: Job, context: Context): Promise<boolean> {
  const { file, paths, budget, check } = job;
  const options: BuildOptions = { target: job.targets.join(), inline: job.inline };
  if (job.typecheck && !(await typechecks(file, context))) return false;

  if (!job.force && isUpToDate(paths.manifest, file, options)) {
    const manifest = readManifest(paths.manifest)!;
    checkBudget(paths.name, mostMemory(manifest as unknown as MemoryNeeds), budget);
    const written = Object.keys(manifest.build.outputs).map((path) => join(paths.manifest, "..", path));
    for (const path of [...written, paths.manifest]) line("unchanged", path, statSync(path).size, context);
    return true;
  }

  const { contents, memory, summary } = await compile(job, options, context);
  checkBudget(paths.name, memory, budget);
  checkOurs(paths, contents.keys());
  const changed = new Map([...contents].filter(([path, content]) => differs(path, content)));
  const removed = leftOver(paths, contents);
  if (!check) {
    writeFiles(changed);
    for (const path of removed) rmSync(path);
  }
  for (const [path, content] of contents) {
    const verb = !changed.has(path) ? "unchanged" : check ? "differs" : "wrote";
    line(verb, path, Buffer.byteLength(content), context);
  }
  for (const path of removed) {
    context.terminal.out(`${(check ? "differs" : "removed").padEnd(9)}  ${relative(context.terminal.cwd, path)}`);
  }
  for (const text of summary) context.terminal.out(`  ${text}`);
  if (!check || changed.size + removed.length === 0) return true;
  context.terminal.error(`${basename(file)} is not up to date: run optimc build`);
  return false;
}

interface Built {
  /** What each output holds by its path, the manifest last. */
  readonly contents: ReadonlyMap<string, Content>;
  /** The most bytes that an instance may need. */
  readonly memory: number;
  readonly summary: readonly string[];
}

async function compile({ file, paths, targets, inline }: Job, options: BuildOptions, context: Context): Promise<Built> {
  const [{ readModel }, compiler] = await Promise.all([import("../../compiler/read/read.js"), context.loadCompiler()]);
  const { model, nameAt, sources } = await readModel(file, { ...context.read, isModel: compiler.isModel });
  const { name } = paths;
  const compiled = compiler.compileModel(model, { name, targets, inline, nameAt, source: basename(file) });
  const outputs = new Map<string, Content>([
    [paths.javascript, withHeader(compiled.javascript)],
    [paths.declaration, withHeader(compiled.declaration)],
  ]);
  if (compiled.wasm && !inline) {
    outputs.set(paths.wasm.strict, compiled.wasm.strict).set(paths.wasm.relaxed, compiled.wasm.relaxed);
  }
  const manifest = stamped(paths.manifest, compiled.manifest, { file, sources, options, outputs });
  const contents = new Map([...outputs, [paths.manifest, manifest]]);
  return { contents, memory: mostMemory(compiled.manifest), summary: compiled.summary };
}

async function typechecks(file: string, context: Context): Promise<boolean> {
  const { typecheck } = await import("../../compiler/read/typecheck.js");
  const errors = typecheck(file);
  for (const error of errors) report(error, context);
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

function report(error: OptimcError, { terminal }: Context): void {
  terminal.error(formatDiagnostic(error, { color: terminal.color, from: terminal.cwd }));
}

function line(verb: string, path: string, bytes: number, { terminal }: Context): void {
  terminal.out(`${verb.padEnd(9)}  ${relative(terminal.cwd, path)}  ${formatBytes(bytes)}`);
}
