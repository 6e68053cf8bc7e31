/** Programs in which a fusion that seems possible would close a cycle of kernels; values are PyTorch's. */
import { describe, expect, test } from "vitest";
import { verifyProgram } from "../../compiler/plan/verify/verify.js";
import { gather, gradient, input, linear, minimize, model, normal, param, sgd, type Model } from "../../src/index.js";
import { build, numbersOf, type Live, type Numbers } from "../run.js";
import { eachTarget } from "../targets.js";
import { placedOf } from "../stages.js";

interface Program {
  readonly make: () => Model;
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  readonly inputs: Readonly<Record<string, Numbers>>;
  readonly observe: (net: Live, inputs: Program["inputs"]) => readonly number[];
  readonly wanted: readonly number[];
}

const range = (count: number, by: number, from: number): number[] =>
  Array.from({ length: count }, (_, i) => i * by + from);

const programs: Readonly<Record<string, Program>> = {
  "a policy's gradient: one logarithm of a softmax, times every return": {
    make() {
      const scores = param("scores", [4], normal(0, 1));
      const action = input("action", [], "int32");
      const returns = input("returns", ["steps"]);
      const loss = returns.mul(gather(scores.logSoftmax(), action)).sum().neg();
      return model("m", {
        precision: "float64",
        dims: { steps: 8 },
        functions: { train: minimize(loss, sgd({ lr: 0.1 })) },
      });
    },
    parameters: { scores: [0.5, -1, 2, 0.25] },
    inputs: { returns: [1, -0.5, 2], action: [2] },
    observe: (net, inputs) => [
      net.call("train", inputs)["loss"] as number,
      ...(net.parameters["scores"] as Float64Array),
    ],
    wanted: [0.9231974961206334, 0.4614412936789595, -1.0086036103165301, 2.0771918673146175, 0.2199704493229533],
  },

  "the loss and the gradient of one probability": {
    make() {
      const w = input("w", ["n"]);
      const x = param("x", [5], normal(0, 1));
      const loss = w.mul(gather(x.softmax(), input("i", [], "int32"))).sum();
      return model("m", { precision: "float64", dims: { n: 8 }, functions: { f: { loss, slope: gradient(loss, x) } } });
    },
    parameters: { x: [0.5, -1, 2, 0.25, 1] },
    inputs: { w: [1, -0.5, 2], i: [3] },
    observe(net, inputs) {
      const { loss, slope } = net.call("f", inputs);
      return [loss as number, ...numbersOf(slope)];
    },
    wanted: [
      0.23941468878677924, -0.029439823098696083, -0.006568912442753501, -0.13194013341411234, 0.2164869315040311,
      -0.048538062548469194,
    ],
  },

  "a bias used by itself, and through a part of a product": {
    make() {
      const layer = linear("layer", 6, 3);
      const part = layer(input("x", [3, 6])).slice([
        [1, 3, 3],
        [-5, null, 2],
      ]);
      const loss = layer.bias.variance().add(part.square().mean());
      return model("m", { precision: "float64", functions: { train: minimize(loss, sgd({ lr: 0.1 })) } });
    },
    parameters: { "layer.weight": range(18, 0.1, -0.8), "layer.bias": [0.5, -1, 2] },
    inputs: { x: range(18, -0.2, 1.5) },
    observe: (net, inputs) => [
      net.call("train", inputs)["loss"] as number,
      ...(net.parameters["layer.bias"] as Float64Array),
      ...(net.parameters["layer.weight"] as Float64Array),
    ],
    wanted: [
      2.9565, 0.41899999999999993, -0.85, 1.763, -0.8243, -0.7081000000000001, -0.5919000000000001, -0.4757, -0.3595,
      -0.24330000000000002, -0.19999999999999996, -0.09999999999999998, 0.0, 0.09999999999999998, 0.19999999999999996,
      0.30000000000000004, 0.3739000000000002, 0.4913, 0.6087000000000001, 0.7261, 0.8435, 0.9609000000000001,
    ],
  },
};

describe.each(eachTarget)("on %s", (_, target) => {
  test.each(Object.entries(programs))("%s", (_, { make, parameters, inputs, observe, wanted }) => {
    const [fused, unfused] = (["all", "none"] as const).map((fusion) => {
      const net = build(make(), { fusion, target });
      expect(verifyProgram(placedOf(net.stages))).toEqual([]);
      for (const [name, values] of Object.entries(parameters)) net.parameters[name]?.set(values);
      return observe(net, inputs);
    }) as [readonly number[], readonly number[]];
    expect(fused).toEqual(unfused);
    expect(fused).toHaveLength(wanted.length);
    for (const [position, each] of wanted.entries()) expect(fused[position]).toBeCloseTo(each, 12);
  });
});

test.each(eachTarget)("a product over an axis of one element, of a tiled operand, on %s", (_, target) => {
  const [x, w, v] = [input("x", [6]), param("w", [12, 3], normal(0, 1)), input("v", [3])];
  const tiled = x.tile([2]);
  const loss = tiled.matmul(w).matmul(v).add(tiled.std().div(w.exp()).sum());
  const made = (): Model =>
    model("m", {
      precision: "float64",
      functions: { f: { loss, slope: gradient(loss, w), other: gradient(loss, x) } },
    });
  const [fused, unfused] = (["all", "none"] as const).map((fusion) => {
    const net = build(made(), { fusion, target, seed: 1 });
    expect(verifyProgram(placedOf(net.stages))).toEqual([]);
    return net.call("f", { x: range(6, 0.3, -1), v: [1, -2, 0.5] });
  });
  expect(fused).toEqual(unfused);
});
