/** Refuses numbers and arrays that are not allowed. */

import type { Range as Bounds } from "./abi.js";
import { kindOf, lengthOf, refuseFound } from "./refuse.js";
import type { Values, View } from "./tensor.js";

export interface Range extends Bounds {
  /** Whether it is stored in float32, whose range is smaller than that of doubles. */
  readonly single?: boolean;
}

/** Seeds and counters: the whole numbers that a double holds exactly. */
export const counts: Range = { whole: true, from: 0, below: 9007199254740992 };
export const sizes: Range = { whole: true, from: 1 };

/** Refuses all but finite numbers in a range. */
export function checkNumber(label: string, value: unknown, range: Range, position = -1): void {
  const { whole, from, above, below, single } = range;
  const number = value as number;
  const isFinite = Number.isFinite(value);
  const isTooLarge = isFinite && single && !Number.isFinite(Math.fround(number));
  // A comparison with an absent bound is false.
  if (!isFinite || isTooLarge || (whole && number % 1) || number < from! || number <= above! || number >= below!) {
    if (position >= 0) label += ` at position ${position}`;
    let expected = `a ${whole ? "whole" : "finite"} number`;
    if (isTooLarge) expected += " of float32";
    for (const bound of ["from", "above", "below"] as const)
      if (range[bound] !== undefined) expected += ` ${bound} ${range[bound]}`;
    refuseFound(label, expected, typeof value === "number" ? value : kindOf(value));
  }
}

/** Refuses values that `view` cannot hold, and indices that are not below `below`; `place` says where they lie. */
export function checkValues(
  label: string,
  values: Values,
  view: View,
  below?: number,
  length = lengthOf(view),
  place = (i: number): number => i,
  looksThrough = Array.isArray(values),
): void {
  const kind = kindOf(view);
  const whole = kind < "F" || kind > "G";
  const bool = kind === "Uint8Array";
  const range = whole
    ? { whole, from: bool || below ? 0 : -2147483648, below: bool ? 2 : (below ?? 2147483648) }
    : { single: kind === "Float32Array" };
  if (whole || looksThrough)
    for (let i = 0; i < length; i++) {
      const value: unknown = values[place(i)];
      checkNumber(label, bool && typeof value === "boolean" ? +value : value, range, place(i));
    }
}
