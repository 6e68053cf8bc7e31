/** Where optimc's own code lies, and what it exports: as sources (under a test runner) or as built files. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** True where the TypeScript sources run themselves. */
const fromSources = import.meta.url.endsWith(".ts");

/** The folder that holds `ownFolders`: the package, or its dist/. */
export const codeRoot = new URL("../../", import.meta.url);

const packageRoot = fromSources ? codeRoot : new URL("../", codeRoot);

/** The fields of the package's own package.json. */
export interface PackageJson {
  readonly license: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
}

export function packageJson(): PackageJson {
  return JSON.parse(readFileSync(new URL("package.json", packageRoot), "utf8")) as PackageJson;
}

/** The URL of `optimc` or `optimc/something`, or undefined if the package does not export it. */
export function entryUrl(specifier: string): string | undefined {
  const entry = packageJson().exports[`.${specifier.slice("optimc".length)}`];
  const target = typeof entry === "object" ? entry.default : entry;
  if (target === undefined) return undefined;
  const path = fromSources ? target.replace("./dist/", "./").replace(/\.js$/, ".ts") : target;
  return new URL(path, packageRoot).href;
}

/** The specifiers that a model file may import: `optimc`, `optimc/runtime` ... */
export function entries(): string[] {
  return Object.keys(packageJson().exports)
    .filter((key) => !key.endsWith(".json"))
    .map((key) => `optimc${key.slice(1)}`);
}

/** The hash of everything in dist, which the build wrote; undefined if sources run. */
export function builtId(): string | undefined {
  const file = fileURLToPath(new URL("build-id.json", codeRoot));
  if (!existsSync(file)) return undefined;
  return (JSON.parse(readFileSync(file, "utf8")) as { id: string }).id;
}
