/** The options of `minimize` that change updates: the use of the gradients beside the optimizer. */
import { fail } from "../diagnostics.js";
import type { Place } from "../ir/place.js";
import type { Size } from "../ir/size.js";
import type { Average } from "./average.js";
import type { Clip } from "./clip.js";
import { groupOf } from "./groups.js";
import type { Group, Optimizer, StateInit } from "./updateRule.js";

export interface Training {
  readonly optimizer: Optimizer;
  readonly clip: Clip | null;
  /** How many calls make one update. */
  readonly accumulate: number;
  /** Whether an update with a gradient that is not finite is left out. */
  readonly skipNonFinite: boolean;
  readonly average: Average | null;
  /** The place of the option in the user's file. */
  readonly place: Place | undefined;
}

/** The names of kept tensors: sums of gradients until enough calls have added theirs, and averages over the steps. */
export const sumName = "accumulated_grad";
export const averageName = "running_average";

/** The group that updates a parameter, and all tensors that are kept for it, by name. */
export function keptFor(
  { optimizer, accumulate, average }: Training,
  name: string,
  shape: readonly Size[],
): { readonly group: Group; readonly states: Readonly<Record<string, StateInit>> } {
  const group = groupOf(optimizer, name, shape);
  const own = group.rule.states(shape);
  const more = [...(accumulate > 1 ? [sumName] : []), ...(average ? [averageName] : [])];
  for (const each of more) {
    if (!Object.hasOwn(own, each)) continue;
    fail({
      code: "invalid-optimizer",
      message: `${group.rule.name}: it keeps a state called '${each}', as minimize does`,
      expected: `another name than ${each}`,
      found: each,
    });
  }
  return { group, states: { ...own, ...Object.fromEntries(more.map((each) => [each, { shape, value: 0 }])) } };
}
