/** Refusals: each names the call, what was expected and what was found. */

let where = "";
/** The part of the caller's arguments that is being read, which may run code of the caller's. */
let part = "";
let isBusy = false;
let refusal: unknown;

/** Names the call whose checks begin. Checks do not await, so one name is enough. */
export const enter = (call: string): void => {
  where = call;
};

export const reading = (label: string): void => {
  part = label;
};

export function refuse(message: string): never {
  throw (refusal = new TypeError(`${where}: ${message}`));
}

export const refuseFound = (label: string, expected: string | number, found: string | number): never =>
  refuse(`${label}: expected ${expected}, found ${found}`);

/** Runs a call: none runs within another, which code of the caller's might try while arguments are read. */
export function within<T>(call: string, run: () => T): T {
  if (isBusy) refuse(`${call} was called within it`);
  isBusy = true;
  where = call;
  try {
    return run();
  } catch (cause) {
    throw part && cause !== refusal ? new TypeError(`${where}: ${part} cannot be read`, { cause }) : cause;
  } finally {
    isBusy = false;
    part = "";
  }
}

/** This getter of typed arrays reads an internal slot, which an object cannot forge. */
const slot = (name: PropertyKey): ((value: unknown) => unknown) => {
  const { get } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Int8Array.prototype), name)!;
  return (value) => get!.call(value) as unknown;
};

/** "Float32Array" ..., or undefined where it is no typed array. True across realms, where instanceof is not. */
export const typed = slot(Symbol.toStringTag) as (value: unknown) => string | undefined;
export const lengthOf = slot("length") as (array: ArrayLike<unknown>) => number;
export const bufferOf = slot("buffer") as (array: ArrayLike<unknown>) => ArrayBufferLike;

/** The kind of `value`, in words: "Float32Array", "Array", "String", "null" ... */
export function kindOf(value: unknown): string {
  try {
    return value === null || value === undefined ? `${value}` : (typed(value) ?? {}.toString.call(value).slice(8, -1));
  } catch {
    return "what cannot be read";
  }
}

/** The own property of `given`; members that Object.prototype has do not count. */
export const own = (given: object, name: string): unknown =>
  Object.hasOwn(given, name) ? given[name as keyof typeof given] : undefined;

/** The same, for a property that must exist. */
export const need = (given: object, name: string, label: string): unknown =>
  own(given, name) ?? refuse(`${label} is missing`);

/** The own property of `given`, which must be one of the `choices`; undefined if it has none. */
export function choose<Choice>(given: object, name: string, ...choices: readonly Choice[]): Choice | undefined {
  const value = own(given, name) as Choice | undefined;
  return value === undefined || choices.includes(value)
    ? value
    : refuseFound(name, choices.join(" or "), typeof value === "string" ? value : kindOf(value));
}

/**
 * Whether one name is probably a misspelling of the other: the lengths differ by one letter at most, and so do the
 * letters.
 */
const isNear = (name: string, known: string): boolean => {
  const differs = [...name].filter((letter) => !known.includes(letter)).length;
  return Math.abs(name.length - known.length) < 2 && differs < 2 && differs < name.length;
};

/**
 * A copy of an object of the caller's, each of whose members is read once. Refuses names that `known` lacks, if `what`
 * says what they would name; the error lists `expected`.
 */
export function open(
  label: string,
  given: unknown,
  what?: string,
  known: object = {},
  expected = Object.keys(known),
): Record<string, unknown> {
  part = label;
  if (kindOf(given) !== "Object") refuseFound(label, "an object", kindOf(given));
  const copy = { ...(given as object) };
  for (const name in copy)
    if (what && !Object.hasOwn(known, name)) {
      const near = expected.find((each) => isNear(name, each));
      refuse(
        `unknown ${what} '${name}': expected ${expected.join(", ") || "none"}${near ? `. Did you mean ${near}?` : ""}`,
      );
    }
  return copy;
}
