/** Hyper-parameters of groups: only modules whose optimizers have groups import this. */

import type { Hyper } from "./abi.js";
import { readHyper } from "./hyper.js";
import { kindOf, own, refuse, refuseUnknown } from "./refuse.js";

/** What a group is given in a call, else what all are given, else its default. An option that only groups have is []. */
export function readGroups(specs: Hyper, values: Record<string, number>, given: object): void {
  const { groups, ...rest } = specs as unknown as Hyper & { readonly groups: Readonly<Record<string, Hyper>> };
  const plain = Object.entries(rest).filter(([, spec]) => !Array.isArray(spec) || spec.length);
  readHyper(Object.fromEntries(plain), values, given);
  const chosen = (own(given, "groups") ?? {}) as object;
  if (typeof chosen !== "object" || !chosen) refuse(`option 'groups': expected an object, found ${kindOf(chosen)}`);
  refuseUnknown("group", chosen, groups);
  for (const name in groups) {
    const mine = (own(chosen, name) ?? {}) as object;
    if (typeof mine !== "object") refuse(`group '${name}': expected an object, found ${kindOf(mine)}`);
    refuseUnknown(`option of group '${name}'`, mine, groups[name]!);
    readHyper(groups[name]!, values, { ...given, ...mine }, `group '${name}': `);
  }
}
