/** The places that an index takes, as bounds and as an exact set, equal those of running the loops. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { add, evaluate, floorDiv, indexSize, mod, mul, size, type Index, type Size } from "../../compiler/ir/size.js";
import { add as addScalars, constant, indexValue, lt, select, variable } from "../../compiler/ir/scalar.js";
import { splitLinear } from "../../compiler/ir/linearIndex.js";
import { intervalOf } from "../../compiler/plan/verify/interval.js";
import { valueAt } from "../../compiler/plan/verify/points.js";
import { boundsOf, coversExactly, digitsOf, looseBounds } from "../../compiler/plan/verify/range.js";
import { runs } from "../runs.js";

/** All values of an index, by running the loops. */
function values(
  index: Size,
  extents: Readonly<Record<string, number>>,
  sizes: Readonly<Record<string, number>>,
): number[] {
  let points: Record<string, number>[] = [{}];
  for (const [id, extent] of Object.entries(extents)) {
    points = points.flatMap((point) => Array.from({ length: extent }, (_, i) => ({ ...point, [id]: i })));
  }
  return points.map((point) => evaluate(index, (name) => point[name] ?? sizes[name]));
}

const index = (id: string, extent: Size): Size => indexSize({ id, extent } satisfies Index);

test("a flattened index, split into the axes of another shape, covers it exactly at every size", () => {
  const shape = fc.array(fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom("n", "m")), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(shape, fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), (dims, n, m) => {
      const sizes = { n, m };
      const capacity = { n: 5, m: 6 };
      const axes = dims.map(size);
      const numbers = axes.map((each) => evaluate(each, (name) => sizes[name as "n"]));
      const strides = axes.map((_, axis) =>
        axes.slice(axis + 1).reduce((product, each) => product * evaluate(each, (name) => capacity[name as "n"]), 1),
      );
      const total = mul(...axes);
      const at = splitLinear(index("t", total), axes);
      const place = at.reduce((sum, each, axis) => add(sum, mul(each, size(strides[axis] as number))), size(0));
      const extent = numbers.reduce((a, b) => a * b, 1);
      const digits = digitsOf(place, sizes, () => extent);
      expect(digits?.exact).toBe(true);
      if (!digits) return;
      const all = values(place, { t: extent }, sizes);
      expect(boundsOf(digits)).toEqual({ from: Math.min(...all), to: Math.max(...all) });
      expect(coversExactly(digits, numbers, strides)).toBe(true);
      if (extent > 1) expect(coversExactly({ ...digits, constant: 1 }, numbers, strides)).toBe(false);
    }),
    runs(400, 1),
  );
});

test("bounds hold of any expression, exact ones are reached", () => {
  const [i, j] = [index("i", size("n")), index("j", size(6))];
  const leaf = fc.oneof(fc.constantFrom(i, j, size("n")), fc.nat(9).map(size));
  const expression = fc.letrec<{ size: Size }>((tie) => ({
    size: fc.oneof(
      { depthSize: "small" },
      leaf,
      fc.tuple(tie("size"), tie("size")).map(([a, b]) => add(a, b)),
      fc.tuple(tie("size"), fc.integer({ min: -4, max: 4 })).map(([a, b]) => mul(a, size(b))),
      fc.tuple(tie("size"), fc.integer({ min: 1, max: 7 })).map(([a, b]) => floorDiv(a, size(b))),
      fc.tuple(tie("size"), fc.integer({ min: 1, max: 7 })).map(([a, b]) => mod(a, size(b))),
    ),
  })).size;
  fc.assert(
    fc.property(expression, fc.integer({ min: 1, max: 8 }), (each, n) => {
      const sizes = { n };
      const extents = { i: n, j: 6 };
      const extentOf = (id: string): number | undefined => extents[id as "i"];
      const all = values(each, extents, sizes);
      const digits = digitsOf(each, sizes, extentOf);
      const bounds = digits ? boundsOf(digits) : looseBounds(each, sizes, extentOf);
      expect(bounds.from).toBeLessThanOrEqual(Math.min(...all));
      expect(bounds.to).toBeGreaterThanOrEqual(Math.max(...all));
      if (digits?.exact) expect(bounds).toEqual({ from: Math.min(...all), to: Math.max(...all) });
    }),
    runs(1000, 2),
  );
});

test("overlapping and incomplete places cover nothing", () => {
  const at = (coefficient: number, extent: number) => ({ id: "", coefficient, extent });
  const covers = (digits: readonly ReturnType<typeof at>[], shape: number[], strides: number[]) =>
    coversExactly({ constant: 0, digits, exact: true }, shape, strides);
  expect(covers([at(5, 3), at(1, 5)], [3, 5], [5, 1])).toBe(true);
  expect(covers([at(1, 15)], [3, 5], [5, 1])).toBe(true);
  expect(covers([at(5, 3), at(1, 5)], [15], [1])).toBe(true);
  expect(covers([at(8, 3), at(1, 5)], [3, 5], [8, 1])).toBe(true);
  expect(covers([at(1, 15)], [3, 5], [8, 1])).toBe(false);
  expect(covers([at(4, 3), at(1, 5)], [3, 5], [5, 1])).toBe(false);
  expect(covers([at(5, 3), at(1, 4)], [3, 5], [5, 1])).toBe(false);
  expect(covers([at(5, 3), at(1, 6)], [3, 5], [5, 1])).toBe(false);
});

test("a clamped int32 lies in its axis, whatever memory holds", () => {
  const value = variable("memory", "i32");
  const last = indexValue(add(size("n"), size(-1)));
  const low = select(lt(value, 0), constant(0, "i32"), value);
  const clamped = select(lt(last, low), last, low);
  const of = (scalar: typeof value) => intervalOf(scalar, { n: 5 }, () => undefined, new Map([["low", low]]));
  expect(of(clamped)).toEqual({ from: 0, to: 4 });
  expect(of(select(lt(last, variable("low", "i32")), last, variable("low", "i32")))).toEqual({ from: 0, to: 4 });
  expect(of(low)).toEqual({ from: 0, to: Infinity });
  expect(of(value)).toEqual({ from: -Infinity, to: Infinity });
  expect(of(select(lt(last, value), last, value))).toEqual({ from: -Infinity, to: 4 });
});

test("a number that is used twice, fifty times over, is looked at once", () => {
  let sum = constant(1, "i32");
  for (let i = 0; i < 50; i++) sum = addScalars(sum, sum);
  expect(intervalOf(sum, {}, () => undefined, new Map())).toEqual({ from: 2 ** 50, to: 2 ** 50 });
  expect(valueAt(sum, new Map(), {}, new Map())).toBe(2 ** 50);
});
