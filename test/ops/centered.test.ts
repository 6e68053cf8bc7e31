/** What is taken off is the mean, not the float32 next to it: data far from 0, and data that are all alike. */
import { describe, expect, test } from "vitest";
import { batchNorm, compute, gradient, input, layerNorm, model, r2, type Tensor } from "../../src/index.js";
import { build, numbersOf } from "../run.js";
import { eachTargetAndPrecision } from "../targets.js";

const [rows, columns] = [6, 50];

/** As float32 holds them, around `center` with a deviation of about 1. */
const around = (center: number): Float32Array =>
  Float32Array.from({ length: rows * columns }, (_, i) => center + 1.7 * Math.sin(12.9898 * i + 0.3 * Math.cos(7 * i)));

/** In double, from the numbers that float32 holds. */
function statistics(values: readonly number[]): { mean: number; squares: number } {
  const shift = values[0] as number;
  const mean = values.reduce((sum, each) => sum + (each - shift), 0) / values.length + shift;
  return { mean, squares: values.reduce((sum, each) => sum + (each - mean) ** 2, 0) };
}

const row = (data: Float32Array, at: number): number[] => [...data.slice(at * columns, (at + 1) * columns)];
const column = (data: Float32Array, at: number): number[] => [...data].filter((_, i) => i % columns === at);

/** `(x - mean) / deviation` of each line. */
const normal = (lines: readonly (readonly number[])[]): number[][] =>
  lines.map((line) => {
    const { mean, squares } = statistics(line);
    return line.map((each) => (each - mean) / Math.sqrt(squares / line.length + 1e-5));
  });

function expectNear(found: readonly number[], wanted: readonly number[], relative: number): void {
  const most = Math.max(...wanted.map(Math.abs));
  expect(found).toHaveLength(wanted.length);
  found.forEach((each, i) => expect(Math.abs(each - (wanted[i] as number)), `${i}`).toBeLessThan(relative * most));
}

const turned = (lines: readonly (readonly number[])[]): number[] =>
  (lines[0] as readonly number[]).flatMap((_, at) => lines.map((line) => line[at] as number));

describe.each(eachTargetAndPrecision)("on %s in %s", (_, precision, target) => {
  const x = input("x", [rows, columns]);
  const run = (result: unknown, data: ArrayLike<number>): number[] => {
    const made = model("far", { precision, functions: { run: compute({ result: result as Tensor<[]> }) } });
    return numbersOf(build(made, { target }).call("run", { x: data } as never)["result"]);
  };
  const allowed = precision === "float32" ? 1e-6 : 1e-10;

  test.each([0, 1e3, 1e6, -1e6])("around %d", (center) => {
    const data = around(center);
    const [byRow, byColumn] = [
      Array.from({ length: rows }, (_, at) => row(data, at)),
      Array.from({ length: columns }, (_, at) => column(data, at)),
    ];
    const variances = byRow.map((line) => statistics(line).squares / (columns - 1));
    expectNear(run(x.variance(-1), data), variances, allowed);
    expectNear(run(x.std(-1), data), variances.map(Math.sqrt), allowed);
    const ofColumns = byColumn.map((line) => statistics(line).squares / rows);
    expectNear(run(x.variance(0, { correction: 0 }), data), ofColumns, allowed);
    expectNear(run(x.variance(), data), [statistics([...data]).squares / (rows * columns - 1)], allowed);
    expectNear(run(gradient(x.variance(-1).sum(), x), data), byRow.flatMap((line) => line.map((each) => (2 * (each - statistics(line).mean)) / (columns - 1))), allowed); // prettier-ignore
    expectNear(run(layerNorm("layer", columns)(x as never), data), normal(byRow).flat(), allowed);
    expectNear(
      run(batchNorm("batch", columns, { trackRunningStatistics: false })(x as never), data),
      turned(normal(byColumn)),
      allowed,
    );
    const prediction = x.mul(0).add(center);
    const errors = [...data].map((each) => (each - Math.fround(center)) ** 2);
    const parts = byColumn.map((line, at) => {
      const sum = errors.filter((_, i) => i % columns === at).reduce((a, b) => a + b, 0);
      return 1 - sum / statistics(line).squares;
    });
    expectNear(run(r2(prediction as never, x as never), data), [parts.reduce((a, b) => a + b, 0) / columns], 1e-5);
  });

  test.each([0.1, 1 / 3, 1e6 + 0.0625, -7e-30, 3e30])("all elements are %d: no deviation, and no slope", (value) => {
    for (const count of [3, 7, 10, 100, 1000]) {
      const line = input("x", [count]);
      const data = new Float64Array(count).fill(precision === "float32" ? Math.fround(value) : value);
      expect(run(line.std(), data)).toEqual([0]);
      expect(run(line.variance(), data)).toEqual([0]);
      expect(run(gradient(line.std(), line), data).map(Math.abs)).toEqual([...new Float64Array(count)]);
      expect(run(layerNorm("layer", count)(line as never), data).map(Math.abs)).toEqual([...new Float64Array(count)]);
    }
  });
});
