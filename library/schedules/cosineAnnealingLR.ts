import { checkOptions, entry } from "../../compiler/ir/guards.js";
import type { HostNumber } from "../../compiler/ir/tensorMethods.js";
import { scheduleOf, type StatelessSchedule } from "./scheduleDefinition.js";
import { requireCount, requireFinite, requireInitial } from "./options.js";
import { between, choose, halfCosine, scalarConstant, remainder } from "./scalars.js";

export interface CosineAnnealingLR {
  /**
   * `etaMin + (initial - etaMin) (1 + cos(pi t / tMax)) / 2`, PyTorch's `CosineAnnealingLR`: down to `etaMin` after
   * `tMax` updates, and up again after that.
   */
  (
    initial: number,
    options: {
      /** A whole number from 1. */
      readonly tMax: number;
      /** Default 0. */
      readonly etaMin?: number;
    },
  ): StatelessSchedule;
}

export const cosineAnnealingLR: CosineAnnealingLR = entry("cosineAnnealingLR", (initial, options) => {
  requireInitial("cosineAnnealingLR", initial);
  checkOptions("cosineAnnealingLR", options, ["tMax", "etaMin"]);
  const { tMax, etaMin = 0 } = options;
  requireCount("cosineAnnealingLR", "tMax", tMax);
  requireFinite("cosineAnnealingLR", "etaMin", etaMin);
  const factor = (t: HostNumber): HostNumber => halfCosine(remainder(t, 2 * tMax).div(tMax));
  return scheduleOf({
    name: "cosineAnnealingLR",
    initial,
    value: ({ t }, from) => between(etaMin, from, factor(t)),
    start: (current) => current,
    // Others may have changed the value: what of it is above etaMin shrinks as in the formula. From the lowest point, where
    // nothing is left that could grow, it rises by what the formula rises by.
    step(current, { t }) {
      const lowest = remainder(t.sub(1), 2 * tMax).eq(tMax);
      const risen = current.add(factor(scalarConstant(tMax - 1)).mul(initial - etaMin));
      return choose(lowest, risen, between(etaMin, current, factor(t).div(factor(t.sub(1)))));
    },
  });
});
