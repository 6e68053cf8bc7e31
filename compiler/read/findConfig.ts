/** Finds the configuration file, from a folder upwards. Every build does this: nothing is loaded for it. */
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fail } from "../diagnostics.js";

/** Names of the file; a folder may have only one of them. */
export const configNames = ["optimc.config.ts", "optimc.config.js", "optimc.config.mjs"] as const;

/** The configuration file for a folder: the nearest one. */
export function findConfig(folder: string): string | undefined {
  for (const above of foldersAbove(resolve(folder))) {
    const [first, second] = configNames.map((name) => join(above, name)).filter((path) => existsSync(path));
    if (second !== undefined) {
      fail({
        code: "invalid-config",
        message: "two configuration files lie in one folder",
        expected: "one",
        found: `${first}, ${second}`,
        hint: "keep one, or name one with --config",
      });
    }
    if (first !== undefined) return first;
  }
  return undefined;
}

/** A folder and those that hold it. */
export function foldersAbove(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...foldersAbove(parent)];
}
