import { checkOptions, entry, requireWord } from "../../compiler/ir/guards.js";
import type { HostNumber } from "../../compiler/ir/tensorMethods.js";
import { scheduleOf, type StatelessSchedule } from "./scheduleDefinition.js";
import { requireCount, requireFinite, requireInitial } from "./options.js";
import { atMost, between, choose, halfCosine, scalarConstant } from "./scalars.js";

export interface SwaLR {
  /**
   * From `initial` to `swaLr` in `annealEpochs` updates, then constant: PyTorch's `SWALR`, for the average of the
   * weights. In a sequence it begins with the last value of the schedule before it.
   */
  (
    initial: number,
    options: {
      /** The constant value. */
      readonly swaLr: number;
      /** The number of updates until then: a whole number from 0. Default 10. */
      readonly annealEpochs?: number;
      /** The shape of the curve: a cosine or a line. Default `"cos"`. */
      readonly annealStrategy?: "cos" | "linear";
    },
  ): StatelessSchedule;
}

export const swaLR: SwaLR = entry("swaLR", (initial, options) => {
  requireInitial("swaLR", initial);
  checkOptions("swaLR", options, ["swaLr", "annealEpochs", "annealStrategy"]);
  const { swaLr, annealEpochs = 10, annealStrategy = "cos" } = options;
  requireFinite("swaLR", "swaLr", swaLr);
  requireCount("swaLR", "annealEpochs", annealEpochs, 0);
  requireWord("swaLR", "annealStrategy", annealStrategy, ["cos", "linear"]);
  /** What is left of the way, from 1 to 0. */
  const left = (t: HostNumber): HostNumber => {
    if (annealEpochs === 0) return scalarConstant(0);
    const x = atMost(t, annealEpochs).div(annealEpochs);
    return annealStrategy === "cos" ? halfCosine(x) : scalarConstant(1).sub(x);
  };
  return scheduleOf({
    name: "swaLR",
    initial,
    value: ({ t }, from) => between(swaLr, from, left(t)),
    start: (current) => (annealEpochs === 0 ? scalarConstant(swaLr) : current),
    step: (current, { t }) => choose(t.gt(annealEpochs), swaLr, between(swaLr, current, left(t).div(left(t.sub(1))))),
    from: (last) => last,
  });
});
