import { checkOptions, entry } from "../../compiler/ir/guards.js";
import { scheduleOf, multiplying, type StatelessSchedule } from "./scheduleDefinition.js";
import { requireCount, requireInitial, requireRate } from "./options.js";
import { scalarConstant } from "./scalars.js";

export interface StepLR {
  /** `initial * gamma^floor(t / stepSize)`, PyTorch's `StepLR`. */
  (
    initial: number,
    options: {
      /** The number of updates between multiplications by gamma: a whole number from 1. */
      readonly stepSize: number;
      /** At least 0. Default 0.1. */
      readonly gamma?: number;
    },
  ): StatelessSchedule;
}

export const stepLR: StepLR = entry("stepLR", (initial, options) => {
  requireInitial("stepLR", initial);
  checkOptions("stepLR", options, ["stepSize", "gamma"]);
  const { stepSize, gamma = 0.1 } = options;
  requireCount("stepLR", "stepSize", stepSize);
  requireRate("stepLR", "gamma", gamma);
  return scheduleOf(multiplying("stepLR", initial, (t) => scalarConstant(gamma).pow(t.div(stepSize).floor())));
});
