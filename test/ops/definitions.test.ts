/** That what definitions say of their operations is so, on numbers: infinities, NaN and both zeros among them. */
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { between, exactly, type AbstractValue } from "../../compiler/ir/abstractValue.js";
import type { Attributes, Dense, ElementType, Expression, Op, OpDefinition } from "../../compiler/ir/op.js";
import { literal } from "../../compiler/ir/op.js";
import { cummax } from "../../compiler/ops/cummax.js";
import { cumsum } from "../../compiler/ops/cumsum.js";
import { input } from "../../compiler/ops/input.js";
import { max, min } from "../../compiler/ops/max.js";
import { prod } from "../../compiler/ops/prod.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { total } from "../../compiler/ops/sumInDouble.js";

type Definition = OpDefinition;

const folder = new URL("../../compiler/ops/", import.meta.url);
const files = readdirSync(folder).filter((each) => each.endsWith(".ts"));
const exported: unknown[] = (
  await Promise.all(files.map((file) => import(new URL(file, folder).href) as Promise<Record<string, unknown>>))
).flatMap((each) => Object.values(each));
const x = input("x", [5]);
const definitions: ReadonlySet<Definition> = new Set([
  ...exported.flatMap((each) => (typeof each === "function" && "definition" in each ? [(each as Op).definition] : [])),
  ...[max(x), min(x), prod(x), sum(x), total(x)].map(({ op }) => op.definition),
]);
const elementwise = [...definitions].filter(({ lowering }) => lowering?.kind === "elementwise");

const values = [-Infinity, -3, -2, -1, -0.5, -0, 0, 0.25, 1, 2, 3, Infinity, NaN];

/** How many operands an elementwise operation has: those of one do not have to agree. */
const arityOf = ({ name, align }: Definition): number => (name === "where" ? 3 : align ? 2 : 1);

const contextOf = (element: ElementType, attributes: Attributes = { to: "float" }) => ({
  attributes,
  shape: [],
  element,
  precision: "float64" as const,
  resolve: () => NaN,
  random: () => ({ key: [0, 0] as const, call: 0 }),
});

function evaluate(definition: Definition, numbers: readonly number[]): number {
  const args = numbers.map((each) => ({ shape: [], data: Float64Array.of(each) }));
  return definition.evaluate?.(args, contextOf("float"))[0] as number;
}

/** All choices of so many. */
function* choices<T>(from: readonly T[], count: number): Generator<readonly T[]> {
  if (count === 0) yield [];
  else for (const first of from) for (const rest of choices(from, count - 1)) yield [first, ...rest];
}

const isIn = (value: number, { from, to, zero, minusZero, nan }: AbstractValue): boolean => {
  if (Number.isNaN(value)) return nan;
  return value >= from && value <= to && (!Object.is(value, 0) || zero) && (!Object.is(value, -0) || minusZero);
};

const having = (field: keyof Definition): Definition[] => elementwise.filter((each) => each[field]);
const named = (some: readonly Definition[]): string[] => some.map(({ name }) => name).sort();

