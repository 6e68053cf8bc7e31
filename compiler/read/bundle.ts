/** Bundles a model file with everything that it imports, except optimc itself and Node's own modules. */
import { readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { BuildFailure, Message, Metafile, OnLoadResult, Plugin } from "esbuild";
import { OptimcError, nearest, type Code } from "../diagnostics.js";
import type { Place } from "../ir/place.js";
import { foldersAbove } from "./findConfig.js";
import { sha256 } from "./hash.js";
import { entries } from "./package.js";

export interface Bundle {
  readonly code: string;
  /** The source map, as JSON. Its paths are relative to the model file's folder. */
  readonly map: string;
  /** Every file that went in, by absolute path. */
  readonly inputs: ReadonlyMap<string, Input>;
  /** Files of the user's that import each other in a circle, if any do. */
  readonly circle: readonly string[] | undefined;
}

export interface Input {
  readonly sha256: string;
  readonly text: string;
}

/** Gives the exports of `optimc` or one of its subpaths, or undefined if it does not exist. */
export type LoadModule = (specifier: string) => Promise<object | undefined>;

/** The prefix of source-map paths that lead to no file. */
export const virtualPrefix = "optimc-";

/**
 * Bundles `file`. Imports of optimc become reads of `globalThis[Symbol.for("optimc.modules")].get(key)[specifier]`:
 * the model file then gets the very copy that compiles it, whichever loader that copy came from.
 */
export async function bundle(
  file: string,
  key: string,
  load: LoadModule,
  onSource?: (path: string, sha256: string | null) => void,
): Promise<Bundle> {
  // esbuild is loaded only here, because a build that is up to date must not pay for it.
  const esbuild = await import("esbuild");
  const inputs = new Map<string, Input>();
  const url = pathToFileURL(file).href;
  try {
    const result = await esbuild.build({
      entryPoints: [file],
      outfile: `${file}.bundle.js`,
      absWorkingDir: dirname(file),
      bundle: true,
      write: false,
      metafile: true,
      format: "esm",
      platform: "node",
      target: "node20.19",
      sourcemap: "external",
      sourcesContent: false,
      logLevel: "silent",
      // Packages in CommonJS ask for Node's modules by `require`, which a module from a data URL does not have.
      banner: {
        js:
          `import { createRequire as optimc_createRequire } from "node:module"; ` +
          `const require = optimc_createRequire(${JSON.stringify(url)});`,
      },
      define: Object.fromEntries(metaNames.map((name) => [`import.meta.${name}`, `optimc_meta_${name}`])),
      plugins: [optimcModules(key, load), recordInputs(inputs), metaModules],
    });
    const output = (suffix: string) => result.outputFiles.find(({ path }) => path.endsWith(suffix))!.text;
    const circle = circleIn(result.metafile, file);
    return { code: output(".js"), map: output(".js.map"), inputs, circle };
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    for (const [path, { sha256 }] of inputs) onSource?.(path, sha256);
    for (const path of missingFiles(error, file)) onSource?.(path, null);
    throw await asOptimcError(error, file, load);
  }
}

/** The first circle of imports among the user's own files: in it, a name may be read before it has a value. */
function circleIn({ inputs }: Metafile, file: string): string[] | undefined {
  const isOwn = (path: string) => path in inputs && !/(^|\/)node_modules\/|^optimc-/.test(path);
  const done = new Set<string>();
  const visit = (path: string, above: readonly string[]): string[] | undefined => {
    if (above.includes(path)) return above.slice(above.indexOf(path));
    if (done.has(path)) return undefined;
    done.add(path);
    for (const { path: next } of inputs[path]?.imports ?? []) {
      const circle = isOwn(next) ? visit(next, [...above, path]) : undefined;
      if (circle) return circle;
    }
    return undefined;
  };
  return visit(basename(file), []);
}

function optimcModules(key: string, load: LoadModule): Plugin {
  const namespace = `${virtualPrefix}modules`;
  return {
    name: "optimc-modules",
    setup(build) {
      // Plugins answer before tsconfig paths and node_modules are asked.
      build.onResolve({ filter: /^optimc(\/|$)/ }, async ({ path }) => {
        if ((await load(path)) !== undefined) return { path, namespace };
        return { errors: [{ text: `optimc has no entry ${path}; it has ${entries().join(", ")}` }] };
      });
      build.onLoad({ filter: /.*/, namespace }, async ({ path }) => {
        const names = Object.keys((await load(path)) ?? {});
        const from = `globalThis[Symbol.for("optimc.modules")].get(${JSON.stringify(key)})[${JSON.stringify(path)}]`;
        // Naming each export lets esbuild report the ones that do not exist, at their import.
        const lines = names.map((name) =>
          name === "default" ? "export default entry.default;" : `export const ${name} = entry.${name};`,
        );
        return { contents: [`const entry = ${from};`, ...lines].join("\n"), loader: "js" };
      });
    },
  };
}

/**
 * Hashes the bytes that esbuild gets. Otherwise a file that is saved meanwhile could count as the one that was built.
 */
function recordInputs(inputs: Map<string, Input>): Plugin {
  return {
    name: "optimc-inputs",
    setup(build) {
      build.onLoad({ filter: /.*/, namespace: "file" }, async ({ path }): Promise<OnLoadResult> => {
        const bytes = await readFile(path);
        const text = bytes.toString("utf8");
        inputs.set(path, { sha256: sha256(bytes), text });
        if (path.endsWith(".json") && isLargeJson(text)) {
          return { contents: `module.exports = JSON.parse(${JSON.stringify(text)});`, loader: "js" };
        }
        if (!/\bimport\s*\.\s*meta\b/.test(text)) return { contents: bytes, loader: "default" };
        // At the end, where it moves no line; imports are evaluated first anyway.
        const names = metaNames.map((name) => `${name} as optimc_meta_${name}`).join(", ");
        const contents = `${text}\nimport { ${names} } from ${JSON.stringify(`${metaPrefix}${path}`)};`;
        return { contents, loader: "default" };
      });
    },
  };
}

/**
 * An object literal costs a mapping for every number and a parser made for code: 20 MB take ten times as long. Smaller
 * files stay literals, of which esbuild keeps only the parts in use.
 */
function isLargeJson(text: string): boolean {
  if (text.length < 1 << 16) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    // esbuild reports the place of the fault.
    return false;
  }
}

