/** Metrics as scikit-learn computes them: test/reference/metrics.json; and what it has no word on. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Expression } from "../../compiler/ir/op.js";
import { compute, model } from "../../compiler/model/model.js";
import { gradient } from "../../compiler/ops/gradient.js";
import { input } from "../../compiler/ops/input.js";
import * as optimc from "../../src/index.js";
import { generator, inputsOf, type TensorValue } from "../arbitrary.js";
import { near, sizesOf } from "../laws/check.js";
import { build, numbersOf, poison, type Numbers } from "../run.js";
import { eachTargetAndPrecision } from "../targets.js";
import { inputsOf as inputNames } from "../stages.js";

interface Case {
  readonly name: string;
  readonly metric: string;
  readonly arguments: readonly TensorValue[];
  readonly parameters: readonly unknown[];
  readonly value: readonly number[];
  readonly shape: readonly number[];
}

const { cases } = JSON.parse(readFileSync(new URL("../reference/metrics.json", import.meta.url), "utf8")) as {
  cases: readonly Case[];
};

const metrics = optimc as unknown as Readonly<Record<string, (...parameters: unknown[]) => Expression>>;
const metric = (name: string, ...parameters: unknown[]): Expression =>
  (metrics[name] as (...parameters: unknown[]) => Expression)(...parameters);

const asNumbers = ({ element, data }: TensorValue): Numbers =>
  element === "float" ? Float64Array.from(data) : element === "int32" ? Int32Array.from(data) : Uint8Array.from(data);

describe.each(eachTargetAndPrecision)("%s in %s", (_, precision, target) => {
  test.each(cases)("$name", (each) => {
    const result = metric(each.metric, ...inputsOf(each.arguments), ...each.parameters);
    expect(sizesOf(result)).toEqual(each.shape);
    expect(result.element).toBe(each.metric === "confusionMatrix" ? "int32" : "float");
    const live = build(model("m", { precision, functions: { run: { result } } }), { target });
    const inputs = each.arguments.map((argument, position) => [`x${position}`, asNumbers(argument)] as const);
    const found = numbersOf(live.call("run", Object.fromEntries(inputs))["result"]);
    const allowed = precision === "float64" ? 1e-12 : 1e-6;
    found.forEach((value, i) => {
      const wanted = each.value[i] as number;
      if (!near(value, wanted, allowed * Math.max(1, Math.abs(wanted)))) expect(found).toEqual(each.value);
    });
    expect(found.length).toBe(each.value.length);
  });

  test("with fewer rows than the capacity, each row counts the same", () => {
    const [logits, labels] = [input("logits", ["batch", 3]), input("labels", ["batch"], "int32")];
    const [y, z] = [input("y", ["batch", 2]), input("z", ["batch", 2])];
    const predicted = (logits as Expression & { argmax(axis: number): Expression }).argmax(-1);
    const over = (average: string) => ({ average, classes: 3 });
    const outputs = {
      accuracy: metric("accuracy", logits, labels),
      top: metric("topKAccuracy", logits, labels, 2),
      matrix: metric("confusionMatrix", predicted, labels, 3),
      precision: metric("precision", predicted, labels, over("macro")),
      recall: metric("recall", predicted, labels, over("none")),
      f1: metric("f1", predicted, labels, over("micro")),
      r2: metric("r2", y, z),
    };
    const live = build(model("m", { precision, dims: { batch: 20 }, functions: { run: outputs } }), { target });
    for (const rows of [1, 5, 17, 20]) {
      const next = generator(rows);
      const numbers = (count: number) => Float64Array.from({ length: count }, () => Math.fround(next()));
      const inputs = {
        logits: numbers(rows * 3),
        labels: Int32Array.from({ length: rows }, () => Math.floor(next() * 3)),
        y: numbers(rows * 2),
        z: numbers(rows * 2),
      };
      poison(live);
      const exact = build(model("m", { precision, dims: { batch: rows }, functions: { run: outputs } }), { target });
      const [found, wanted] = [live.call("run", inputs), exact.call("run", inputs)];
      for (const name of Object.keys(outputs)) expect(numbersOf(found[name]), name).toEqual(numbersOf(wanted[name]));
      expect(numbersOf(found["matrix"]).reduce((a, b) => a + b)).toBe(rows);
    }
  });

  test("a NaN is the largest score; the top 1 are what argmax finds", () => {
    const [logits, labels] = [input("logits", [6, 3]), input("labels", [6], "int32")];
    const scores = [NaN, 1, 2, NaN, 1, NaN, NaN, 1, NaN, 1, 1, 0, Infinity, Infinity, 0, -Infinity, NaN, NaN];
    for (const k of [1, 2]) {
      const result = metric("topKAccuracy", logits, labels, k);
      const accuracy = metric("accuracy", logits, labels);
      const live = build(model("m", { precision, functions: { run: { result, accuracy } } }), { target });
      const run = (truth: readonly number[]) =>
        live.call("run", { logits: Float64Array.from(scores), labels: Int32Array.from(truth) });
      const [first, second, last] = [[0, 0, 0, 0, 0, 1], [2, 2, 2, 1, 1, 2], [1, 1, 1, 2, 2, 0]]; // prettier-ignore
      expect(run(first as number[])).toEqual({ result: 1, accuracy: 1 });
      expect(run(second as number[])).toEqual({ result: k - 1, accuracy: 0 });
      expect(run(last as number[])).toEqual({ result: 0, accuracy: 0 });
    }
  });

  test("a pair in which one is no class is not counted", () => {
    const [predicted, labels] = [input("predicted", [2, 3], "int32"), input("labels", [2, 3], "int32")];
    const outputs = {
      matrix: metric("confusionMatrix", predicted, labels, 2),
      precision: metric("precision", predicted, labels, { average: "none", classes: 2 }),
    };
    const live = build(model("m", { precision, functions: { run: outputs } }), { target });
    const found = live.call("run", {
      predicted: Int32Array.of(0, 1, -1, 2, 1, 0),
      labels: Int32Array.of(0, 0, 0, 1, -100, 2147483647),
    });
    expect(numbersOf(found["matrix"])).toEqual([1, 1, 0, 0]);
    expect(numbersOf(found["precision"])).toEqual([0.5, 0]);
  });
});

test("no gradient flows through a metric", () => {
  const [x, y, labels] = [input("x", [5, 3]), input("y", [5, 3]), input("labels", [5], "int32")];
  for (const made of [metric("accuracy", x, labels), metric("topKAccuracy", x, labels, 2), metric("r2", x, y)]) {
    const outputs = { made, gx: gradient(made, x) as Expression, gy: gradient(made, y) as Expression };
    const live = build(model("m", { functions: { run: compute(outputs) } }));
    const all = { x: Float32Array.from({ length: 15 }, (_, i) => i % 4), y: new Float32Array(15).fill(1), labels: new Int32Array(5) }; // prettier-ignore
    const given = Object.fromEntries(Object.entries(all).filter(([name]) => inputNames(live.program).includes(name)));
    const found = live.call("run", given);
    expect([...numbersOf(found["gx"]), ...numbersOf(found["gy"])].every((each) => each === 0)).toBe(true);
  }
});

describe("what is refused, in a sentence with the metric's own name", () => {
  const [x, labels] = [input("x", ["batch", 3]), input("labels", ["batch"], "int32")];
  const [times, truth] = [input("times", ["time"], "int32"), input("truth", ["batch"], "bool")];
  test.each<readonly [string, () => unknown]>([
    ["accuracy: logits [batch, 3] and labels [time] do not go together", () => metric("accuracy", x, times)],
    ["accuracy: the labels are not integers", () => metric("accuracy", x, truth)],
    ["topKAccuracy: k is out of range", () => metric("topKAccuracy", x, labels, 4)],
    ["topKAccuracy: k is out of range", () => metric("topKAccuracy", x, labels, 1.5)],
    [
      "confusionMatrix: predicted classes [batch] and labels [time] are not one shape",
      () => metric("confusionMatrix", labels, times, 3),
    ],
    [
      "confusionMatrix: the predicted classes are of the wrong element type",
      () => metric("confusionMatrix", x, labels, 3),
    ],
    ["confusionMatrix: the number of classes is missing", () => metric("confusionMatrix", labels, labels)],
    ["f1: the number of classes is not usable", () => metric("f1", labels, labels, { average: "macro", classes: 0 })],
    ["recall: there is no such average", () => metric("recall", labels, labels, { average: "weighted", classes: 3 })],
    ["precision: classes go with an average over them", () => metric("precision", labels, labels, { classes: 3 })],
    ["r2: [batch, 3] and [batch] are not one shape", () => metric("r2", x, input("y", ["batch"]))],
    ["r2: the prediction is not a tensor", () => metric("r2", 1, x)],
  ])("%s", (sentence, make) => {
    expect(make).toThrow(expect.objectContaining({ message: sentence }) as Error);
  });
});
