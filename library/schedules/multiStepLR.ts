import { checkOptions, entry } from "../../compiler/ir/guards.js";
import { scheduleOf, multiplying, type StatelessSchedule } from "./scheduleDefinition.js";
import { requireInitial, requireMilestones, requireRate } from "./options.js";
import { scalarConstant } from "./scalars.js";

export interface MultiStepLR {
  /** `initial * gamma^n`, where n is the number of milestones reached: PyTorch's `MultiStepLR`. */
  (
    initial: number,
    options: {
      /** Numbers of updates, from 0; a milestone that is listed twice counts twice. */
      readonly milestones: readonly number[];
      /** At least 0. Default 0.1. */
      readonly gamma?: number;
    },
  ): StatelessSchedule;
}

export const multiStepLR: MultiStepLR = entry("multiStepLR", (initial, options) => {
  requireInitial("multiStepLR", initial);
  checkOptions("multiStepLR", options, ["milestones", "gamma"]);
  const { milestones, gamma = 0.1 } = options;
  requireMilestones("multiStepLR", milestones, 0, "in any order");
  requireRate("multiStepLR", "gamma", gamma);
  return scheduleOf(
    multiplying("multiStepLR", initial, (t) => {
      const reached = milestones.map((each) => t.ge(each));
      return scalarConstant(gamma).pow(reached.length > 0 ? reached.reduce((sum, each) => sum.add(each)) : 0);
    }),
  );
});