describe("what definitions say is so", () => {
  it("of the operations that are meant", () => {
    expect(named(having("strict"))).toEqual(["add", "div", "mul", "neg", "sqrt", "sub"]);
    expect(named(having("exactOnIntegers"))).toEqual(["abs", "add", "maximum", "minimum", "mul", "neg", "sub"]);
    expect(named(having("abstract"))).toEqual(expect.arrayContaining(["add", "cast", "maximum", "pow", "where"]));
  });

  it.each(having("strict").map((each) => [each.name, each] as const))("%s: NaN makes NaN", (_, definition) => {
    for (const numbers of choices(values, arityOf(definition))) {
      if (numbers.some(Number.isNaN)) expect(evaluate(definition, numbers), numbers.join()).toBeNaN();
    }
  });

  it.each(having("exactOnIntegers").map((each) => [each.name, each] as const))("%s: whole", (_, definition) => {
    const whole = values.filter(Number.isInteger);
    for (const numbers of choices(whole, arityOf(definition))) {
      expect(evaluate(definition, numbers), numbers.join()).toSatisfy(Number.isInteger);
    }
  });

  it.each(having("abstract").map((each) => [each.name, each] as const))("%s: what it can be", (_, definition) => {
    const node = { element: "float" as const, attributes: {} };
    const argument = (value: number): Expression => literal(value, "float");
    const ranges: readonly (readonly [AbstractValue, readonly number[]])[] = [
      ...values.map((each) => [exactly(each), [each]] as const),
      [between(-2, 1), [-2, -1, -0.5, -0, 0, 0.25, 1]],
      [between(0, Infinity), [0, 0.25, 1, 3, Infinity]],
      [between(-Infinity, -1), [-1, -3, -Infinity]],
    ];
    for (const chosen of choices(ranges, arityOf(definition))) {
      const known = definition.abstract?.(
        chosen.map(([each]) => each),
        { ...node, args: chosen.map(() => argument(0)) },
      ) as AbstractValue;
      const combined = chosen.reduce<readonly (readonly number[])[]>(
        (all, [, some]) => all.flatMap((each) => some.map((one) => [...each, one])),
        [[]],
      );
      const wrong = combined.filter((numbers) => !isIn(evaluate(definition, numbers), known));
      expect(wrong).toEqual([]);
    }
  });

  it("a square of what can be negative cannot", () => {
    const { abstract } = [...definitions].find(({ name }) => name === "mul") as Definition;
    const [same, other] = [literal(2, "float"), literal(2, "float")];
    const args = [between(-2, 3), between(-2, 3)];
    const of = (...each: Expression[]) => abstract?.(args, { element: "float", attributes: {}, args: each });
    expect(of(same, same)).toMatchObject({ from: 0, to: 9, minusZero: false });
    expect(of(same, other)).toMatchObject({ from: -6, to: 9 });
  });

  it.each(having("staysNonNegative").map((each) => [each.name, each] as const))("%s: sign", (_, definition) => {
    const count = arityOf(definition);
    const numbers = values.filter((each) => !Number.isNaN(each));
    for (const flags of choices([true, false], count)) {
      if (!definition.staysNonNegative?.(flags)) continue;
      for (const given of choices(numbers, count)) {
        if (flags.some((flag, position) => flag && !((given[position] as number) >= 0))) continue;
        // A number that is moved within its bound is not moved below 0, and -0 is not negative.
        const plain = given.map((each) => (Object.is(each, -0) ? 0 : each));
        expect(evaluate(definition, plain) < 0, `${flags.join()}: ${plain.join()}`).toBe(false);
      }
    }
  });

  it("how far results along axes move, every float one of which says so", () => {
    const along: readonly Expression[] = [max(x), min(x), prod(x), sum(x), total(x), cumsum(x, 0), cummax(x, 0)];
    for (const { op, attributes } of along) {
      const { name, evaluate: meaning, perturbation } = op.definition;
      const run = ({ data }: Dense): Float64Array =>
        meaning?.([{ shape: [5], data }], {
          ...contextOf("float", attributes),
          shape: name.startsWith("cum") ? [5] : [],
        }) as Float64Array;
      const data = Float64Array.of(-2, 0.5, 3, -1, 1.5);
      const bound = Float64Array.of(0.5, 0.25, 1, 0, 0.125);
      const reach = perturbation?.(run, { shape: [5], data }, { shape: [5], data: bound }) as Float64Array;
      const before = run({ shape: [5], data });
      for (const signs of choices([-1, 0, 1], 5)) {
        const after = run({
          shape: [5],
          data: data.map((each, i) => each + (signs[i] as number) * (bound[i] as number)),
        });
        after.forEach((each, i) => {
          expect(Math.abs(each - (before[i] as number)), name).toBeLessThanOrEqual((reach[i] as number) + 1e-12);
        });
      }
    }
    const reducing = [...definitions].filter(({ lowering }) => lowering?.kind === "reduce" || lowering?.kind === "row");
    const silent = reducing.filter(({ perturbation }) => !perturbation);
    expect(named(silent)).toEqual(["argsort", "places"]);
  });
});
