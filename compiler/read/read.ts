/** Reads a model file: bundles it, runs it once, and keeps what is needed to name its expressions. */
import { realpathSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { isExpression } from "../ir/op.js";
import { fail } from "../diagnostics.js";
import type { Place } from "../ir/place.js";
import { bundle, type Bundle, type LoadModule } from "./bundle.js";
import { configurationOf } from "./configuration.js";
import { hashFile, relativePath, type Source } from "./hash.js";
import { namesIn, type NameAt } from "./names.js";
import { entryUrl } from "./package.js";
import { run } from "./run.js";

export interface ReadModel {
  /** The file's default export. */
  readonly model: unknown;
  /** The name of the declaration that the call at a place initializes. */
  readonly nameAt: NameAt;
  /** Every file that went in or steered the bundle, sorted, relative to the model file's folder. */
  readonly sources: readonly Source[];
}

export interface ReadOptions {
  /** Says whether the default export is a model; without it, anything is. */
  readonly isModel?: (value: unknown) => boolean;
  /** What `optimc` and its subpaths export, for tests; the running copy's own entries if left out. */
  readonly modules?: Readonly<Record<string, object>>;
}

let reads = 0;

/** Reads the model file at `file`. Everything that is wrong with it is an `OptimcError` in the user's source. */
export async function readModel(file: string, options: ReadOptions = {}): Promise<ReadModel> {
  const path = existingFile(file);
  const key = `${++reads}/${basename(path)}`;

  const modules: Record<string, object> = { ...options.modules };
  const load: LoadModule = async (specifier) => {
    if (modules[specifier]) return modules[specifier];
    const url = options.modules ? undefined : entryUrl(specifier);
    if (url === undefined) return undefined;
    return (modules[specifier] = (await import(/* @vite-ignore */ url)) as object);
  };

  const built = await bundle(path, key, load);
  const exports = await run(path, built, key, modules);
  const model = modelOf(exports, path, built, options.isModel ?? (() => true));
  const nameAt = namesIn((source) => built.inputs.get(source)?.text);
  return { model, nameAt, sources: sourcesOf(built, dirname(path)) };
}

function existingFile(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return fail({ code: "missing-file", message: `there is no file ${file}` });
  if (!stats.isFile()) {
    const hint = "name the model file itself, for example two-layer-net.model.ts";
    return fail({ code: "not-a-file", message: `${file} is ${stats.isDirectory() ? "a folder" : "no file"}`, hint });
  }
  // esbuild gives real paths; places and sources must agree with them.
  return realpathSync(resolve(file));
}

function modelOf(
  exports: Readonly<Record<string, unknown>>,
  file: string,
  built: Bundle,
  isModel: (value: unknown) => boolean,
): unknown {
  const hint = 'export one: export default model("name", { functions: { ... } })';
  if (!("default" in exports)) {
    const message = `${basename(file)} has no default export`;
    return fail({ code: "no-model", message, place: { file, line: 1, column: 1 }, hint });
  }
  const value = exports["default"];
  if (isModel(value)) return value;
  return fail({
    code: "no-model",
    message: `the default export of ${basename(file)} is not a model`,
    place: placeOfDefault(file, built.inputs.get(file)?.text ?? ""),
    expected: "what model(...) returns",
    found: described(value),
    hint,
  });
}

function placeOfDefault(file: string, text: string): Place {
  const before = text.slice(0, Math.max(0, text.search(/\bexport\s+default\b|\bas\s+default\b/)));
  const lines = before.split("\n");
  return { file, line: lines.length, column: lines.at(-1)!.length + 1 };
}

function described(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "an array";
  if (isExpression(value)) return "a tensor";
  if (typeof value === "function") return `a function${value.name && ` named ${value.name}`}`;
  if (typeof value !== "object") return `the ${typeof value} ${JSON.stringify(value) ?? String(value)}`;
  const keys = Object.keys(value);
  return keys.length > 0 ? `an object with ${keys.slice(0, 5).join(", ")}` : "an object";
}

function sourcesOf({ inputs }: Bundle, folder: string): Source[] {
  const sources: Source[] = [];
  for (const [path, { sha256 }] of inputs) sources.push({ path: relativePath(folder, path), sha256 });
  for (const path of configurationOf(inputs.keys())) {
    if (!inputs.has(path)) sources.push({ path: relativePath(folder, path), sha256: hashFile(path) });
  }
  return sources.sort((a, b) => (a.path < b.path ? -1 : 1));
}
