/** Every loss is what the interpreter says, and its gradients are the slopes that finite differences measure. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkGradient, checkValue } from "../laws/check.js";
import { runs } from "../runs.js";
import { eachTarget, eachTargetAndPrecision } from "../targets.js";
import { kinked, smooth } from "./calls.js";

describe.each(eachTargetAndPrecision)("%s in %s", (target, precision) => {
  test.each(Object.entries({ ...smooth, ...kinked }))("%s", (_, calls) => {
    fc.assert(
      fc.property(calls, (call) => {
        expect(checkValue(call, precision, target)).toBeNull();
      }),
      runs(10, 1),
    );
  });
});

describe.each(eachTarget)("on %s, the gradient of", (target) => {
  test.each(Object.entries({ ...smooth, ...kinked }))("%s", (_, calls) => {
    fc.assert(
      fc.property(calls, (call) => {
        expect(checkGradient(call, 1, target)).toBeNull();
      }),
      runs(10, 1),
    );
  });
});

describe.each(eachTarget)("on %s, the gradient of the gradient of", (target) => {
  test.each(Object.entries(smooth))("%s", (_, calls) => {
    fc.assert(
      fc.property(calls, (call) => {
        expect(checkGradient(call, 2, target)).toBeNull();
      }),
      runs(6, 2),
    );
  });
});
