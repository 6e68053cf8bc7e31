/** Computed indices that kernels clamp: the result says how many, and says nothing where none can lie outside. */
import { describe, expect, it } from "vitest";
import {
  accuracy,
  checkpoint,
  compute,
  concat,
  constant,
  crossEntropy,
  embedding,
  gather,
  input,
  minimize,
  model,
  oneHot,
  param,
  scatterAdd,
  sgd,
  takeAlongAxis,
  topK,
  topKAccuracy,
  where,
  type Tensor,
} from "../../src/index.js";
import { emitDeclaration } from "../../compiler/emit/declaration.js";
import { build, type Live } from "../run.js";
import { eachTarget } from "../targets.js";

type Functions = Parameters<typeof model>[1]["functions"];
type Target = (typeof eachTarget)[number][1];
const js = eachTarget.find(([name]) => name === "js")?.[1] as Target;
const built = (functions: Functions, target = js, dims = {}): Live =>
  build(model("m", { dims: { n: 5, v: 9, ...dims }, functions }), { target });
const outputsOf = (live: Live): string[] => live.program.functions[0]?.outputs.map(({ name }) => name) ?? [];

const x = input("x", ["n"]);
const labels = input("labels", ["n"], "int32");
const table = param("table", [4, 3], 0.5);
const logits = input("logits", ["v"]);
const scores = input("scores", ["n", 4]);

describe.each(eachTarget)("on %s", (_, target) => {
  it("of a gather", () => {
    const live = built({ run: compute({ rows: gather(table, x.toInt()) }) }, target);
    expect(live.call("run", { x: [0, 3, -1, 4, 1e30] })["clamped"]).toBe(3);
    expect(live.call("run", { x: Float32Array.of(0, 3, NaN, 2) })["clamped"]).toBe(0);
    expect(live.call("run", { x: [9] })["clamped"]).toBe(1);
  });

  it("of an axis with a name", () => {
    const at = x.toInt();
    const live = built({ run: compute({ picked: gather(input("of", ["v"]), at) }) }, target);
    expect(live.call("run", { x: [0, 3, 2], of: [1, 2, 3] })["clamped"]).toBe(1);
    expect(live.call("run", { x: [0, 3, 2], of: [1, 2, 3, 4] })["clamped"]).toBe(0);
  });

  it("of labels, with the one that is ignored, in a step that trains", () => {
    const net = param("w", [4], 0.5);
    const loss = crossEntropy(scores.add(net), x.toInt(), { ignoreIndex: -1 });
    const live = built({ train: minimize(loss, sgd({ lr: 0.1 })) }, target);
    const result = live.call("train", { x: [0, -1, 57, 3, -100], scores: new Array<number>(20).fill(0) });
    expect(result["clamped"]).toBe(2);
  });

  it("of rows that an update touches: once, though forward, gradient and update read them", () => {
    const layer = embedding("e", 7, 3);
    const rows = layer(labels.add(1) as never) as unknown as Tensor<[number]>;
    const live = built({ train: minimize(rows.square().sum(), sgd({ lr: 0.1 })) }, target);
    expect(live.call("train", { labels: [6, 5, 0, 7, -1] })["clamped"]).toBe(2);
  });
});

it("of a constant at an axis with a name, in calls in which that is shorter", () => {
  const live = built({ run: compute({ picked: gather(input("of", ["v"]), constant([0, 3], "int32")) }) });
  expect(live.call("run", { of: [1, 2, 3] })["clamped"]).toBe(1);
  expect(live.call("run", { of: [1, 2, 3, 4] })["clamped"]).toBe(0);
});

it("of what a constant of many elements is added to", () => {
  const many = constant({ shape: [300_000], data: new Int32Array(300_000).fill(2) }, "int32");
  const live = built({ run: compute({ sum: gather(param("t", [4], 1), many.add(1)).sum() }) });
  expect(live.call("run")).toEqual({ sum: 300_000 });
});

describe("once", () => {
  it("for indices that two tables of one size are read at, and rows are added at", () => {
    const at = x.toInt();
    const run = {
      a: gather(table, at),
      b: gather(param("b", [4], 0.5), at),
      c: scatterAdd(table, at, input("u", ["n", 3])),
    };
    const live = built({ run: compute(run) });
    expect(live.call("run", { x: [5, 7, 1], u: new Array<number>(9).fill(1) })["clamped"]).toBe(2);
  });

  it("for each bound, where the sizes differ", () => {
    const at = x.toInt();
    const live = built({ run: compute({ a: gather(table, at), b: gather(param("b", [6], 0.5), at) }) });
    expect(live.call("run", { x: [5, 7, 1] })["clamped"]).toBe(2 + 1);
  });

  it("for an index of several axes that views show in another order", () => {
    const at = input("y", ["n", 2]).toInt();
    const live = built({
      run: compute({ a: gather(table, at), b: gather(table, at.transpose()), c: gather(table, at.flatten()) }),
    });
    expect(live.call("run", { y: [5, 7, 1, 1] })["clamped"]).toBe(2);
  });

  it("where a checkpoint computes it again", () => {
    const w = param("w", [4, 3], 0.5);
    const f = checkpoint((given: Tensor<["n"]>) => gather(w, given.mul(2).toInt()).tanh());
    const loss = f(x.mul(1)).square().sum();
    const live = built({ train: minimize(loss, sgd({ lr: 0.1 })) });
    expect(live.call("train", { x: [5, 7, 1] })["clamped"]).toBe(2);
  });
});

