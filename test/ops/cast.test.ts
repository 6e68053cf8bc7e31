/** Conversions between element types have one meaning: cut toward zero, the nearest integer beyond 32 bits, 0 for NaN. */
import { describe, expect, test } from "vitest";
import { cast } from "../../compiler/ops/cast.js";
import type { ElementType, Expression } from "../../compiler/ir/op.js";
import { meaning } from "../laws/check.js";
import { constant, input, model } from "../../src/index.js";
import { build, numbersOf } from "../run.js";
import { eachTargetAndPrecision } from "../targets.js";

const [least, most] = [-(2 ** 31), 2 ** 31 - 1];
const floats = [0, -0, 0.9375, -0.9375, 2.5, -2.5, 2 ** 30, 2 ** 31, -(2 ** 31), 2 ** 32 + 1024, 1e10, -1e30, Infinity, -Infinity, NaN]; // prettier-ignore
const whole = [0, 0, 0, 0, 2, -2, 2 ** 30, most, least, most, most, least, most, least, 0];

const to = (x: unknown, element: ElementType): Expression => cast.node([x as Expression], { to: element });

describe.each(eachTargetAndPrecision)("on %s in %s", (name, precision, target) => {
  const run = (result: Expression, inputs: Readonly<Record<string, ArrayLike<number>>> = {}): readonly number[] => {
    const made = model("casts", { precision, functions: { run: { result: result as never } } });
    const found = numbersOf(build(made, { target }).call("run", inputs as never)["result"]);
    const wanted = meaning(made, "run", { inputs }, name).result?.data ?? [];
    const alike = (each: number): number =>
      (precision === "float32" && result.element === "float" ? Math.fround(each) : each) + 0;
    expect(found.map((each) => each + 0)).toEqual(Array.from(wanted, alike));
    return found;
  };
  const given = { x: (precision === "float32" ? Float32Array : Float64Array).from(floats) };
  const x = input("x", [floats.length]);

  test("of floats to integers", () => expect(run(to(x, "int32"), given)).toEqual(whole));

  test("of doubles to integers", () => {
    // The number lies between two integers that only a double tells apart.
    expect(run(to(to(to(x, "double"), "int32"), "int32"), given)).toEqual(whole);
  });

  test("of floats to truth values", () => {
    expect(run(to(to(x, "bool"), "int32"), given)).toEqual(floats.map((each) => Number(each !== 0)));
  });

  test("of integers to floats, doubles and truth values", () => {
    const integers = [0, 1, -1, most, least, 2 ** 24 + 1];
    const n = input("n", [integers.length], "int32") as unknown as Expression;
    const rounded = precision === "float32" ? integers.map(Math.fround) : integers;
    expect(run(to(n, "float"), { n: integers })).toEqual(rounded);
    expect(run(to(to(n, "double"), "float"), { n: integers })).toEqual(rounded);
    expect(run(to(to(n, "bool"), "float"), { n: integers })).toEqual([0, 1, 1, 1, 1, 1]);
  });

  test("of truth values to integers, floats and doubles", () => {
    const b = input("b", [3], "bool") as unknown as Expression;
    for (const each of [to(b, "int32"), to(b, "float"), to(to(b, "double"), "float"), to(to(b, "int32"), "bool")])
      expect(run(each.element === "bool" ? to(each, "int32") : each, { b: [0, 1, 1] })).toEqual([0, 1, 1]);
  });

  test("of constants, one number or several", () => {
    for (const [value, wanted] of [
      [1e10, most],
      [-1e10, least],
      [2.75, 2],
    ] as const)
      // prettier-ignore
      expect(run(to(constant(value), "int32"))).toEqual([wanted]);
    expect(run(to(constant([3e9, -3e9, -2.75]), "int32"))).toEqual([most, least, -2]);
  });
});
