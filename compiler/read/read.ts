/** Reads a model file: bundles it, runs it once, and keeps the data for naming its expressions. */
import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { configure, type Define, type Values } from "./configurable.js";
import { fail, nearest, type Fault } from "../diagnostics.js";
import type { Place } from "../ir/place.js";
import { described } from "./anything.js";
import { bundle, type Bundle, type LoadModule } from "./bundle.js";
import { configurationOf } from "./configuration.js";
import { hashFile, relativePath, type Source } from "./hash.js";
import { checkConditions, collectTensors, type TensorPlaces } from "./conditions.js";
import { namesIn, parserOf, type NameAt } from "./names.js";
import { entryUrl } from "./package.js";
import { run, thrown, type Runs } from "./run.js";

export interface ReadModel {
  /** The model: the file's default export, or the result of its function of values. */
  readonly model: unknown;
  /** The values from which it was made, if it is configurable. */
  readonly values: Values | undefined;
  /** The name of the declaration that the call at a place initializes. */
  readonly nameAt: NameAt;
  /** Every file that went in or steered the bundle, sorted, relative to the model file's folder. */
  readonly sources: readonly Source[];
}

/** Called for every file that influences a read, even one that fails, with its hash, or null if it does not exist. */
export type OnSource = (path: string, sha256: string | null) => void;

export interface ReadOptions {
  /** Whether a value is a model; without it, any value is accepted. */
  readonly isModel?: (value: unknown) => boolean;
  /** Values that replace defaults. */
  readonly defines?: readonly Define[];
  /** What `optimc` and its subpaths export, for tests; the running copy's own entries if left out. */
  readonly modules?: Readonly<Record<string, object>>;
  readonly onSource?: OnSource | undefined;
  readonly running?: Running | undefined;
}

/** Called when the file's own code begins to run, and when it has run. */
export interface Running {
  readonly begin: () => void;
  /** Restores the global objects that the file has changed. */
  readonly restore: () => void;
  /** Resolves when no error that the file has thrown is still pending. */
  readonly end: () => Promise<void>;
}

let reads = 0;

/** Reads the model file at `file`. Everything that is wrong with it is an `OptimcError` in the user's source. */
export async function readModel(file: string, options: ReadOptions = {}): Promise<ReadModel> {
  const tensors = collectTensors();
  try {
    return await readWatched(file, options, tensors);
  } finally {
    tensors.stop();
  }
}

async function readWatched(file: string, options: ReadOptions, tensors: TensorPlaces): Promise<ReadModel> {
  const { path, exports, built, sources } = await readExports(file, "model file", options);
  const exported = defaultOf(exports, path, {
    code: "no-model",
    expected: "export default model(...)",
    hint: 'export one: export default model("name", { functions: { ... } })',
  });
  const { model, values } = configured(exported, path, options.defines ?? []);
  await options.running?.end();
  checkModel(model, path, built, options.isModel ?? (() => true));
  const textOf = (source: string): string | undefined => built.inputs.get(source)?.text;
  const parse = parserOf(textOf);
  checkConditions(tensors.places(), textOf, parse);
  return { model, values, nameAt: namesIn(parse), sources };
}

/** The exports of a file that was run, and the files from which it was read. */
export interface ReadExports {
  /** The file's real path. */
  readonly path: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly built: Bundle;
  readonly sources: readonly Source[];
}

export async function readExports(
  file: string,
  what: Runs["what"],
  { modules: given, onSource, running }: Pick<ReadOptions, "modules" | "onSource" | "running"> = {},
): Promise<ReadExports> {
  onSource?.(resolve(file), hashFile(file));
  const path = existingFile(file);
  const key = `${++reads}/${basename(path)}`;

  const modules: Record<string, object> = { ...given };
  const load: LoadModule = async (specifier) => {
    if (modules[specifier]) return modules[specifier];
    const url = given ? undefined : entryUrl(specifier);
    if (url === undefined) return undefined;
    return (modules[specifier] = (await import(/* @vite-ignore */ url)) as object);
  };

  const built = await bundle(path, key, load, onSource);
  const sources = sourcesOf(built, dirname(path));
  // Before it runs, since it may throw.
  for (const source of sources) onSource?.(resolve(dirname(path), source.path), source.sha256);
  running?.begin();
  const exports = await run({ file: path, what }, built, key, modules, running?.restore);
  return { path, exports, built, sources };
}

