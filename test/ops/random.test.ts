/** Random tensors in a graph: their moments, streams and counters, and the bits that the interpreter gives. */
import { describe, expect, test } from "vitest";
import type { Expression } from "../../compiler/ir/op.js";
import { compute, minimize, model } from "../../compiler/model/model.js";
import { add } from "../../compiler/ops/add.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { dropout, evaluating } from "../../compiler/ops/dropout.js";
import { normal, uniform, xavierNormal, xavierUniform } from "../../compiler/ops/initializers.js";
import { input } from "../../compiler/ops/input.js";
import { max, min } from "../../compiler/ops/max.js";
import { mul } from "../../compiler/ops/mul.js";
import { param } from "../../compiler/ops/param.js";
import { randomNormal, randomUniform } from "../../compiler/ops/random.js";
import { sgd } from "../../library/optimizers/sgd.js";
import { bitDifference, meaning } from "../laws/check.js";
import { build, numbersOf, poison } from "../run.js";
import { eachTarget, eachTargetAndPrecision } from "../targets.js";

const record = (result: Record<string, unknown>): Record<string, number[]> =>
  Object.fromEntries(Object.entries(result).map(([name, value]) => [name, numbersOf(value as Float32Array)]));

const moments = (values: readonly number[]) => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const central = (power: number) => values.reduce((total, each) => total + (each - mean) ** power, 0) / values.length;
  return { mean, std: Math.sqrt(central(2)), fourth: central(4) / central(2) ** 2 };
};

describe.each(eachTargetAndPrecision)("on %s in %s", (name, precision, target) => {
  test("moments are those that were asked for", () => {
    const shape = [100, 200];
    const functions = {
      run: {
        plain: randomNormal(shape),
        normal: randomNormal(shape, { mean: -3, std: 0.5 }),
        unit: randomUniform(shape),
        uniform: randomUniform(shape, { low: -2, high: 4 }),
      },
    };
    const found = record(build(model("m", { precision, functions }), { target }).call("run"));
    // Of 20,000 draws: a mean is off by 0.007 standard deviations, one time in three.
    const wanted = {
      plain: [0, 1, 3],
      normal: [-3, 0.5, 3],
      unit: [0.5, 12 ** -0.5, 1.8],
      uniform: [1, 3 ** 0.5, 1.8],
    };
    for (const [key, [mean, std, fourth]] of Object.entries(wanted) as [string, [number, number, number]][]) {
      const values = found[key] as number[];
      const of = moments(values);
      expect(Math.abs(of.mean - mean) / std, key).toBeLessThan(0.035);
      expect(Math.abs(of.std / std - 1), key).toBeLessThan(0.03);
      expect(Math.abs(of.fourth - fourth), key).toBeLessThan(0.15);
      expect(new Set(values).size).toBeGreaterThan(19_900);
    }
    expect(Math.min(...(found["uniform"] as number[]))).toBeGreaterThanOrEqual(-2);
    expect(Math.max(...(found["uniform"] as number[]))).toBeLessThan(4);
  });

  test("the bits are the interpreter's, in every call", () => {
    const functions = { run: { u: randomUniform([5, 17]), n: randomNormal([17, 3], { name: "noise" }) } };
    const made = model("m", { precision, functions });
    const live = build(made, { target, seed: 11 });
    for (const call of [0, 1, 2]) {
      const found = record(live.call("run"));
      const wanted = meaning(made, "run", { seed: 11, call }, name);
      for (const key of ["u", "n"]) {
        expect(bitDifference(key, found[key] as number[], wanted[key]?.data as Float64Array)).toBeNull();
      }
    }
  });

  test("fewer rows than there is room for are the first of a build for as many", () => {
    const x = input("x", ["batch", "time"]);
    const made = (batch: number, time: number) => {
      const noise = randomNormal(["batch", 3, "time"], { name: "a" });
      const run = { n: noise, u: add(x, randomUniform(["batch", "time"], { low: -1, name: "b" })) };
      return model("m", { precision, dims: { batch, time }, functions: { run } });
    };
    const dims = { batch: 5, time: 3 };
    const given = { x: Array.from({ length: 15 }, (_, i) => i) };
    const exact = build(made(5, 3), { target }).call("run", given, { dims });
    const live = build(made(64, 9), { target });
    poison(live);
    expect(live.call("run", given, { dims })).toEqual(exact);
  });
});

