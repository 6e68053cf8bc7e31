import { checkOptions, entry } from "../../compiler/ir/guards.js";
import { made, multiplying, type Formula } from "./scheduleDefinition.js";
import { requireInitial, requireRate } from "./options.js";
import { numeral } from "./scalars.js";

export interface ExponentialLR {
  /** `initial * gamma^t`, PyTorch's `ExponentialLR`. */
  (
    initial: number,
    options: {
      /** At least 0. */
      readonly gamma: number;
    },
  ): Formula;
}

export const exponentialLR: ExponentialLR = entry("exponentialLR", (initial, options) => {
  requireInitial("exponentialLR", initial);
  checkOptions("exponentialLR", options, ["gamma"]);
  const { gamma } = options;
  requireRate("exponentialLR", "gamma", gamma);
  return made(multiplying("exponentialLR", initial, (t) => numeral(gamma).pow(t)));
});
