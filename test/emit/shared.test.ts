/** Layers of one shape are computed by the same functions, whatever they are called. */
import { callsOf } from "../../compiler/ir/program.js";
import { expect, test } from "vitest";
import { adam, input, linear, minimize, model, type Tensor } from "../../src/index.js";
import { build, numbersOf } from "../run.js";
import { eachTarget } from "../targets.js";

function deep(layers: number) {
  let h: Tensor<["batch", 16]> = input("x", ["batch", 16]);
  for (let i = 0; i < layers; i++) h = linear(`layer${i}`, 16, 16)(h).tanh();
  return model("deep", { dims: { batch: 8 }, functions: { train: minimize(h.square().mean(), adam({ lr: 1e-2 })) } });
}

test.each(eachTarget)("a deeper net needs no more functions on %s", (_, target) => {
  const functions = (layers: number): number => {
    const { program } = build(deep(layers), { target });
    return new Set(program.functions.flatMap(({ steps }) => callsOf(steps).map(({ name }) => name))).size;
  };
  expect(functions(12)).toBe(functions(6));
});

test("what differs in its element types is not shared", () => {
  const [x, i] = [input("x", [5]), input("i", [5], "int32")];
  const made = model("copies", { functions: { run: { a: x.reshape([5, 1]), b: i.reshape([5, 1]) } } });
  const live = build(made);
  expect(new Set(live.program.functions.flatMap(({ steps }) => callsOf(steps).map(({ name }) => name))).size).toBe(2);
  const result = live.call("run", { x: [1.5, 2, 3, 4, 5], i: [1, 2, 3, 4, 5] });
  expect([numbersOf(result["a"]), numbersOf(result["b"])]).toEqual([
    [1.5, 2, 3, 4, 5],
    [1, 2, 3, 4, 5],
  ]);
});
