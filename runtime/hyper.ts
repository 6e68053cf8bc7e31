/** Hyper-parameters: their defaults, overridden for one call by options. */

import type { FunctionSpec, HyperSpec } from "./abi.js";
import { checkNumber, type Range } from "./numbers.js";
import { own, refuse, refuseUnknown } from "./refuse.js";

type Specs = FunctionSpec["hyper"] & object;

/** Makes what gives the values by variable in a call: what a group is given, else what all are, else the default. */
export function bindHyper(
  hyper: Specs = {},
  groups: FunctionSpec["groups"] = {},
): (given: { readonly groups?: object }) => Readonly<Record<string, number>> {
  const values: Record<string, number> = {};
  const read = (options: Specs, given: object, label: string, all: object = {}): void => {
    for (const name in options) {
      const specs = [options[name]!].flat() as HyperSpec[];
      const option = own(given, name) ?? own(all, name);
      const numbers = [option === undefined ? specs.map(({ value }) => value) : option].flat() as number[];
      const what = `${label}option '${name}'`;
      if (numbers.length !== specs.length) refuse(`${what}: expected ${specs.length} numbers, found ${numbers.length}`);
      specs.forEach((spec, i) => {
        if (option !== undefined) checkNumber(what, numbers[i], spec);
        values[spec.variable] = numbers[i]!;
      });
    }
  };
  return (given) => {
    const own = given.groups ?? {};
    refuseUnknown("group", own, groups);
    read(hyper, given, "");
    for (const name in groups) {
      const mine = ((own as Record<string, object>)[name] ?? {}) as object;
      refuseUnknown(`option of group '${name}'`, mine, groups[name]!);
      read(groups[name]!, mine, `group '${name}': `, given);
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