const metaNames = ["url", "filename", "dirname"] as const;
const metaPrefix = `${virtualPrefix}meta:`;

/** Gives `import.meta.url` and similar properties the values of the source file, not of the bundle. */
const metaModules: Plugin = {
  name: "optimc-meta",
  setup(build) {
    const namespace = `${virtualPrefix}meta`;
    build.onResolve({ filter: new RegExp(`^${metaPrefix}`) }, ({ path }) => ({
      path: path.slice(metaPrefix.length),
      namespace,
    }));
    build.onLoad({ filter: /.*/, namespace }, ({ path }) => {
      const values = { url: pathToFileURL(path).href, filename: path, dirname: dirname(path) };
      const contents = metaNames.map((name) => `export const ${name} = ${JSON.stringify(values[name])};`).join("\n");
      return { contents, loader: "js" };
    });
  },
};

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && Array.isArray((error as Partial<BuildFailure>).errors);
}

async function asOptimcError(failure: BuildFailure, file: string, load: LoadModule): Promise<OptimcError> {
  const [first, ...others] = failure.errors;
  if (first === undefined) throw failure;
  const related = others.map((message) => ({ place: placeOf(message, file), label: message.text }));
  const place = placeOf(first, file);
  const missing = /^No matching export in "optimc-modules:(.*)" for import "(.*)"$/.exec(first.text);
  if (missing) {
    const [, specifier = "", name = ""] = missing;
    const near = nearest(name, Object.keys((await load(specifier)) ?? {}));
    return new OptimcError({
      code: "unknown-export",
      message: `${specifier} exports no ${name}`,
      place,
      expected: `a name that ${specifier} exports`,
      found: name,
      hint: near === undefined ? `methods of tensors need no import: x.${name}()` : `did you mean ${near}?`,
      related,
    });
  }
  const message = first.text.charAt(0).toLowerCase() + first.text.slice(1);
  const code = codeOf(first);
  return new OptimcError({ code, message: `${basename(file)}: ${message}`, place, ...wanted[code], related });
}

/** The files that a failed import looked for: if one appears, the build may succeed. */
function missingFiles(failure: BuildFailure, file: string): string[] {
  return failure.errors.flatMap((message) => {
    const [, specifier] = /^Could not resolve "(.*)"$/.exec(message.text) ?? [];
    const from = placeOf(message, file)?.file;
    if (specifier === undefined || from === undefined) return [];
    if (!/^\.{0,2}\//.test(specifier)) {
      const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
      return foldersAbove(dirname(from)).map((folder) => join(folder, "node_modules", name, "package.json"));
    }
    const path = resolve(dirname(from), specifier);
    const stem = path.replace(/\.[cm]?jsx?$/, "");
    const beginnings = [...new Set([path, stem, join(path, "index")])];
    return [path, ...beginnings.flatMap((each) => extensions.map((extension) => each + extension))];
  });
}

const extensions = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json"];
const wanted: Readonly<
  Partial<Record<Code, { readonly expected: string; readonly found: string; readonly hint?: string }>>
> = {
  "unresolved-import": {
    expected: "a file, or an installed package",
    found: "neither",
    hint: "check the path (it counts from the importing file), or install the package",
  },
  "unknown-export": { expected: "a name that the module exports", found: "another name" },
};

function codeOf({ text, pluginName }: Message): Code {
  if (text.startsWith("Could not resolve") || pluginName === "optimc-modules") return "unresolved-import";
  if (text.startsWith("No matching export")) return "unknown-export";
  return "syntax-error";
}

function placeOf({ location }: Message, file: string): Place | undefined {
  if (!location) return undefined;
  // esbuild counts columns in bytes from 0.
  const before = Buffer.from(location.lineText).subarray(0, location.column).toString("utf8");
  return { file: resolve(dirname(file), location.file), line: location.line, column: before.length + 1 };
}
