import { checkOptions, entry } from "../../compiler/ir/guards.js";
import { scheduleOf, multiplying, type StatelessSchedule } from "./scheduleDefinition.js";
import { requireInitial, requireRate } from "./options.js";
import { scalarConstant } from "./scalars.js";

export interface ExponentialLR {
  /** `initial * gamma^t`, PyTorch's `ExponentialLR`. */
  (
    initial: number,
    options: {
      /** At least 0. */
      readonly gamma: number;
    },
  ): StatelessSchedule;
}

export const exponentialLR: ExponentialLR = entry("exponentialLR", (initial, options) => {
  requireInitial("exponentialLR", initial);
  checkOptions("exponentialLR", options, ["gamma"]);
  const { gamma } = options;
  requireRate("exponentialLR", "gamma", gamma);
  return scheduleOf(multiplying("exponentialLR", initial, (t) => scalarConstant(gamma).pow(t)));
});