/** The default export of a file. */
export function defaultOf(
  exports: Readonly<Record<string, unknown>>,
  file: string,
  wanted: Pick<Fault, "code" | "expected" | "hint">,
): unknown {
  if (Object.hasOwn(exports, "default")) return exports["default"];
  return fail({
    ...wanted,
    message: `${basename(file)} has no default export`,
    place: { file, line: 1, column: 1 },
    found: Object.keys(exports).length === 0 ? "no exports" : `exports of ${Object.keys(exports).join(", ")}`,
  });
}

/** Makes the model of its values; an error of the user's function gets its place. */
function configured(
  exported: unknown,
  file: string,
  defines: readonly Define[],
): { model: unknown; values: Values | undefined } {
  try {
    const { model, values } = configure(exported, defines);
    return { model, values };
  } catch (error) {
    throw thrown(error, { file, what: "model file" });
  }
}

function existingFile(file: string): string {
  // A path below a file does not exist either; asking the system for its properties would throw.
  if (!existsSync(file)) return missingFile(file);
  const stats = statSync(file);
  if (!stats.isFile()) {
    const hint = "name the model file itself, for example two-layer-net.model.ts";
    return fail({
      code: "not-a-file",
      message: `${file} is ${stats.isDirectory() ? "a folder" : "no file"}`,
      expected: "a model file",
      found: stats.isDirectory() ? "a folder" : "something that is no file",
      hint,
    });
  }
  // esbuild gives real paths; places and sources must agree with them.
  return realpathSync(resolve(file));
}

function missingFile(file: string): never {
  const folder = dirname(resolve(file));
  const beside = existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder) : null;
  const near = nearest(basename(file), beside?.filter((name) => /\.[cm]?[jt]sx?$/.test(name)) ?? []);
  return fail({
    code: "missing-file",
    message: `there is no file ${file}`,
    expected: "a model file",
    found: beside === null ? "no such folder" : "a folder without it",
    hint: near === undefined ? undefined : `did you mean ${near}?`,
  });
}

function checkModel(value: unknown, file: string, built: Bundle, isModel: (value: unknown) => boolean): void {
  if (safely(() => isModel(value))) return;
  fail({
    code: "no-model",
    message: `the default export of ${basename(file)} is not a model`,
    place: placeOfDefault(file, built.inputs.get(file)?.text ?? ""),
    expected: "what model(...) returns, or configurable(...)",
    found: typeof value === "function" ? "a function" : described(value),
    hint: hintFor(value),
  });
}

/** Whether a test holds for a value that may throw when it is read. */
function safely(holds: () => boolean): boolean {
  try {
    return holds();
  } catch {
    return false;
  }
}

function hintFor(value: unknown): string {
  if (typeof value === "function") {
    return "export the model itself; a model of values is: export default configurable({ hidden: 100 }, ({ hidden }) => model(...))";
  }
  if (safely(() => Array.isArray(value))) return "a model file has one model: give each a file of its own";
  return 'export one: export default model("name", { functions: { ... } })';
}

function placeOfDefault(file: string, text: string): Place {
  const before = text.slice(0, Math.max(0, text.search(/\bexport\s+default\b|\bas\s+default\b/)));
  const lines = before.split("\n");
  return { file, line: lines.length, column: lines.at(-1)!.length + 1 };
}

function sourcesOf({ inputs }: Bundle, folder: string): Source[] {
  const sources: Source[] = [];
  for (const [path, { sha256 }] of inputs) sources.push({ path: relativePath(folder, path), sha256 });
  for (const path of configurationOf(inputs.keys())) {
    if (!inputs.has(path)) sources.push({ path: relativePath(folder, path), sha256: hashFile(path) });
  }
  return sources.sort((a, b) => (a.path < b.path ? -1 : 1));
}
