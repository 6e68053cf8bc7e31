/** Files by simple patterns: `*` stands for any part of a name, `**` for folders at any depth. */
import { readdirSync, type Dirent } from "node:fs";
import { join, resolve } from "node:path";

export const isPattern = (path: string): boolean => path.includes("*");

/** The folder in which a pattern's first star is looked for. */
export const rootOf = (pattern: string, folder: string): string => split(pattern, folder).root;

/** The files that a pattern matches, sorted; a path without a star is itself, whether or not it exists. */
export function filesOf(pattern: string, folder: string): string[] {
  if (!isPattern(pattern)) return [resolve(folder, pattern)];
  const { root, steps } = split(pattern, folder);
  return [...new Set(matching(root, steps))].sort();
}

function split(pattern: string, folder: string): { readonly root: string; readonly steps: readonly string[] } {
  const steps = pattern.split(/[\\/]/).filter((step) => step !== "." && step !== "");
  const first = steps.findIndex(isPattern);
  const root = resolve(folder, /^[\\/]/.test(pattern) ? "/" : ".", ...steps.slice(0, first));
  return { root, steps: steps.slice(first) };
}

function matching(folder: string, [step, ...rest]: readonly string[]): string[] {
  if (step === undefined) return [];
  const entries = entriesOf(folder);
  const folders = entries.filter((entry) => entry.isDirectory());
  if (step === "**") {
    const below = folders.flatMap(({ name }) => matching(join(folder, name), [step, ...rest]));
    return [...matching(folder, rest), ...below];
  }
  const is = new RegExp(`^${step.split("*").map(escaped).join(".*")}$`);
  if (rest.length > 0) return folders.flatMap(({ name }) => (is.test(name) ? matching(join(folder, name), rest) : []));
  return entries.flatMap((entry) => (!entry.isDirectory() && is.test(entry.name) ? [join(folder, entry.name)] : []));
}

const escaped = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");

function entriesOf(folder: string): Dirent[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter(({ name }) => name !== "node_modules" && !name.startsWith("."));
  } catch {
    // A folder that is not there holds no files.
    return [];
  }
}
