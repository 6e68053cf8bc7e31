/**
 * The files that influence a bundle without being part of it: tsconfig.json (paths, decorators) and package.json
 * (exports, sideEffects). esbuild looks for them, but does not report which it found.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

/** Absolute paths of the configuration for these files, and of absent files that would change it. */
export function configurationOf(files: Iterable<string>): Set<string> {
  const folders = new Set([...files].map((file) => dirname(file)));
  const found = new Set<string>();
  for (const folder of folders) {
    const inPackage = /[\\/]node_modules[\\/]/.test(folder);
    // A missing package.json changes nothing, but a tsconfig.json that appears nearer to the file would replace the
    // other.
    addNearest(folder, "package.json", found, false);
    if (!inPackage) for (const file of addNearest(folder, "tsconfig.json", found, true)) addExtended(file, found);
  }
  return found;
}

function addNearest(folder: string, name: string, into: Set<string>, withMissing: boolean): string[] {
  const path = join(folder, name);
  if (existsSync(path)) {
    into.add(path);
    return [path];
  }
  const parent = dirname(folder);
  if (parent === folder) return [];
  const nearest = addNearest(parent, name, into, withMissing);
  if (withMissing && nearest.length > 0) into.add(path);
  return nearest;
}

function addExtended(file: string, into: Set<string>): void {
  for (const specifier of extendsOf(readFileSync(file, "utf8"))) {
    const target = resolveExtended(specifier, file);
    if (target === undefined || into.has(target)) continue;
    into.add(target);
    addExtended(target, into);
  }
}

/** tsconfig.json is JSON with comments; a parser for that is a third of a second of loading away. */
function extendsOf(text: string): string[] {
  const value = /"extends"\s*:\s*(\[[^\]]*\]|"[^"]*")/.exec(text)?.[1] ?? "";
  return [...value.matchAll(/"([^"]*)"/g)].map((match) => match[1]!);
}

function resolveExtended(specifier: string, from: string): string | undefined {
  if (!/^(\.|\/|[A-Za-z]:)/.test(specifier)) return resolvePackage(specifier, from);
  const path = resolve(dirname(from), specifier);
  return [path, `${path}.json`].find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
}

function resolvePackage(specifier: string, from: string): string | undefined {
  const require = createRequire(from);
  for (const candidate of [specifier, `${specifier}.json`, `${specifier}/tsconfig.json`]) {
    try {
      return require.resolve(candidate);
    } catch {
      // The next form, as TypeScript tries them; esbuild has reported it if none exists.
    }
  }
  return undefined;
}
