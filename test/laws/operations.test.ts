/** Every operation, compiled and run, is what the interpreter says: to 1e-12 in float64, within its bound in float32. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { discrete, kinked, smooth } from "../arbitrary.js";
import { checkValue } from "./check.js";
import { eachTargetAndPrecision } from "../targets.js";
import { runs } from "../runs.js";

describe.each(eachTargetAndPrecision)("%s in %s", (target, precision) => {
  test.each(Object.entries({ ...smooth, ...kinked, ...discrete }))("%s", (_, calls) => {
    fc.assert(
      fc.property(calls, (call) => {
        expect(checkValue(call, precision, target)).toBeNull();
      }),
      runs(15, 1),
    );
  });
});
