/** Checks of the values that callers pass, since plain JavaScript does not enforce the types. */
import { fail, isOptimcError, nearest } from "../diagnostics.js";
import { isMarked } from "./packageCopy.js";
import { isOwn } from "./place.js";
import { printShape } from "./size.js";
import type { TensorType } from "./tensorType.js";

/**
 * A value in the words of an error message; a value that throws when it is inspected is described without its contents.
 */
export function describeValue(value: unknown): string {
  try {
    return inWords(value);
  } catch {
    return "an object that cannot be looked at";
  }
}

function inWords(value: unknown): string {
  if (value === null || value === undefined || typeof value === "boolean") return String(value);
  if (typeof value === "number") return `the number ${Object.is(value, -0) ? "-0" : value}`;
  if (typeof value === "bigint") return `the bigint ${value}n`;
  if (typeof value === "symbol") return "a symbol";
  if (typeof value === "string") return `the string ${quoted(value)}`;
  if (typeof value === "function") return describeFunction(value as (...parameters: never[]) => unknown);
  if (isTensor(value)) return `a tensor ${describeType(value)}`;
  if (Array.isArray(value)) return value.length > 6 ? `an array of ${value.length}` : `an array ${listed(value)}`;
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name}`;
  if (typeof (value as { then?: unknown }).then === "function") return "a promise (was await forgotten?)";
  const keys = Object.keys(value);
  if (keys.length === 0) return "an object without properties";
  return `an object with ${keys.slice(0, 5).map(shortened).join(", ")}${keys.length > 5 ? ", ..." : ""}`;
}

const shortened = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}...` : text);

/** A user's name as a message shows it: on one line, and cut if it is too long. */
export const quoted = (text: string): string => JSON.stringify(shortened(text));

const listed = (values: readonly unknown[]): string =>
  `[${values.map((each) => (typeof each === "string" ? quoted(each) : typeof each === "number" ? each : wordFor(each))).join(", ")}]`;

const wordFor = (value: unknown): string =>
  value === null
    ? "null"
    : isTensor(value)
      ? "a tensor"
      : Array.isArray(value)
        ? "[...]"
        : typeof value === "object"
          ? "{...}"
          : typeof value;

function describeFunction(value: (...parameters: never[]) => unknown): string {
  if (Symbol.for("optimc.configurable") in value) return "a model of values, which was not called";
  if (typeof (value as { weight?: unknown }).weight === "object") return "a layer that was not applied to a tensor";
  return value.name ? `the function ${quoted(value.name).slice(1, -1)}, which was not called` : "a function";
}

function isTensor(value: unknown): value is TensorType {
  return typeof value === "object" && value !== null && isMarked(value);
}

const describeType = ({ element, shape }: TensorType): string =>
  element === "float" ? printShape(shape) : `${element} ${printShape(shape)}`;

/** Refuses options that do not exist. Otherwise a misspelt one would be ignored. */
export function checkOptions(name: string, options: unknown, allowed: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options) || isTensor(options)) {
    fail({
      code: "invalid-argument",
      message: `${name}: the options are not an object`,
      expected: `{ ${allowed.join(", ")} }, each of which may be left out`,
      found: describeValue(options),
    });
  }
  for (const key of Object.keys(options)) {
    if (allowed.includes(key)) continue;
    const near = nearest(key, allowed);
    fail({
      code: "invalid-argument",
      message: `${name}: there is no option '${shortened(key)}'`,
      expected: `${allowed.length > 1 ? "one of " : ""}${allowed.join(", ")}`,
      found: shortened(key),
      ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
    });
  }
}

/** Refuses a number of the options that is out of its range. */
export function requireOption(name: string, option: string, value: unknown, holds: boolean, expected: string): void {
  if (typeof value === "number" && holds) return;
  fail({
    code: "invalid-argument",
    message: `${name}: ${option} is out of range`,
    expected,
    found: describeValue(value),
  });
}

/** Refuses an option that is neither true nor false. Otherwise any other value would count as one of them. */
export function requireSwitch(name: string, option: string, value: unknown): void {
  if (typeof value === "boolean") return;
  fail({
    code: "invalid-argument",
    message: `${name}: ${option} is neither true nor false`,
    expected: "true or false",
    found: describeValue(value),
  });
}

/** Refuses an option that is none of the words it may be. */
export function requireWord(name: string, option: string, value: unknown, words: readonly string[]): void {
  if (words.includes(value as string)) return;
  const near = typeof value === "string" ? nearest(value, words) : undefined;
  fail({
    code: "invalid-argument",
    message: `${name}: there is no such ${option}`,
    expected: words.map((word) => JSON.stringify(word)).join(" or "),
    found: describeValue(value),
    ...(near === undefined ? {} : { hint: `did you mean ${JSON.stringify(near)}?` }),
  });
}

/**
 * Runs the function that the user called. If no check expects the form of an argument, the engine throws an error
 * somewhere below; it becomes a diagnostic here, unless it arose in a function of the user's own.
 */
export function guarded<T>(name: string, parameters: readonly unknown[], call: () => T): T {
  try {
    const result = call();
    if (onResult !== undefined) onResult(result);
    return result;
  } catch (error) {
    if (isOptimcError(error) || !isOfTheForm(error) || !aroseHere(error)) throw error;
    return fail({
      code: "invalid-argument",
      message: `${name}: the arguments do not have the form that it takes`,
      expected: `what the declaration of ${name} in optimc's types says`,
      found: `(${parameters.map(describeValue).join(", ")}), which ended in: ${error.message}`,
      hint: "compare the call with the declaration; if it is right, report it with the model file",
      cause: error,
    });
  }
}

/**
 * The errors that the engine throws for a value of another form: a missing property, too great a length, nesting in
 * itself.
 */
const isOfTheForm = (error: unknown): error is Error => error instanceof TypeError || error instanceof RangeError;

let onResult: ((result: unknown) => void) | undefined;

/** Passes the result of each guarded call to `see`, until the returned function is called. */
export function watchResults(see: (result: unknown) => void): () => void {
  const before = onResult;
  onResult = see;
  return () => {
    onResult = before;
  };
}

/**
 * Whether the innermost frame of a stack is the package's own. After an overflow of the stack by a deeply nested value,
 * all frames may be the engine's, which have no script; the package then passed the value to the engine.
 */
function aroseHere(error: Error): boolean {
  const { stack = "" } = error;
  const [, script] = /^ +at (?:.*\()?((?:file:\/\/)?\/?.+?):\d+:\d+\)?$/m.exec(stack) ?? [];
  if (script === undefined) return error instanceof RangeError && /^ +at /m.test(stack);
  return isOwn(script);
}

/** A function that is called by users, with `guarded` around it. */
export function entry<P extends readonly unknown[], R>(
  name: string,
  call: (...parameters: P) => R,
): (...parameters: P) => R {
  const guardedCall = (...parameters: P): R => guarded(name, parameters, () => call(...parameters));
  Object.defineProperty(guardedCall, "name", { value: name });
  return guardedCall;
}
