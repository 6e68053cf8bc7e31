/**
 * Reads values that a user's file throws, which may be anything. Their properties may have any type or throw when they
 * are read, and a proxy may give any answer; reading them must not end in another error.
 */
import { types } from "node:util";
import { OptimcError, codes, isOptimcError, type Code } from "../diagnostics.js";
import { describeValue } from "../ir/guards.js";
import type { Place } from "../ir/place.js";

/** A property, or undefined where reading it throws. */
function read(value: unknown, name: string): unknown {
  try {
    return (value as Record<string, unknown>)[name];
  } catch {
    return undefined;
  }
}

const textIn = (value: unknown, name: string): string | undefined => {
  const text = read(value, name);
  return typeof text === "string" ? text : undefined;
};

/** Whether it is an `Error`, also one of another context; a proxy is never asked. */
export function isErrorOfAnyRealm(value: unknown): value is Error {
  if (types.isNativeError(value)) return true;
  try {
    return !types.isProxy(value) && value instanceof Error;
  } catch {
    return false;
  }
}

/** The most characters of a stack or a message: more would not help a reader. */
const longest = 20_000;

export function partsOfError(error: unknown): {
  readonly isError: boolean;
  readonly name: string;
  readonly message: string;
  readonly stack: string;
} {
  const isError = isErrorOfAnyRealm(error);
  const text = (name: string): string | undefined => (isError ? textIn(error, name)?.slice(0, longest) : undefined);
  return {
    isError,
    name: text("name") || "Error",
    message: text("message") ?? "without a message that is a text",
    stack: text("stack") ?? "",
  };
}

/** A value in words. */
export function described(value: unknown): string {
  try {
    return types.isProxy(value) ? "a proxy" : describeValue(value);
  } catch {
    return "a value that cannot be looked at";
  }
}

/**
 * An `OptimcError` as it was made. One that was changed since, or that only looks like one, is made anew from its
 * usable parts.
 */
export function soundError(error: unknown): OptimcError | undefined {
  if (types.isProxy(error) || !isOptimcError(error)) return undefined;
  const code = textIn(error, "code");
  const message = textIn(error, "message");
  if (code === undefined || message === undefined || !Object.hasOwn(codes, code)) return undefined;
  if (isAsMade(error)) return error;
  const related = read(error, "related");
  const made = new OptimcError({
    code: code as Code,
    message,
    place: placeIn(error),
    expected: textIn(error, "expected"),
    found: textIn(error, "found"),
    hint: textIn(error, "hint"),
    layer: textIn(error, "layer"),
    related: (Array.isArray(related) ? related : []).flatMap((each: unknown) => {
      const label = textIn(each, "label");
      return label === undefined ? [] : [{ label, place: placeIn(each) }];
    }),
    ...(isErrorOfAnyRealm(read(error, "cause")) && { cause: read(error, "cause") }),
  });
  const stack = textIn(error, "stack");
  if (stack !== undefined) made.stack = stack;
  return made;
}

/** Whether every part has its type, and is a plain property, which no getter computes. */
function isAsMade(error: OptimcError): boolean {
  const isText = (value: unknown): boolean => value === undefined || typeof value === "string";
  const isComputed = ["message", "code", "place", "expected", "found", "hint", "layer", "related"].some(
    (name) => Object.getOwnPropertyDescriptor(error, name)?.get !== undefined,
  );
  if (isComputed) return false;
  const { place, expected, found, hint, layer, related } = error;
  const hasPlace = (value: { readonly place: unknown }): boolean => value.place === undefined || !!placeIn(value);
  return (
    [expected, found, hint, layer, textIn(error, "stack")].every(isText) &&
    hasPlace({ place }) &&
    Array.isArray(related) &&
    related.every((each) => typeof textIn(each, "label") === "string" && hasPlace({ place: read(each, "place") }))
  );
}

function placeIn(value: unknown): Place | undefined {
  const place = read(value, "place");
  const [file, line, column] = [textIn(place, "file"), read(place, "line"), read(place, "column")];
  const isPlace = file !== undefined && Number.isSafeInteger(line) && Number.isSafeInteger(column);
  return isPlace ? { file, line: line as number, column: column as number } : undefined;
}