describe("no word", () => {
  const silent: Readonly<Record<string, () => Parameters<typeof compute>[0]>> = {
    "of indices that come from an input": () => ({ rows: gather(table, labels) }),
    "of inputs that are put together": () => ({ rows: gather(table, concat([labels, labels])) }),
    "of constants": () => ({ rows: gather(table, constant([0, 3], "int32")) }),
    "of the place of the largest": () => ({ rows: gather(table, scores.argmax(-1)) }),
    "of the largest of an axis with a name": () => ({ one: gather(logits, logits.argmax()) }),
    "of places in order": () => ({ best: takeAlongAxis(scores, scores.argsort().slice([null, [2]])) }),
    "of what is sorted": () => ({ best: topK(scores, 2).values }),
    "of integers that are clamped": () => ({ rows: gather(table, labels.mul(7).clamp(0, 3)) }),
    "of floats that are clamped": () => ({ rows: gather(table, x.clamp(0, 3.5).toInt()) }),
    "of the larger and smaller": () => ({ rows: gather(table, labels.mul(3).maximum(0).minimum(3)) }),
    "of a choice among what is inside": () => ({
      rows: gather(table, where(x.gt(0), scores.argmax(-1), constant(0, "int32"))),
    }),
    "of zeros": () => ({ rows: gather(table, labels.mul(0)) }),
    "of bools": () => ({ rows: gather(table, x.gt(0).toInt().mul(3)) }),
    "of labels of a loss that come from an input": () => ({ loss: crossEntropy(scores, labels, { ignoreIndex: -1 }) }),
    "of metrics": () => ({ a: accuracy(scores, labels), b: topKAccuracy(scores, labels, 2) }),
    "of rows of zeros with a one": () => ({ rows: oneHot(x.toInt(), 4) }),
  };
  it.each(Object.entries(silent))("%s", (_, outputs) => {
    const made = outputs();
    expect(outputsOf(built({ run: compute(made) })).sort()).toEqual(Object.keys(made).sort());
  });

  const counted: typeof silent = {
    "clamped to a larger axis": () => ({ rows: gather(table, labels.clamp(0, 4)) }),
    "clamped from below alone": () => ({ rows: gather(table, labels.maximum(0)) }),
    "a choice of an input, which no call checks": () => ({
      rows: gather(table, where(x.gt(0), labels, labels)).add(gather(table, where(x.gt(1), labels, scores.argmax(-1)))),
    }),
    "places of a longer axis": () => ({ rows: gather(table, input("y", ["n", 5]).argmax(-1)) }),
    "places of an axis with another name": () => ({ one: gather(logits, x.argmax()) }),
    "sums that wrap": () => ({ rows: gather(table, x.gt(0).toInt().mul(2147483647).add(x.gt(0).toInt())) }),
    "a float that rounds up": () => ({ rows: gather(table, x.clamp(0, 3.99999999).toInt()) }),
    "the other way round": () => ({
      rows: gather(table, where(labels.mul(2).lt(3), constant(3, "int32"), labels.mul(2))),
    }),
  };
  it.each(Object.entries(counted))("but of %s", (_, outputs) => {
    expect(outputsOf(built({ run: compute(outputs()) }))).toContain("clamped");
  });
});

it("a result of that name is refused where the number has it", () => {
  expect(() => built({ run: compute({ clamped: gather(table, x.toInt()) }) })).toThrow(
    "'clamped' is what the result calls",
  );
  expect(() => built({ run: compute({ clamped: gather(table, labels) }) })).not.toThrow();
});

it("the declaration says what the number is, and nothing of a result that the user calls so", () => {
  const declared = (functions: Functions): string =>
    emitDeclaration(built(functions).program, { source: "m", version: "1" });
  const doc = "/** The number of computed indices that lay outside their axes and were clamped. */";
  expect(declared({ run: compute({ rows: gather(table, x.toInt()) }) })).toContain(doc);
  expect(declared({ run: compute({ clamped: gather(table, labels) }) })).not.toContain(doc);
});
