/** Hyper-parameters of groups: only modules whose optimizers have groups import this. */

import type { HyperGroups } from "./abi.js";
import { readHyper, type HyperSpecs } from "./hyper.js";
import { own, refuseUnknown } from "./refuse.js";

/** What a group is given in a call, else what all are given, else its default. */
export function hyperGroups(groups: Readonly<Record<string, HyperSpecs>>): HyperGroups {
  return {
    options: Object.assign({ groups }, ...Object.values(groups)) as object,
    read(values, options) {
      const given = (own(options, "groups") ?? {}) as Record<string, object>;
      refuseUnknown("group", given, groups);
      for (const name in groups) {
        const mine = (own(given, name) ?? {}) as object;
        refuseUnknown(`option of group '${name}'`, mine, groups[name]!);
        readHyper(groups[name]!, values, `group '${name}': `, mine, options);
      }
    },
  };
}
