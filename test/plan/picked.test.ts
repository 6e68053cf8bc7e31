/** Elements that are picked where all are the same: no index is read, and the schedule is right without it. */
import { describe, expect, test } from "vitest";
import { verifyProgram } from "../../compiler/plan/verify/verify.js";
import {
  crossEntropy,
  gather,
  input,
  linear,
  minimize,
  model,
  normal,
  param,
  sgd,
  split,
  takeAlongAxis,
  type Model,
} from "../../src/index.js";
import { build, numbersOf } from "../run.js";
import { eachTarget } from "../targets.js";
import { placedOf } from "../stages.js";

const x = input("x", ["n", 4]);
const labels = input("labels", ["n"], "int32");
const layer = linear("layer", 4, 1);
const wanted = input("wanted", ["n", 1], "int32");
const table = param("table", [1, 3], normal(0, 1));
const single = param("single", [4], normal(0, 1));
const first = input("first", [1], "int32");

const losses = {
  "logits that are one number": crossEntropy(layer(x).expand([-1, 3]), labels),
  "logits that are tiled": crossEntropy(layer(x).tile([1, 3]), labels),
  "a function of logits that are one number": crossEntropy(layer(x).expand([-1, 3]).tanh(), labels),
  "rows of a table of equal rows": gather(table.expand([3, 3]), labels).sum(),
  "rows of a function of equal rows": gather(table.expand([3, 3]).exp().add(1), labels).sum(),
  "places along an axis": takeAlongAxis(layer(x).expand([-1, 3]).exp(), wanted, 1).sum(),
  "rows that one index names": gather(gather(single, first.expand([3])).exp(), labels).sum(),
};

const inputs = {
  x: [0.5, -1, 2, 0.25, 1, 1.5, -0.5, 0.75],
  labels: Int32Array.of(2, 0),
  wanted: Int32Array.of(1, 2),
  first: Int32Array.of(3),
};

describe.each(eachTarget)("on %s", (_, target) => {
  test.each(Object.entries(losses))("%s", (_, loss) => {
    const made = (): Model =>
      model("m", { precision: "float64", dims: { n: 4 }, functions: { train: minimize(loss, sgd({ lr: 0.1 })) } });
    const [fused, unfused] = (["all", "none"] as const).map((fusion) => {
      const net = build(made(), { fusion, target, seed: 1 });
      expect(verifyProgram(placedOf(net.stages))).toEqual([]);
      const mentioned = Object.keys(inputs).filter((name) => net.program.leaves.has(`input:train:${name}`));
      const given = Object.fromEntries(mentioned.map((name) => [name, inputs[name as keyof typeof inputs]]));
      const { loss: found } = net.call("train", given);
      return [found, ...Object.values(net.parameters).map((each) => [...each])];
    });
    expect(fused).toEqual(unfused);
  });

  test("equal logits of three classes cost log 3, and have no gradient", () => {
    const loss = losses["logits that are one number"];
    const net = build(model("m", { dims: { n: 4 }, functions: { train: minimize(loss, sgd({ lr: 0.1 })) } }), {
      target,
    });
    const before = [...(net.parameters["layer.weight"] as Float32Array)];
    expect(net.call("train", { x: inputs.x, labels: inputs.labels })["loss"]).toBeCloseTo(Math.log(3), 6);
    for (const [at, each] of before.entries()) expect(net.parameters["layer.weight"]?.[at]).toBeCloseTo(each, 6);
  });

  test("of a split named axis only the first part is used: it must be there", () => {
    const [part] = split(input("z", ["m"]), [2, -1]);
    const net = build(model("m", { dims: { m: 9 }, functions: { f: { part } } }), { target });
    expect(numbersOf(net.call("f", { z: [1, 2] })["part"])).toEqual([1, 2]);
    expect(numbersOf(net.call("f", { z: [1, 2, 3] })["part"])).toEqual([1, 2]);
    expect(() => net.call("f", { z: [1] })).toThrow("m.f: split needs 'm' to be at least 2, found 1");
  });
});
