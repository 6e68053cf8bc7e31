/** What finite differences decide, and what they leave open. */
import { expect, test } from "vitest";
import { judge } from "../../compiler/check/slope.js";

const kindOf = (f: (t: number) => number, wanted: number): string => judge(f, wanted, 1).kind;

test("a slope is told from one that is a millionth off", () => {
  const f = (t: number): number => Math.exp(Math.sin(1 + t));
  const slope = Math.exp(Math.sin(1)) * Math.cos(1);
  expect(kindOf(f, slope)).toBe("agrees");
  expect(kindOf(f, slope * 1.000002)).toBe("differs");
  expect(kindOf(f, -slope)).toBe("differs");
});

test("at a kink every gradient between the two slopes may be right", () => {
  for (const wanted of [-1, 0, 0.3, 1]) expect(kindOf((t) => Math.abs(t) + 2, wanted)).not.toBe("differs");
  expect(kindOf((t) => Math.max(t, 0) + 2, 0)).toBe("undecided");
});

test("kinks beside the point are passed by shorter steps", () => {
  expect(kindOf((t) => Math.abs(t - 3e-5) + 2, -1)).toBe("agrees");
  expect(kindOf((t) => Math.abs(t - 3e-5) + 2, 1)).toBe("differs");
});

test("a jump decides nothing", () => {
  expect(kindOf((t) => (t > 0 ? 3 : 2), 0)).toBe("undecided");
  expect(kindOf(() => NaN, 0)).toBe("undecided");
});
