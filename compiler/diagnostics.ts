/**
 * Every error that is the caller's fault: a stable code, a sentence, a place, the expected and the found value, and a
 * hint. Defects of optimc are plain `Error`s.
 */
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { currentLayer, isInstalled, trail, type Place } from "./ir/place.js";

/**
 * The codes and their meanings. Codes are stable: messages may be reworded, codes may not be reused. docs/errors.md has
 * an example of each.
 */
export const codes = {
  // The model file and the command line.
  "missing-file": "a file that was named does not exist",
  "not-a-file": "a path that should name a file names something else",
  "syntax-error": "the model file, or a file it imports, is not valid TypeScript",
  "unresolved-import": "an import does not lead to a file or package",
  "unknown-export": "a name is imported that the module does not export",
  "model-file-threw": "the model file, or the configuration file, threw an error while it ran",
  "model-file-ended": "the model file ended its process, or does not end",
  "no-model": "the model file has no default export, or it is no model",
  "type-error": "TypeScript's own checker found a fault (--typecheck)",
  "over-budget": "the instance needs more memory than --budget allows",
  "too-large": "the instance needs more memory than a target can address, or code than engines take",
  "output-conflict": "an output would overwrite a file that optimc did not write",
  "cannot-write": "the system refuses to write an output",
  "two-copies": "two copies of optimc are in use",
  "invalid-config": "the configuration file is at fault",
  "invalid-define": "a value of --define or the configuration does not fit what the model declares",

  // Building expressions.
  "shape-mismatch": "shapes do not fit",
  "type-mismatch": "element types do not fit",
  "invalid-shape": "something that is no shape was given as one",
  "invalid-axis": "an axis is out of range or named twice",
  "invalid-argument": "an argument has the wrong form",
  "index-out-of-range": "a constant is used as an index and lies outside its axis",
  "not-a-tensor": "something that is no tensor was given as one",
  "unknown-dimension": "a dimension is used that has no capacity",

  // Putting a model together.
  "duplicate-name": "two declarations share a name",
  "reserved-name": "a name is taken by optimc",
  "invalid-name": "a name has the wrong form",
  "not-scalar": "a loss is not a scalar",
  "not-differentiable": "a gradient was asked of something that has none",
  "no-parameters": "there is nothing to minimize over",
  "no-gradient": "no gradient reaches a parameter that is to be trained",
  "invalid-optimizer": "an optimizer's declaration is at fault",
  "invalid-hyper": "a hyper-parameter is out of range or unknown",

  // What `optimc check` finds.
  "wrong-gradient": "a gradient is not the slope that finite differences measure",
  "wrong-value": "a compiled function does not compute what its graph means",
  "not-finite": "a loss or a gradient is not finite for any input that was tried",
} as const satisfies Record<string, string>;

export type Code = keyof typeof codes;

/** Another place that belongs to an error: `{ place, label: "first declared here" }`. */
export interface Related {
  readonly place: Place | undefined;
  readonly label: string;
}

export interface Diagnostic {
  readonly code: Code;
  /** A sentence without its full stop, in lower case after names: "matmul: inner dimensions differ". */
  readonly message: string;
  /** The place; by default that of the running call. */
  readonly place?: Place | undefined;
  readonly expected?: string | undefined;
  readonly found?: string | undefined;
  /** The hint: an instruction in the imperative. */
  readonly hint?: string | undefined;
  readonly related?: readonly Related[] | undefined;
  /** The layer that was being applied. */
  readonly layer?: string | undefined;
  readonly cause?: unknown;
}

/** The argument of `fail`: `expected` and `found` are required, so that no message leaves them out. */
export type Fault = Diagnostic & { readonly expected: string; readonly found: string };

const brand = Symbol.for("optimc.error");

/** An error that is the caller's fault. */
export class OptimcError extends Error {
  override readonly name = "OptimcError";
  readonly code: Code;
  readonly place: Place | undefined;
  readonly expected: string | undefined;
  readonly found: string | undefined;
  readonly hint: string | undefined;
  readonly related: readonly Related[];
  readonly layer: string | undefined;

  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message, "cause" in diagnostic ? { cause: diagnostic.cause } : undefined);
    this.code = diagnostic.code;
    this.place = diagnostic.place;
    this.expected = diagnostic.expected;
    this.found = diagnostic.found;
    this.hint = diagnostic.hint;
    this.related = diagnostic.related ?? [];
    this.layer = diagnostic.layer;
    Object.defineProperty(this, brand, { value: true });
  }
}

/** True for an `OptimcError` of any copy of the package. */
/** The error for wrong outputs of optimc itself. */
export const notValid = (what: string, found: string): Error =>
  new Error(`${what} is not valid (a defect of optimc; nothing was written): ${found}`);

export function isOptimcError(error: unknown): error is OptimcError {
  try {
    return typeof error === "object" && error !== null && brand in error;
  } catch {
    // A proxy may throw when it is asked.
    return false;
  }
}

/** Throws an `OptimcError`, at the place of the running call unless the diagnostic names one. */
export function fail(diagnostic: Fault): never {
  // A diagnostic with a place of its own is found after the call at fault, so that the stack does not show that call.
  const error = new OptimcError(
    diagnostic.place ? diagnostic : { ...reached(diagnostic, trail()), layer: currentLayer() },
  );
  Error.captureStackTrace(error, fail);
  throw error;
}

/**
 * A diagnostic at the innermost of the user's own places. It also names the place in an installed package where it
 * arose, and the calls that led to it.
 */
