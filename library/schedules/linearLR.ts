import { checkOptions, entry, requireOption } from "../../compiler/ir/guards.js";
import { scheduleOf, multiplying, type StatelessSchedule } from "./scheduleDefinition.js";
import { requireCount, requireInitial, requirePart } from "./options.js";
import { atMost, between } from "./scalars.js";

export interface LinearLR {
  /**
   * `initial` times a factor that goes linearly from `startFactor` to `endFactor` in `totalIters` updates, and then
   * stays: PyTorch's `LinearLR`.
   */
  (
    initial: number,
    options?: {
      /** Above 0, to 1. Default 1/3. */
      readonly startFactor?: number;
      /** From 0 to 1. Default 1. */
      readonly endFactor?: number;
      /** A whole number from 1. Default 5. */
      readonly totalIters?: number;
    },
  ): StatelessSchedule;
}

export const linearLR: LinearLR = entry("linearLR", (initial, options = {}) => {
  requireInitial("linearLR", initial);
  checkOptions("linearLR", options, ["startFactor", "endFactor", "totalIters"]);
  const { startFactor = 1 / 3, endFactor = 1, totalIters = 5 } = options;
  requireOption("linearLR", "startFactor", startFactor, startFactor > 0 && startFactor <= 1, "a number above 0, to 1");
  requirePart("linearLR", "endFactor", endFactor);
  requireCount("linearLR", "totalIters", totalIters);
  return scheduleOf(
    multiplying("linearLR", initial, (t) => between(startFactor, endFactor, atMost(t, totalIters).div(totalIters))),
  );
});
