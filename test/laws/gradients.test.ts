/** Every gradient is the slope that finite differences in float64 measure. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { kinked, smooth } from "../arbitrary.js";
import { checkGradient } from "./check.js";
import { eachTarget } from "../targets.js";
import { runs } from "../runs.js";

describe.each(eachTarget)("on %s, the gradient of", (target) => {
  test.each(Object.entries({ ...smooth, ...kinked }))("%s", (_, calls) => {
    fc.assert(
      fc.property(calls, (call) => {
        expect(checkGradient(call, 1, target)).toBeNull();
      }),
      runs(15, 1),
    );
  });
});

describe.each(eachTarget)("on %s, the gradient of the gradient of", (target) => {
  test.each(Object.entries({ ...smooth, ...kinked }))("%s", (_, calls) => {
    fc.assert(
      fc.property(calls, (call) => {
        expect(checkGradient(call, 2, target)).toBeNull();
      }),
      runs(10, 2),
    );
  });
});
