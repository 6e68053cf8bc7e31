/** The configuration file, run like a model file. */
import { dirname, resolve } from "node:path";
import type { Place } from "../ir/place.js";
import { placeOfProperty } from "./names.js";
import { defaultOf, readExports, type OnSource } from "./read.js";

/** A step into what a file exports: a key or a position. */
export type PropertyPath = readonly (string | number)[];

export interface ReadConfig {
  readonly path: string;
  /** Its default export, as yet unchecked. */
  readonly value: unknown;
  /** Absolute paths and hashes of what it was read from. */
  readonly sources: ReadonlyMap<string, string | null>;
  /** Where a property of the default export is written, or what is nearest to it. */
  readonly placeOf: (path: PropertyPath) => Place;
}

/** Reads a configuration file. */
export async function readConfig(
  file: string,
  options: { readonly modules?: Readonly<Record<string, object>>; readonly onSource?: OnSource | undefined } = {},
): Promise<ReadConfig> {
  const { path, exports, built, sources } = await readExports(file, options);
  const value = defaultOf(exports, path, {
    code: "invalid-config",
    expected: "export default defineConfig(...)",
    hint: 'export one: export default defineConfig({ models: ["*.model.ts"] })',
  });
  const text = built.inputs.get(path)?.text ?? "";
  return {
    path,
    value,
    sources: new Map(sources.map((source) => [resolve(dirname(path), source.path), source.sha256])),
    placeOf: (property) => placeOfProperty(path, text, property),
  };
}
