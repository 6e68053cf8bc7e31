/** Hyper-parameters: their defaults, overridden for one call by options. */

import type { FunctionSpec, HyperSpec } from "./abi.js";
import { checkNumber, type Range } from "./numbers.js";
import { own, refuse } from "./refuse.js";

/** Makes what gives the values by variable in a call. */
export function bindHyper(hyper: FunctionSpec["hyper"] = {}): (given: object) => Readonly<Record<string, number>> {
  const values: Record<string, number> = {};
  return (given) => {
    for (const name in hyper) {
      const specs = [hyper[name]!].flat() as HyperSpec[];
      const option = own(given, name);
      const numbers = [option === undefined ? specs.map(({ value }) => value) : option].flat() as number[];
      const label = `option '${name}'`;
      if (numbers.length !== specs.length)
        refuse(`${label}: expected ${specs.length} numbers, found ${numbers.length}`);
      specs.forEach((spec, i) => {
        if (option !== undefined) checkNumber(label, numbers[i], spec);
        values[spec.variable] = numbers[i]!;
      });
    }
    return values;
  };
}

/** What a schedule gives, once it is known to be usable: emitted functions compute it before their first kernel. */
export function scheduled(option: string, value: number, from?: number, above?: number, below?: number): number {
  // A comparison with a bound that is not there is false.
  if (!Number.isFinite(value) || value < from! || value <= above! || value >= below!)
    checkNumber(`the schedule of '${option}'`, value, { from, above, below } as Range);
  return value;
}
