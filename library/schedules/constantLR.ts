import { checkOptions, entry } from "../../compiler/ir/guards.js";
import { scheduleOf, multiplying, type StatelessSchedule } from "./scheduleDefinition.js";
import { requireCount, requireInitial, requirePart } from "./options.js";
import { choose } from "./scalars.js";

export interface ConstantLR {
  /** `initial * factor` for the first `totalIters` updates, then `initial`: PyTorch's `ConstantLR`. */
  (
    initial: number,
    options?: {
      /** From 0 to 1. Default 1/3. */
      readonly factor?: number;
      /** A whole number from 1. Default 5. */
      readonly totalIters?: number;
    },
  ): StatelessSchedule;
}

export const constantLR: ConstantLR = entry("constantLR", (initial, options = {}) => {
  requireInitial("constantLR", initial);
  checkOptions("constantLR", options, ["factor", "totalIters"]);
  const { factor = 1 / 3, totalIters = 5 } = options;
  requirePart("constantLR", "factor", factor);
  requireCount("constantLR", "totalIters", totalIters);
  return scheduleOf(multiplying("constantLR", initial, (t) => choose(t.lt(totalIters), factor, 1)));
});