describe("streams", () => {
  test("are named, or numbered by order among the model's random operations", () => {
    const shape = [50];
    const draws = (make: () => Record<string, Expression>, seed = 1) =>
      record(build(model("m", { functions: { run: make() } }), { seed }).call("run"));
    const [plain, again] = [0, 1].map(() => draws(() => ({ a: randomNormal(shape), b: randomNormal(shape) })));
    expect(again).toEqual(plain);
    expect(plain?.["a"]).not.toEqual(plain?.["b"]);
    expect(draws(() => ({ a: randomNormal(shape) }), 2)["a"]).not.toEqual(plain?.["a"]);
    const named = draws(() => ({ a: randomNormal(shape, { name: "n" }), b: randomNormal(shape, { name: "n" }) }));
    expect(named["a"]).toEqual(named["b"]);
    // A dropout between them takes a number of its own.
    const between = draws(() => {
      const a = randomNormal(shape);
      const c = dropout(a);
      return { a, b: randomNormal(shape), c };
    });
    expect(between["a"]).toEqual(plain?.["a"]);
    expect(between["b"]).not.toEqual(plain?.["b"]);
    expect(named["a"]).toEqual(draws(() => ({ first: randomNormal([1]), a: randomNormal(shape, { name: "n" }) }))["a"]);
  });

  test("go on from a saved state, and do not depend on the mode", () => {
    const noise = randomNormal([20], { name: "noise" });
    const functions = { run: { noise, evaluated: evaluating(noise) } };
    const live = build(model("m", { functions }));
    const first = record(live.call("run"));
    expect(first["evaluated"]).toEqual(first["noise"]);
    const saved = live.state();
    const second = record(live.call("run"));
    expect(second).not.toEqual(first);
    const other = build(model("m", { functions }), { seed: 9 });
    other.load(saved);
    expect(record(other.call("run"))).toEqual(second);
  });
});

test.each(eachTarget)("on %s a draw is the same wherever it is used, forward and backward", (_, target) => {
  for (const fusion of ["none", "all"] as const) {
    const [w, noise] = [param("w", [17, 5], 0), randomNormal([17, 5])];
    // The gradient of sum(w noise) is the noise.
    const train = minimize(sum(mul(w, noise)), sgd({ lr: 1 }), { also: { noise: mul(noise, -1) } });
    const live = build(model("m", { functions: { train } }), { target, fusion });
    const { noise: found } = live.call("train");
    expect(numbersOf(found)).toEqual(Array.from(live.parameters["w"] as Float32Array));
  }
});

test("faults", () => {
  expect(() => randomNormal([3], { std: -1 })).toThrow("randomNormal: std is negative");
  expect(() => randomUniform([3], { low: NaN })).toThrow("randomUniform: low is not a finite number");
  expect(() => randomUniform([0])).toThrow("randomUniform: not a usable shape");
  expect(() => randomNormal([3], { name: "" })).toThrow("randomNormal: not a usable name");
  expect(() => model("m", { functions: { run: { noise: randomNormal(["rows", 3]) } } })).toThrow(
    "the dimension 'rows' has no capacity",
  );
  const own = compute({ noise: randomNormal(["rows", 3]) }, { dims: { rows: 4 } });
  const live = build(model("m", { functions: { run: own } }));
  expect(numbersOf(live.call("run", {}, { dims: { rows: 2 } })["noise"]).length).toBe(6);
});

test.each(eachTargetAndPrecision)("on %s in %s no rounding reaches the end of an interval", (_, precision, target) => {
  const most = (low: number, high: number): number => {
    const u = randomUniform([50_000], { low, high, name: "u" });
    const functions = { run: compute({ least: min(u), most: max(u) }) };
    const live = build(model("m", { precision, functions }), { target });
    const found = live.call("run") as { least: number; most: number };
    const round = precision === "float32" ? Math.fround : (x: number): number => x;
    expect(found.least).toBeGreaterThanOrEqual(round(low));
    expect(found.most).toBeLessThan(round(high));
    return found.most;
  };
  expect(most(1000, 1001)).toBeGreaterThan(1000.999);
  expect(most(1, 1 + 2 ** -22)).toBeGreaterThan(1);
  expect(most(-1, 1)).toBeGreaterThan(0.999);
});

test("intervals and deviations that are none are refused by who was given them", () => {
  expect(() => randomUniform([3], { low: 3, high: 1 })).toThrow("randomUniform: low is above high");
  expect(() => uniform(3, 1)).toThrow("uniform: from is above to");
  expect(() => normal(0, -1)).toThrow("normal: deviation is out of range");
  expect(() => xavierUniform(-1)).toThrow("xavierUniform: gain is out of range");
  expect(() => xavierNormal(-1)).toThrow("xavierNormal: gain is out of range");
});
