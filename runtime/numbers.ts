/** Which numbers and which arrays are allowed, and the refusal of all others. */

import { kindOf, refuse } from "./refuse.js";
import type { Values, View } from "./tensor.js";

export interface Range {
  readonly whole?: boolean;
  readonly from?: number;
  readonly above?: number;
  readonly below?: number;
}

/** Seeds and counters: what a double counts exactly. */
export const counts: Range = { whole: true, from: 0, below: 9007199254740992 };
export const sizes: Range = { whole: true, from: 1 };

/** Refuses all but finite numbers in a range. */
export function checkNumber(label: string, value: unknown, range: Range, position = -1): void {
  const { whole, from, above, below } = range;
  const number = value as number;
  // A comparison with a bound that is not there is false.
  if (!Number.isFinite(value) || (whole && number % 1) || number < from! || number <= above! || number >= below!) {
    if (position >= 0) label += ` at position ${position}`;
    label += `: expected a ${whole ? "whole" : "finite"} number`;
    for (const bound of ["from", "above", "below"] as const)
      if (range[bound] !== undefined) label += ` ${bound} ${range[bound]}`;
    refuse(`${label}, found ${typeof value === "number" ? value : kindOf(value)}`);
  }
}

const floats = " Float32Array, Float64Array, Array,";
/** By kind of view, what it can be filled from. */
const accepted: Readonly<Record<string, string>> = {
  Float32Array: floats,
  Float64Array: floats,
  Int32Array: " Int32Array, Int16Array, Int8Array, Uint32Array, Uint16Array, Uint8Array, Uint8ClampedArray, Array,",
  Uint8Array: " Uint8Array, Array,",
};

/** Refuses what is no array that `view` can be filled from. */
export function checkArray(label: string, value: unknown, view: View): asserts value is Values {
  const expected = accepted[kindOf(view)]!;
  if (!expected.includes(` ${kindOf(value)},`)) refuse(`${label}: expected one of${expected} found ${kindOf(value)}`);
}

/** Refuses values that `view` cannot hold, and indices that are not below `below`; `place` says where they lie. */
export function checkValues(
  label: string,
  values: Values,
  view: View,
  below?: number,
  length = values.length,
  place = (i: number): number => i,
): void {
  const kind = kindOf(view);
  const whole = accepted[kind] !== floats;
  const bool = kind === "Uint8Array";
  const range = whole ? { whole, from: bool || below ? 0 : -2147483648, below: bool ? 2 : (below ?? 2147483648) } : {};
  if (whole || Array.isArray(values))
    for (let i = 0; i < length; i++) {
      const value: unknown = values[place(i)];
      checkNumber(label, bool && typeof value === "boolean" ? +value : value, range, place(i));
    }
}
