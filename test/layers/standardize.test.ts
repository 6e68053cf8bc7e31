/** Standardization: statistics of what was observed, as two passes in float64 give them, and inputs standardized by them. */
import { describe, expect, it, test } from "vitest";
import { checkModel } from "../../compiler/check/check.js";
import { formatReport, passed } from "../../compiler/check/report.js";
import { isOptimcError } from "../../compiler/diagnostics.js";
import type { Model } from "../../compiler/model/model.js";
import { adam, compute, gradient, input, linear, minimize, model, mse, standardize } from "../../src/index.js";
import { build, numbersOf, type Live } from "../run.js";
import { allTargetsAndPrecisions } from "../targets.js";

type Precision = "float32" | "float64";

function netOf(features: number, precision: Precision): Model {
  const x = input("x", ["batch", features]);
  const norm = standardize("norm", features);
  const y = norm(x);
  const cotangent = input("cotangent", ["batch", features]);
  return model("net", {
    dims: { batch: 40 },
    precision,
    functions: {
      observe: compute({ before: y }, { effects: norm.observe(x) }),
      twice: compute({ rows: norm.count }, { effects: [...norm.observe(x), ...norm.observe(x.mul(2))] }),
      apply: { y, dx: gradient(y.mul(cotangent).sum(), x) },
    },
  }) as unknown as Model;
}

interface Statistics {
  readonly mean: readonly number[];
  readonly variance: readonly number[];
}

/** In two passes. */
function statisticsOf(rows: readonly (readonly number[])[]): Statistics {
  const columns = (rows[0] as readonly number[]).map((_, at) => rows.map((row) => row[at] as number));
  const mean = columns.map((column) => column.reduce((sum, each) => sum + each, 0) / column.length);
  const variance = columns.map(
    (column, at) => column.reduce((sum, each) => sum + (each - mean[at]!) ** 2, 0) / column.length,
  );
  return { mean, variance };
}

const kept = (live: Live): Statistics & { readonly count: number } => {
  const { state } = live.state();
  const of = (name: string): number[] => Array.from(state[`norm.${name}`] as ArrayLike<number>);
  return { count: of("count")[0]!, mean: of("mean"), variance: of("variance") };
};

const close = (found: readonly number[], wanted: readonly number[], by: number, scale: (at: number) => number): void =>
  wanted.forEach((each, at) =>
    expect(Math.abs(found[at]! - each), `${at}: ${found[at]} for ${each}`).toBeLessThanOrEqual(by * scale(at)),
  );

/** Rows whose features have means and deviations of all sizes. */
const rowsOf = (count: number, features: number, offset: number): number[][] =>
  Array.from({ length: count }, (_, row) =>
    Array.from({ length: features }, (_, at) =>
      Math.fround(offset * (at + 1) + 3 ** (at % 5) * Math.sin(row * 12.9898 + at * 78.233)),
    ),
  );

function observed(live: Live, rows: readonly (readonly number[])[], sizes: readonly number[]): void {
  for (let at = 0, turn = 0; at < rows.length; turn++) {
    const part = rows.slice(at, (at += sizes[turn % sizes.length]!));
    live.call("observe", { x: part.flat() });
  }
}

