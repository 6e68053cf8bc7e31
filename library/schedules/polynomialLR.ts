import { checkOptions, entry } from "../../compiler/ir/guards.js";
import { scheduleOf, multiplying, type StatelessSchedule } from "./scheduleDefinition.js";
import { requireCount, requireInitial, requireRate } from "./options.js";
import { atMost, scalarConstant } from "./scalars.js";

export interface PolynomialLR {
  /** `initial * (1 - t / totalIters)^power`, and 0 after `totalIters` updates: PyTorch's `PolynomialLR`. */
  (
    initial: number,
    options?: {
      /** A whole number from 1. Default 5. */
      readonly totalIters?: number;
      /** At least 0. Default 1: along a line. */
      readonly power?: number;
    },
  ): StatelessSchedule;
}

export const polynomialLR: PolynomialLR = entry("polynomialLR", (initial, options = {}) => {
  requireInitial("polynomialLR", initial);
  checkOptions("polynomialLR", options, ["totalIters", "power"]);
  const { totalIters = 5, power = 1 } = options;
  requireCount("polynomialLR", "totalIters", totalIters);
  requireRate("polynomialLR", "power", power);
  return scheduleOf(
    multiplying("polynomialLR", initial, (t) => {
      const left = scalarConstant(1).sub(atMost(t, totalIters).div(totalIters));
      return power === 1 ? left : left.pow(power);
    }),
  );
});