export function reached(diagnostic: Diagnostic, places: readonly Place[]): Diagnostic {
  // Recursion passes the same place many times.
  const distinct = places.filter((each, at) => places.findIndex((other) => samePlace(each, other)) === at);
  const own = distinct.filter((each) => !isInstalled(each));
  const [place = distinct[0], ...outer] = own;
  const inside = distinct.slice(0, 1).filter((each) => each !== place);
  const calls = [
    ...inside.map((each) => ({ place: each, label: "in a package" })),
    ...outer.slice(0, mostCallers).map((each) => ({ place: each, label: "called from" })),
  ];
  return { ...diagnostic, place, related: [...(diagnostic.related ?? []), ...calls] };
}

const mostCallers = 5;

const samePlace = (a: Place, b: Place): boolean => a.file === b.file && a.line === b.line && a.column === b.column;

/** Whether it ends the command. */
export type Severity = "error" | "warning";

export interface FormatOptions {
  /** Default "error". */
  readonly severity?: Severity;
  readonly color?: boolean;
  /** Paths are printed relative to it; the working directory if left out. */
  readonly from?: string;
  /** The text of a file for the code frame; read from the disk if left out. */
  readonly read?: (file: string) => string | undefined;
}

/**
 * An error for a terminal: the sentence, the place, the lines around it, the expected and the found value, and the
 * hint.
 *
 * ```
 * error[shape-mismatch]: matmul: inner dimensions differ
 *   at two-layer-net.model.ts:9:27
 *
 *    8 |
 * > 9 | const prediction = output(hidden(x).relu());
 *      |                    ^
 *
 *   expected: [batch, 100]
 *   found:    [batch, 10]
 *   hint:     declare the layer as linear("output", 100, 10)
 * ```
 */
export function formatDiagnostic(error: OptimcError, options: FormatOptions = {}): string {
  const { severity = "error", color = false, from = process.cwd(), read = readText } = options;
  const paint = (style: keyof typeof styles, text: string) => (color ? `${styles[style]}${text}\x1b[0m` : text);
  const where = (place: Place) => `${shown(place.file, from)}:${place.line}:${place.column}`;
  const frame = (place: Place) => {
    const text = read(place.file);
    return text === undefined ? [] : codeFrame(text, place, paint);
  };

  const lines = [`${paint(severity, `${severity}[${error.code}]`)}: ${paint("strong", error.message)}`];
  const layer = error.layer === undefined ? "" : `in the layer '${error.layer}'`;
  if (error.place) lines.push(`  at ${where(error.place)}${layer && `, ${layer}`}`, ...frame(error.place));
  else if (layer) lines.push(`  ${layer}`);
  for (const { place, label } of error.related) {
    lines.push(place ? `  ${label}: ${where(place)}` : `  ${label}`, ...(place ? frame(place) : []));
  }
  const indented = (text: string) => text.replaceAll("\n", "\n            ");
  if (error.expected !== undefined) lines.push(`  expected: ${indented(error.expected)}`);
  if (error.found !== undefined) lines.push(`  found:    ${indented(error.found)}`);
  if (error.hint !== undefined) lines.push(`  ${paint("hint", "hint:")}     ${indented(error.hint)}`);
  return lines.join("\n");
}

/** The candidate nearest to a mistyped name, if one is near enough. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  // A third of the letters may be wrong, but at least one; a suggestion beyond that confuses more than it helps.
  let limit = Math.max(1, Math.floor(name.length / 3)) + 1;
  const all = [...candidates];
  for (const candidate of all) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < limit) [best, limit] = [candidate, distance];
  }
  return best ?? whole(name, all);
}

/** The one candidate that begins with the given text, such as `gradient` for `grad`. */
function whole(name: string, candidates: readonly string[]): string | undefined {
  const found = candidates.filter((each) => name.length >= 3 && each.toLowerCase().startsWith(name.toLowerCase()));
  return found.length === 1 ? found[0] : undefined;
}

const styles = {
  error: "\x1b[1;31m",
  warning: "\x1b[1;33m",
  strong: "\x1b[1m",
  dim: "\x1b[2m",
  hint: "\x1b[36m",
} as const;

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // The file may no longer exist; the error is then printed without the lines around its place.
    return undefined;
  }
}

function shown(file: string, from: string): string {
  const path = relative(from, file);
  return path === "" ? file : path;
}

function codeFrame(text: string, place: Place, paint: (style: "error" | "dim", text: string) => string): string[] {
  const source = text.split(/\r?\n/);
  if (place.line > source.length) return [];
  const first = Math.max(1, place.line - 2);
  const last = Math.min(source.length, place.line + 2);
  const width = String(last).length;
  const rows = [""];
  for (let line = first; line <= last; line++) {
    const content = source[line - 1] ?? "";
    const marked = line === place.line;
    const gutter = `${marked ? paint("error", ">") : " "} ${paint("dim", `${String(line).padStart(width)} |`)}`;
    rows.push(`  ${gutter} ${content}`.trimEnd());
    if (!marked) continue;
    // Tabs are kept, so that the caret stands under its character at any tab width.
    const lead = content.slice(0, place.column - 1).replace(/[^\t]/g, " ");
    rows.push(`    ${" ".repeat(width)} ${paint("dim", "|")} ${lead}${paint("error", "^")}`);
  }
  return [...rows, ""];
}

/** The number of letters to insert, leave out, replace or swap with their neighbour. */
function editDistance(a: string, b: string): number {
  let [before, row]: number[][] = [[], Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next.push(Math.min(replaced, row![j]! + 1, next[j - 1]! + 1, isSwap ? before![j - 2]! + 1 : Infinity));
    }
    [before, row] = [row, next];
  }
  return row![b.length]!;
}