describe.each(allTargetsAndPrecisions)("on %s in %s", (_, precision, target) => {
  const unit = precision === "float32" ? 2 ** -24 : 2 ** -53;

  test.each([1, 3, 5, 17])("%i features have the statistics of all rows, however they come", (features) => {
    for (const [count, offset, sizes] of [
      [1, 0, [1]],
      [3, 5, [1]],
      [40, 0, [40]],
      [39, 2, [7]],
      [100, -9, [1, 17, 3, 40]],
    ] as const) {
      const live = build(netOf(features, precision), { target });
      const rows = rowsOf(count, features, offset);
      observed(live, rows, sizes);
      const [wanted, found] = [statisticsOf(rows), kept(live)];
      expect(found.count).toBe(count);
      const size = (at: number) => Math.abs(wanted.mean[at]!) + Math.sqrt(wanted.variance[at]!);
      close(found.mean, wanted.mean, 40 * unit, size);
      close(found.variance, wanted.variance, 200 * unit, (at) => wanted.variance[at]! + unit * size(at) ** 2);
    }
  });

  it("keeps small deviations around large means", () => {
    const live = build(netOf(2, precision), { target });
    const rows = rowsOf(200, 2, 10_000);
    observed(live, rows, [40, 9]);
    const wanted = statisticsOf(rows);
    close(kept(live).variance, wanted.variance, precision === "float32" ? 1e-2 : 1e-9, (at) => wanted.variance[at]!);
  });

  it("is the identity before anything was observed, and standardizes by what was observed before the call", () => {
    const live = build(netOf(3, precision), { target });
    const rows = rowsOf(12, 3, 4);
    const x = rows.flat();
    expect(numbersOf(live.call("observe", { x })["before"])).toEqual(x);
    const { mean, variance } = statisticsOf(rows);
    const cotangent = x.map((_, at) => Math.cos(at));
    const { y, dx } = live.call("apply", { x, cotangent });
    const standard = x.map((each, at) => (each - mean[at % 3]!) / Math.sqrt(variance[at % 3]!));
    close(numbersOf(y), standard, 200 * unit, () => 1);
    close(
      numbersOf(dx),
      cotangent.map((each, at) => each / Math.sqrt(variance[at % 3]!)),
      100 * unit,
      () => 1,
    );
    expect(numbersOf(live.call("observe", { x })["before"])).toEqual(numbersOf(y));
  });

  it("makes 0 of a feature that does not vary, large or small", () => {
    for (const value of [0, 0.1, 1e-30, 12345.678, -7e8]) {
      const live = build(netOf(2, precision), { target });
      const rows = Array.from({ length: 37 }, (_, row) => [Math.fround(value), row]);
      observed(live, rows, [5, 1, 8]);
      const y = numbersOf(live.call("apply", { x: rows.flat(), cotangent: rows.flat() })["y"]);
      const bound = 64 * unit * Math.max(1, Math.abs(value));
      rows.forEach((_, row) => expect(Math.abs(y[2 * row]!)).toBeLessThanOrEqual(bound));
      expect(Math.abs(y[1]!)).toBeGreaterThan(1);
    }
  });

  it("takes in two inputs of one function one after another", () => {
    const live = build(netOf(2, precision), { target });
    const rows = rowsOf(9, 2, 1);
    live.call("twice", { x: rows.flat() });
    const wanted = statisticsOf([...rows, ...rows.map((row) => row.map((each) => 2 * each))]);
    const found = kept(live);
    expect(found.count).toBe(18);
    close(found.mean, wanted.mean, 40 * unit, (at) => Math.abs(wanted.mean[at]!) + 1);
    close(found.variance, wanted.variance, 200 * unit, (at) => wanted.variance[at]!);
  });
});

test("a model with it is checked, and features may have several axes", () => {
  const x = input("x", ["batch", "time", 2, 3]);
  const norm = standardize("norm", [2, 3]);
  const features = norm(x).reshape(["batch", "time", 6]).mean(1);
  const loss = mse(linear("out", 6, 1)(features), input("y", ["batch", 1]));
  const made = model("net", {
    dims: { batch: 5, time: 3 },
    functions: { train: minimize(loss, adam(), { effects: norm.observe(x) }), predict: { loss: norm(x) } },
  }) as unknown as Model;
  const report = checkModel(made);
  expect(formatReport(report)).not.toContain("failed");
  expect(passed(report)).toBe(true);
});

test("what does not fit is refused at its line", () => {
  const refused = (act: () => unknown): string => {
    try {
      act();
      return "taken";
    } catch (error) {
      if (!isOptimcError(error)) throw error;
      return error.message;
    }
  };
  const norm = standardize("norm", 4);
  const any = norm as unknown as { (x: unknown): unknown; observe(x: unknown): unknown };
  expect(refused(() => any(input("x", ["batch", 3])))).toBe("standardize 'norm': the input has 3 features, not 4");
  expect(refused(() => any.observe(input("x", ["batch", 3])))).toBe(
    "standardize 'norm': the input has 3 features, not 4",
  );
  expect(refused(() => any.observe(input("x", [4])))).toBe("standardize 'norm': the input has no rows");
  expect(refused(() => any.observe(input("x", ["batch", 4], "int32")))).toMatch(/^standardize 'norm': /);
  expect(refused(() => standardize("norm", 0 as never))).toBe("standardize 'norm': a number of features is not usable");
});
