/** What is suggested where somebody writes what other libraries call it. */
import { expect, it } from "vitest";
import { methodNames } from "../../compiler/ir/op.js";
import { insteadOf } from "../../compiler/read/elsewhere.js";
import * as optimc from "../../src/index.js";
import type { Model } from "../../compiler/model/model.js";
import { build, numbersOf } from "../run.js";

const suggested = (method: string) => insteadOf(method, methodNames(), Object.keys(optimc));

it.each([
  ["ceil", "ceil is written x.neg().floor().neg()"],
  ["mm", "mm is written x.matmul(y)"],
  ["bmm", "bmm is written x.matmul(y), which takes leading axes"],
  ["batchMatMul", "batchMatMul is written x.matmul(y), which takes leading axes"],
  ["matMul", "did you mean matmul?"],
  ["clamp_min", "clamp_min is written x.maximum(low)"],
  ["clipByValue", "clipByValue is written x.clamp(low, high)"],
  ["permute", "permute is written x.transpose(permutation)"],
  ["view", "view is written x.reshape(shape)"],
  ["pow2", "pow2 is written x.square()"],
  ["reduceSum", "reduceSum is written x.sum(axes)"],
  ["expandDims", "expandDims is written x.unsqueeze(axis)"],
  ["logicalAnd", "logicalAnd is written x.and(y)"],
  ["masked_fill", "masked_fill is written with the function where(mask, value, x)"],
  ["detach", "detach is written with the function stopGradient(x)"],
  ["clone", "clone is written with the tensor itself, which never changes"],
  ["var", "var is written x.variance(axes)"],
  ["sub_", "write sub: tensors never change, and the result is a new one"],
  ["unsqueeze_", "write unsqueeze: tensors never change, and the result is a new one"],
  ["gather", "gather is a function: gather(x, ...)"],
  ["dropout", "dropout is a function: dropout(x, ...)"],
  ["acos", "there is no acos among the operations"],
  ["rleu", "did you mean relu?"],
  ["softMax", "did you mean softmax?"],
  ["logsumexp", "did you mean logSumExp?"],
  ["flattern", "did you mean flatten?"],
  ["fill", "docs/reference.md and the types of optimc list the methods of tensors"],
  ["item", "docs/reference.md and the types of optimc list the methods of tensors"],
  ["numpy", "docs/reference.md and the types of optimc list the methods of tensors"],
  ["constructor", "docs/reference.md and the types of optimc list the methods of tensors"],
])("x.%s: %s", (method, words) => {
  expect(suggested(method)).toBe(words);
});

it("two axes, as other libraries take them, are no permutation", () => {
  const x = optimc.input("x", [2, 3, 4]);
  const transpose = x.transpose.bind(x) as unknown as (...axes: number[]) => unknown;
  expect(() => transpose(1, 2)).toThrow("transpose: the permutation is not an array");
});

it("what is suggested for operations that are not here computes them", () => {
  const x = optimc.input("x", [6]);
  const y = optimc.constant(1.5);
  const values = [-2.5, -1.5, -0.25, 0.5, 1.75, 3];
  const written = {
    ceil: x.neg().floor().neg(),
    trunc: x.sign().mul(x.abs().floor()),
    sinh: x.exp().sub(x.neg().exp()).mul(0.5),
    cosh: x.exp().add(x.neg().exp()).mul(0.5),
    tan: x.sin().div(x.cos()),
    remainder: x.sub(x.div(y).floor().mul(y)),
    expm1: x.exp().sub(1),
  };
  const wanted: Record<keyof typeof written, (value: number) => number> = {
    ceil: Math.ceil,
    trunc: Math.trunc,
    sinh: Math.sinh,
    cosh: Math.cosh,
    tan: Math.tan,
    remainder: (value) => value - Math.floor(value / 1.5) * 1.5,
    expm1: Math.expm1,
  };
  const model = optimc.model("m", { precision: "float64", functions: { run: written } }) as unknown as Model;
  const found = build(model).call("run", { x: values });
  for (const [name, of] of Object.entries(wanted)) {
    const numbers = numbersOf(found[name]!);
    for (const [at, value] of values.entries()) expect(numbers[at], name).toBeCloseTo(of(value), 10);
  }
});
