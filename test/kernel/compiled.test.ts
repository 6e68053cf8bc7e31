/** What the planner must hold in one kernel: rows that are reduced and then mapped, two carried scalars, computed places. */
import { callsOf } from "../../compiler/ir/program.js";
import { expect, test } from "vitest";
import type { Kernel } from "../../compiler/ir/kernel.js";
import { accessesOf } from "../../compiler/plan/verify/access.js";
import { compileProgram } from "../../compiler/compile.js";
import { js } from "../../compiler/targets/js/js.js";
import {
  gather,
  input,
  minimize,
  model,
  param,
  sgd,
  zeros,
  type Model,
  type Dim,
  type Tensor,
} from "../../src/index.js";
import { build, numbersOf } from "../run.js";
import { countStatements, loopsAt } from "./run.js";

function kernelsOf(made: Model, name = "run"): readonly Kernel[] {
  const found = compileProgram(made, { target: js }).functions.find((each) => each.name === name);
  return found ? callsOf(found.steps).map(({ kernel }) => kernel) : [];
}

const only = (kernels: readonly Kernel[]): Kernel => {
  expect(kernels.map(({ name }) => name)).toHaveLength(1);
  return kernels[0] as Kernel;
};

const rows = (values: readonly number[], width: number): number[][] =>
  Array.from({ length: values.length / width }, (_, row) => values.slice(row * width, (row + 1) * width));

const sample = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.round(1000 * Math.sin(i * 12.9898) * 3) / 500);

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

test("softmax: one kernel with one loop of rows, three loops in it", () => {
  const x = input("x", ["batch", 5]);
  const made = model("m", { precision: "float64", dims: { batch: 4 }, functions: { run: { y: x.softmax() } } });
  const kernel = only(kernelsOf(made));
  expect(loopsAt(kernel, 0)).toHaveLength(1);
  // The maximum, the sum, and the division.
  expect(loopsAt(kernel, 1)).toHaveLength(3);
  expect(countStatements(kernel).store).toBe(1);
  const values = sample(15);
  const result = numbersOf(build(made).call("run", { x: Float64Array.from(values) })["y"]);
  const expected = rows(values, 5).flatMap((row) => {
    const shifted = row.map((each) => Math.exp(each - Math.max(...row)));
    return shifted.map((each) => each / sum(shifted));
  });
  expect(result).toHaveLength(15);
  for (const [i, each] of expected.entries()) expect(result[i]).toBeCloseTo(each, 14);
});

test("layerNorm, written with operations: one kernel with one loop of rows", () => {
  const layerNorm = <N extends Dim, C extends Dim>(x: Tensor<[N, C]>): Tensor<[N, C]> => {
    const centered = x.sub(x.mean(1, { keepDim: true }));
    const variance = centered.square().mean(1, { keepDim: true });
    return centered.div(variance.add(1e-5).sqrt());
  };
  const x = input("x", ["batch", 6]);
  const [scale, shift] = [param("scale", [6], 2), param("shift", [6], 1)];
  const y = layerNorm(x).mul(scale).add(shift);
  const made = model("m", { precision: "float64", dims: { batch: 4 }, functions: { run: { y } } });
  // The number of columns is known before the first kernel.
  const kernel = only(kernelsOf(made));
  expect(loopsAt(kernel, 0)).toHaveLength(1);
  expect(countStatements(kernel).store).toBe(1);
  const values = sample(24);
  const result = numbersOf(build(made).call("run", { x: Float64Array.from(values) })["y"]);
  const expected = rows(values, 6).flatMap((row) => {
    const mean = sum(row) / 6;
    const variance = sum(row.map((each) => (each - mean) ** 2)) / 6;
    return row.map((each) => ((each - mean) / Math.sqrt(variance + 1e-5)) * 2 + 1);
  });
  for (const [i, each] of expected.entries()) expect(result[i]).toBeCloseTo(each, 13);
});

test("argmax: one loop carries the most and its place", () => {
  const x = input("x", ["batch", 7]);
  const made = model("m", { dims: { batch: 5 }, functions: { run: { place: x.sqrt().argmax(1) } } });
  const kernel = only(kernelsOf(made));
  const [inner] = loopsAt(kernel, 1);
  expect(loopsAt(kernel, 1)).toHaveLength(1);
  expect(inner?.kind === "loop" && inner.carried.map(({ type }) => type)).toEqual(["f32", "i32"]);
  const values = [1, 4, 9, 9, 2, 9, 0, 5, -1, 6, -1, 7, 8, 9, 3, 3, 3, 3, 3, 3, 3];
  // The first of equal ones; the first that is not a number.
  expect(numbersOf(build(made).call("run", { x: values })["place"])).toEqual([2, 1, 0]);
});

test("gather: one kernel, one computed place a row", () => {
  const table = input("table", [6, 3]);
  const at = input("at", ["batch"], "int32");
  const made = model("m", { dims: { batch: 5 }, functions: { run: { y: gather(table, at) } } });
  const kernel = only(kernelsOf(made));
  expect(countStatements(kernel)).toMatchObject({ loop: 2, bind: 1, store: 1 });
  const values = sample(18).map(Math.fround);
  const result = numbersOf(build(made).call("run", { table: values, at: [5, 0, 0, 3] })["y"]);
  expect(result).toEqual([5, 0, 0, 3].flatMap((row) => rows(values, 3)[row]));
});

test("scatterAdd: one kernel, zeros and then one addition for each row that was read", () => {
  const table = param("table", [6, 3], zeros());
  const at = input("at", ["batch"], "int32");
  const weights = input("weights", ["batch", 3]);
  const loss = gather(table, at).mul(weights).sum();
  const made = model("m", { dims: { batch: 5 }, functions: { train: minimize(loss, sgd({ lr: 1 })) } });
  const scatter = kernelsOf(made, "train").filter(({ body }) =>
    accessesOf({ name: "", doc: [], body }).accesses.some(({ kind }) => kind === "add"),
  );
  expect(scatter).toHaveLength(1);
  const { store } = countStatements(scatter[0] as Kernel);
  expect(store).toBe(2);
  const net = build(made);
  const values = sample(12).map(Math.fround);
  net.call("train", { at: [2, 5, 2, 0], weights: values });
  const expected = new Float32Array(18);
  for (const [i, row] of [2, 5, 2, 0].entries())
    for (let j = 0; j < 3; j++)
      expected[row * 3 + j] = Math.fround((expected[row * 3 + j] as number) + (values[i * 3 + j] as number));
  expect(Array.from(net.parameters["table"] as Float32Array)).toEqual(Array.from(expected, (each) => 0 - each));
});
