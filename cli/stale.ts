/** Outputs of earlier builds that this build writes no more: of a target that is gone, or of a file that was renamed. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { hashFile } from "../compiler/read/hash.js";
import { readManifest } from "../compiler/read/stamp.js";
import { attempt, statsAt } from "./files.js";
import { listed, pathsOfManifest, type OutputPaths } from "./outputs.js";

export interface Stale {
  /** As they were written. */
  readonly untouched: readonly string[];
  /** What somebody has changed since, which stays. */
  readonly changed: readonly string[];
}

/** What a build is to write, and of what. */
export interface Writes {
  readonly paths: OutputPaths;
  readonly written: ReadonlyMap<string, unknown>;
  /** The model's name, and the hash of its file. */
  readonly model: { readonly name: string | undefined; readonly sha256: string | null };
}

export function staleOutputs({ paths, written, model }: Writes): Stale {
  const untouched: string[] = [];
  const changed: string[] = [];
  const sort = (of: OutputPaths): void => {
    for (const [path, hash] of listed(of)) {
      if (written.has(path) || !isFile(path)) continue;
      (hashFile(path) === hash ? untouched : changed).push(path);
    }
  };
  sort(paths);
  const typesFolder = paths.types && dirname(paths.types);
  for (const manifest of renamed(paths, model)) {
    sort(pathsOfManifest(manifest, typesFolder));
    untouched.push(manifest);
  }
  return { untouched, changed };
}

/**
 * The manifests beside this one whose model file is gone, and is this one by its content or its model's name. Outputs of
 * a file that has only vanished stay: they may be in use where its sources are not.
 */
function renamed(paths: OutputPaths, model: Writes["model"]): string[] {
  const folder = dirname(paths.manifest);
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return [];
  return attempt(folder, "read", () => readdirSync(folder))
    .filter((name) => name.endsWith(".manifest.json"))
    .map((name) => join(folder, name))
    .filter((path) => {
      const manifest = path === paths.manifest || !isFile(path) ? undefined : readManifest(path);
      if (manifest === undefined) return false;
      const { source, inputs } = manifest.build;
      if (existsSync(resolve(folder, source))) return false;
      return (
        (model.name !== undefined && manifest["name"] === model.name) ||
        (model.sha256 !== null && inputs[source] === model.sha256)
      );
    });
}

/** A file itself: a link, whatever it leads to, was put there by somebody else. */
const isFile = (path: string): boolean => statsAt(path, { links: true })?.isFile() === true;
