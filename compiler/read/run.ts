/** Runs a bundle from a data URL: nothing is written to the disk, and nothing is looked up beside it. */
import { dirname, resolve } from "node:path";
import { TraceMap, originalPositionFor } from "@jridgewell/trace-mapping";
import { OptimcError, isOptimcError, nearest, reached } from "../diagnostics.js";
import { methodNames } from "../ir/op.js";
import { capturePlaces, isOwn, placesOf, type Frame, type MapFrame, type Place } from "../ir/place.js";
import { insteadOf } from "./elsewhere.js";
import { virtualPrefix, type Bundle } from "./bundle.js";
import { described, isErrorOfAnyRealm, partsOfError, soundError } from "./anything.js";

/** What a model file exports. */
export type Exports = Readonly<Record<string, unknown>>;

const modulesKey = Symbol.for("optimc.modules");
type Modules = Map<string, Readonly<Record<string, object>>>;

/** Removes the map of an earlier run of the same file. */
const installed = new Map<string, () => void>();

/**
 * Runs the bundle of a file, with `modules` as its imports from optimc; returns its exports. Places stay known
 * afterwards, because functions of the file (updates, schedules, scan bodies) run only when the model is compiled.
 * `restore` restores the global objects that the file has changed, before anything else is done.
 */
export async function run(
  runs: Runs,
  { code, map, circle }: Bundle,
  key: string,
  modules: Readonly<Record<string, object>>,
  restore: () => void = () => {},
): Promise<Exports> {
  const { file } = runs;
  // The name gives stack frames a short script name; it also makes the URL new, so that a second read runs again.
  const script = `optimc-bundle:/${key}`;
  const source = Buffer.from(`${code}\n//# sourceURL=${script}\n`).toString("base64");
  const url = `data:text/javascript;base64,${source}`;
  installed.get(file)?.();
  // Some test runners write stacks with the URL in place of the name.
  installed.set(file, capturePlaces(mapThrough(map, [script, url], dirname(file))));

  const host = globalThis as { [modulesKey]?: Modules };
  const all = (host[modulesKey] ??= new Map());
  all.set(key, modules);
  try {
    const exports = (await import(/* @vite-ignore */ url)) as Exports;
    restore();
    return exports;
  } catch (error) {
    restore();
    const exported = Object.values(modules).flatMap((each) => Object.keys(each));
    const fault = thrown(error, runs, exported);
    throw circle ? inCircle(fault, circle) : fault;
  } finally {
    all.delete(key);
  }
}

function mapThrough(json: string, scripts: readonly string[], folder: string): MapFrame {
  let trace: TraceMap | undefined;
  // Remembered, because a call in a loop, or a frame above many calls, is asked for many times.
  const known = new Map<string, Place | undefined>();
  return (frame) => {
    if (!scripts.includes(frame.script)) return undefined;
    const key = `${frame.line}:${frame.column}`;
    if (known.has(key)) return known.get(key);
    trace ??= new TraceMap(json);
    const { source, line, column } = originalPositionFor(trace, { line: frame.line, column: frame.column - 1 });
    const place =
      source === null || source.startsWith(virtualPrefix)
        ? undefined
        : Object.freeze({ file: resolve(folder, source), line, column: column + 1 });
    known.set(key, place);
    return place;
  };
}

/** A file of the user's that runs. */
export interface Runs {
  readonly file: string;
  readonly what: "model file" | "configuration file";
}

/**
 * The value that the file threw, which may be anything, as an error at its place, or at the file's beginning if it has
 * none. `exported` are the names that optimc has.
 */
export function thrown(error: unknown, { file, what: thrower }: Runs, exported: readonly string[] = []): OptimcError {
  const own = soundError(error);
  if (own) return own;
  const { name, message, frames, isError } = partsOf(error);
  const what = isError ? `${name}: ${message}` : described(error);
  const diagnostic = {
    code: "model-file-threw",
    message: `the ${thrower} threw ${what}`,
    hint:
      frames[0] && isOwn(frames[0].script)
        ? "it arose inside optimc: if the call is right, report it"
        : isError
          ? hintFor(message, exported)
          : "throw an Error: it knows its place",
    cause: error,
  } as const;
  const at = reached(diagnostic, placesOf(frames));
  return new OptimcError({ ...at, place: at.place ?? { file: resolve(file), line: 1, column: 1 } });
}

/**
 * Runs code that calls functions of the model file again, such as an optimizer's update; their errors count as the
 * file's.
 */
export function onBehalf<T>(file: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const [first] = partsOf(error).frames;
    const isUsers = !isErrorOfAnyRealm(error) || (first !== undefined && placesOf([first]).length > 0);
    throw isUsers || isOptimcError(error) ? thrown(error, { file, what: "model file" }) : error;
  }
}

/**
 * In a circle of imports, a bundle may read a name before it has a value, and get undefined: the error names the
 * circle.
 */
function inCircle(error: OptimcError, circle: readonly string[]): OptimcError {
  const label = `these files import each other: ${circle.join(", ")}; a name of one has no value while the other runs first`;
  return new OptimcError({
    ...error,
    message: error.message,
    related: [...error.related, { place: undefined, label }],
  });
}

/** The likely cause of one of JavaScript's own errors. */
function hintFor(message: string, exported: readonly string[]): string | undefined {
  const [, method] = /\.([\p{ID_Continue}$]+) is not a function/u.exec(message) ?? [];
  if (method !== undefined) {
    if (methodNames().includes(method))
      return `${method} is a method of tensors: what it was called on is none, or one of another element type`;
    return insteadOf(method, methodNames(), exported);
  }
  const [, missing] = /^([\p{ID_Continue}$]+) is not defined/u.exec(message) ?? [];
  if (missing !== undefined) {
    const near = nearest(missing, exported);
    if (near === undefined) return `declare ${missing}, or import it`;
    return near === missing
      ? `import { ${near} } from "optimc"`
      : `declare ${missing}, or did you mean ${near}, which optimc exports?`;
  }
  const [, empty] = /^([\p{ID_Continue}$]+) is not a function/u.exec(message) ?? [];
  if (empty !== undefined)
    return `${empty} has no value yet, or none that can be called: is it declared further below?`;
  const [, early] = /^Cannot access '([\p{ID_Continue}$]+)' before initialization/u.exec(message) ?? [];
  if (early !== undefined) {
    return `declare ${early} above its first use; if it is imported, two files import each other: move what both use into a third`;
  }
  return undefined;
}

/** The message of an error, and its place. */
function partsOf(error: unknown): ReturnType<typeof partsOfError> & { readonly frames: readonly Frame[] } {
  const parts = partsOfError(error);
  return { ...parts, frames: framesOf(parts.stack) };
}

/** The frames of a stack as text: lines end with `script:line:column`, or with that in parentheses. */
function framesOf(stack: string): Frame[] {
  return [...stack.matchAll(/^ +at (?:.*\()?(.+):(\d+):(\d+)\)?$/gm)].map(([, script, line, column]) => ({
    script: script!,
    line: Number(line),
    column: Number(column),
  }));
}
