/** Hyper-parameters of groups: only modules whose optimizers have groups import this. */

import type { Hyper } from "./abi.js";
import { readHyper } from "./hyper.js";
import { open, own, refuse } from "./refuse.js";

/**
 * The value of a group's option in a call, else the value for all, else the default. An option that only groups have is
 * [].
 */
export function readGroups(specs: Hyper, values: Record<string, number>, given: object, single?: boolean): void {
  const { groups, ...rest } = specs as unknown as Hyper & { readonly groups: Readonly<Record<string, Hyper>> };
  const plain = Object.entries(rest).filter(([, spec]) => !Array.isArray(spec) || spec.length);
  readHyper(Object.fromEntries(plain), values, given, single);
  const chosen = open("option 'groups'", own(given, "groups") ?? {}, "group", groups);
  for (const name in groups) {
    const found = open(`group '${name}'`, own(chosen, name) ?? {});
    for (const option in found)
      if (Object.hasOwn(rest, option) && !Object.hasOwn(groups[name]!, option))
        refuse(
          `group '${name}' has no ${option} of its own to override: give the group ${option} in the model, other than 0`,
        );
    const mine = open(`group '${name}'`, found, `option of group '${name}'`, groups[name]!);
    readHyper(groups[name]!, values, { ...given, ...mine }, single, `group '${name}': `);
  }
}
