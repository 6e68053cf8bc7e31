/** A folder with files for one test, and a stand-in for the DSL that records the place of every call. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { here, type Place } from "../../compiler/ir/place.js";
import { configurable } from "../../compiler/read/configurable.js";

export interface Project {
  readonly folder: string;
  /** Writes a file and gives its absolute path. */
  readonly write: (path: string, text: string) => string;
  readonly path: (path: string) => string;
  readonly remove: () => void;
}

export function makeProject(files: Readonly<Record<string, string>> = {}): Project {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "optimc-test-")));
  const path = (name: string) => join(folder, name);
  const write = (name: string, text: string) => {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), text);
    return path(name);
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  return { folder, write, path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A recorded call: what was called, and where. */
export interface Call {
  readonly name: string;
  readonly place: Place | undefined;
}

/** What a model file gets for `import ... from "optimc"` in these tests. */
export function standIn() {
  const calls: Call[] = [];
  const record = (name: string) => calls.push({ name, place: here() });
  const tensor = {
    relu: () => (record("relu"), tensor),
    sub: (_: unknown) => (record("sub"), tensor),
    sum: () => (record("sum"), tensor),
  };
  const input = (name: string) => (record(`input ${name}`), tensor);
  const apply = (name: string) => () => (record(`apply ${name}`), tensor);
  const linear = (name: string) => (record(`linear ${name}`), apply(name));
  const model = (name: string, parts: object) => (record(`model ${name}`), { isModel: true, name, ...parts });
  const later = (run: () => unknown) => run;
  const defineConfig = (config: object) => config;
  return {
    calls,
    modules: { optimc: { input, linear, model, later, configurable }, "optimc/config": { defineConfig } },
  };
}

/** Calls as lines, `name line:column`, with the file in front where it is not `main`. */
export function printCalls(calls: readonly Call[], main: string): string[] {
  return calls.map(({ name, place }) => {
    if (place === undefined) return `${name} nowhere`;
    const file = place.file === main ? "" : `${place.file.slice(dirname(main).length + 1)}:`;
    return `${name} ${file}${place.line}:${place.column}`;
  });
}
