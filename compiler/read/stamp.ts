/**
 * The stamp of a build in its manifest: the files from which it was made, so that the next build can find by hashing
 * alone that nothing has changed. This file is on the fast path: it must not load esbuild, ts-morph or the compiler.
 */
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { escaped } from "../ir/escape.js";
import { hashFile, relativePath, sha256, type Source } from "./hash.js";
import { ownFolders } from "../ir/place.js";
import { builtId, codeRoot } from "./package.js";

/** The options of a build that change what it writes. */
export type BuildOptions = Readonly<Record<string, string | number | boolean>>;

/** The `build` section of a manifest. Paths are relative to the manifest. */
export interface Stamp {
  readonly generator: "optimc";
  readonly format: 1;
  /** A hash over the compiler's own files. */
  readonly compiler: string;
  readonly options: BuildOptions;
  /** The model file. */
  readonly source: string;
  /** The hash of every file that was read; null for a file that did not exist and would have been. */
  readonly inputs: Readonly<Record<string, string | null>>;
  /** The hash of every file that was written beside the manifest. */
  readonly outputs: Readonly<Record<string, string>>;
  /** The hash of the manifest without this section. */
  readonly manifest: string;
}

export interface Build {
  /** Absolute path of the model file. */
  readonly file: string;
  /** Relative to the model file's folder, as `readModel` gives them. */
  readonly sources: readonly Source[];
  readonly options: BuildOptions;
  /** What is written beside the manifest, by absolute path. */
  readonly outputs: ReadonlyMap<string, string | Uint8Array>;
}

/** The manifest's text, with a stamp that `isUpToDate` can check. */
export function stamped(manifestPath: string, manifest: object, build: Build): string {
  const folder = dirname(manifestPath);
  const stamp: Stamp = {
    generator: "optimc",
    format: 1,
    compiler: compilerId(),
    options: build.options,
    source: relativePath(folder, build.file),
    inputs: Object.fromEntries(
      build.sources
        .map(({ path, sha256 }) => [relativePath(folder, resolve(dirname(build.file), path)), sha256] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
    outputs: Object.fromEntries(
      [...build.outputs].map(([path, content]) => [relativePath(folder, path), sha256(content)]),
    ),
    manifest: sha256(JSON.stringify(manifest)),
  };
  return `${escaped(JSON.stringify({ ...manifest, build: stamp }, undefined, 2))}\n`;
}

/**
 * True if building `file` with these options would write the same files again. `own` are the only paths that such a
 * build may write: a manifest that names others was not written by it.
 */
export function isUpToDate(
  manifestPath: string,
  file: string,
  options: BuildOptions,
  own?: readonly string[],
): boolean {
  const manifest = readManifest(manifestPath);
  if (manifest === undefined) return false;
  const { build: stamp, ...rest } = manifest;
  const folder = dirname(manifestPath);
  const unchanged = ([path, hash]: readonly [string, string | null]) => hashFile(resolve(folder, path)) === hash;
  return (
    stamp.source === relativePath(folder, file) &&
    JSON.stringify(stamp.options) === JSON.stringify(options) &&
    stamp.manifest === sha256(JSON.stringify(rest)) &&
    Object.keys(stamp.outputs).every((path) => own?.includes(resolve(folder, path)) ?? true) &&
    Object.entries(stamp.inputs).every(unchanged) &&
    Object.entries(stamp.outputs).every(unchanged) &&
    stamp.compiler === compilerId()
  );
}

/**
 * The stamp of a manifest whose own stamp was edited and is unusable: the manifest is still optimc's, but no build is
 * up to date by it.
 */
const unusable: Stamp = {
  generator: "optimc",
  format: 1,
  compiler: "",
  options: {},
  source: "",
  inputs: {},
  outputs: {},
  manifest: "",
};

const isRecord = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value);

const hasForm = ({ source, inputs, outputs }: Partial<Stamp>): boolean =>
  typeof source === "string" && isRecord(inputs) && isRecord(outputs);

/** A manifest that this version of optimc wrote, or undefined. */
export function readManifest(
  path: string,
): ({ readonly build: Stamp } & Readonly<Record<string, unknown>>) | undefined {
  try {
    // A pipe may have no end.
    if (!statSync(path).isFile()) return undefined;
    const manifest = JSON.parse(readFileSync(path, "utf8")) as { readonly build?: Partial<Stamp> } | null;
    const build = manifest?.build;
    if (build?.generator !== "optimc" || build.format !== 1) return undefined;
    return { ...manifest, build: hasForm(build) ? (build as Stamp) : unusable };
  } catch {
    // Absent, half a merge, or no manifest at all: it is not trusted, but is no error either.
    return undefined;
  }
}

/** A hash over the compiler's own files, because a new compiler may write other outputs. */
export function compilerId(): string {
  return (
    builtId() ?? sha256(JSON.stringify(ownFiles().map((path) => [path, hashFile(fileURLToPath(codeRoot) + path)])))
  );
}

function ownFiles(): string[] {
  return ownFolders
    .flatMap((folder) => {
      const path = fileURLToPath(new URL(folder, codeRoot));
      if (!existsSync(path)) return [];
      return readdirSync(path, { recursive: true, encoding: "utf8" }).map((name) => `${folder}/${name}`);
    })
    .filter((path) => /\.[jt]s$/.test(path))
    .sort();
}
