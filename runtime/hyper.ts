/** Hyper-parameters: their defaults, overridden for one call by options. */

import type { Hyper, HyperSpec } from "./abi.js";
import { checkNumber, type Range } from "./numbers.js";
import { own, reading, refuse, refuseFound } from "./refuse.js";

/**
 * Puts the values by variable into `values`: those of `given`, else the defaults. `single`: they are used in float32.
 */
export function readHyper(
  specs: Hyper,
  values: Record<string, number>,
  given: object,
  single?: boolean,
  prefix = "",
): void {
  for (const name in specs) {
    const each = [specs[name]!].flat() as HyperSpec[];
    const option = own(given, name);
    const label = `${prefix}option '${name}'`;
    reading(label);
    const numbers = [option === undefined ? each.map(({ value }) => value) : option].flat() as number[];
    if (numbers.length !== each.length) refuseFound(label, `${each.length} numbers`, numbers.length);
    each.forEach((spec, i) => {
      // A default of NaN, as that of a metric which was not given, allows any number.
      const isAny = spec.value !== spec.value && typeof numbers[i] === "number";
      if (option !== undefined && !isAny) checkNumber(label, numbers[i], single ? { ...spec, single } : spec);
      values[spec.variable] = numbers[i]!;
    });
  }
}

/**
 * The value of a schedule; refuses one that cannot be used. Emitted functions call it before the inputs are copied.
 * `single`: the value is used in float32.
 */
export function scheduled(
  option: string,
  value: number,
  single: boolean,
  from?: number,
  above?: number,
  below?: number,
  updates?: number,
  step?: number,
): number {
  const label = `the schedule of '${option}'`;
  try {
    checkNumber(label, value, { from, above, below, single } as Range);
  } catch (error) {
    if (step! > updates!) refuse(`${label}: expected at most ${updates} updates, found update ${step}`);
    throw error;
  }
  return value;
}
