/** The configuration file, run like a model file. */
import { dirname, resolve } from "node:path";
import type { Place } from "../ir/place.js";
import { placeOfProperty, type PropertyPath } from "./names.js";
import { defaultOf, readExports, type ReadOptions } from "./read.js";

export interface ReadConfig {
  readonly path: string;
  readonly text: string;
  /** Its default export, as yet unchecked. */
  readonly value: unknown;
  /** Absolute paths and hashes of the files from which it was read. */
  readonly sources: ReadonlyMap<string, string | null>;
  /** The place of a property of the default export, or the nearest place to it. */
  readonly placeOf: (path: PropertyPath) => Place;
}

/** Reads a configuration file. */
export async function readConfig(
  file: string,
  options: Pick<ReadOptions, "modules" | "onSource" | "running"> = {},
): Promise<ReadConfig> {
  const { path, exports, built, sources } = await readExports(file, "configuration file", options);
  await options.running?.end();
  const value = defaultOf(exports, path, {
    code: "invalid-config",
    expected: "export default defineConfig(...)",
    hint: 'export one: export default defineConfig({ models: ["*.model.ts"] })',
  });
  const text = built.inputs.get(path)?.text ?? "";
  return {
    path,
    text,
    value,
    sources: new Map(sources.map((source) => [resolve(dirname(path), source.path), source.sha256])),
    placeOf: (property) => placeOfProperty(path, text, property),
  };
}
