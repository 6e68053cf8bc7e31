/**
 * Targets agree for all numbers of a type, not only for those that models are made for: which results are NaN, infinite or 0,
 * and the others to rounding. In float64 they are what the interpreter says.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { discrete, kinked, smooth } from "../arbitrary.js";
import { runs } from "../runs.js";
import { checkWholeRange, onWholeRange } from "./wholeRange.js";

describe.each(["float32", "float64"] as const)("in %s", (precision) => {
  test.each(Object.entries({ ...smooth, ...kinked, ...discrete }))("%s", (_, calls) => {
    fc.assert(
      fc.property(calls, fc.nat(10_000), (call, seed) => {
        expect(checkWholeRange(onWholeRange(call, seed), precision)).toBeNull();
      }),
      runs(8, 2),
    );
  });
});
