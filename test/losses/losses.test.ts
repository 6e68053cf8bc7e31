/** What no reference says of losses: ragged batches, labels out of range, refusals and their places. */
import { describe, expect, test } from "vitest";
import type { Expression } from "../../compiler/ir/op.js";
import { capturePlaces, type Place } from "../../compiler/ir/place.js";
import type { OptimcError } from "../../compiler/diagnostics.js";
import { compute, minimize, model } from "../../compiler/model/model.js";
import { constant } from "../../compiler/ops/constant.js";
import { crossEntropy } from "./ofExpressions.js";
import { gradient } from "../../compiler/ops/gradient.js";
import { input } from "../../compiler/ops/input.js";
import { uniform } from "../../compiler/ops/initializers.js";
import { param } from "../../compiler/ops/param.js";
import { logSoftmax } from "../../compiler/ops/softmax.js";
import { sgd } from "../../library/optimizers/sgd.js";
import { maximum } from "../../compiler/ops/maximum.js";
import { matmul } from "../../compiler/ops/matmul.js";
import * as optimc from "../../src/index.js";
import { between, generator } from "../arbitrary.js";
import { build, numbersOf, poison } from "../run.js";
import { eachTarget, eachTargetAndPrecision } from "../targets.js";
import { inputsOf } from "../stages.js";

const losses = optimc as unknown as Readonly<Record<string, (...parameters: unknown[]) => Expression>>;
const call = (name: string, ...parameters: unknown[]): Expression =>
  (losses[name] as (...parameters: unknown[]) => Expression)(...parameters);

const [x, y, z] = [input("x", ["batch", 5]), input("y", ["batch", 5]), input("z", ["batch", 5])];
const [sides, labels] = [input("sides", ["batch"]), input("labels", ["batch"], "int32")];
const weight = constant([1, 0.5, 2, 3, 0.25]);

/** Every loss with its options, of operands that are numbers in (0, 1), labels and sides. */
const all: Readonly<Record<string, (options: object) => Expression>> = {
  mse: (options) => call("mse", x, y, options),
  l1: (options) => call("l1", x, y, options),
  huber: (options) => call("huber", x, y, { delta: 0.25, ...options }),
  smoothL1: (options) => call("smoothL1", x, y, { beta: 0.25, ...options }),
  crossEntropy: (options) => call("crossEntropy", x, labels, options),
  "crossEntropy with all": (options) =>
    call("crossEntropy", x, labels, { weight, ignoreIndex: 3, labelSmoothing: 0.125, ...options }),
  "crossEntropy of probabilities": (options) => call("crossEntropy", x, y, { weight, ...options }),
  nll: (options) => call("nll", x, labels, { weight, ignoreIndex: 3, ...options }),
  binaryCrossEntropy: (options) => call("binaryCrossEntropy", x, y, { weight, ...options }),
  binaryCrossEntropyWithLogits: (options) =>
    call("binaryCrossEntropyWithLogits", x, y, { weight, posWeight: weight, ...options }),
  kl: (options) => call("kl", x, y, options),
  hinge: (options) => call("hinge", x, y, options),
  hingeEmbedding: (options) => call("hingeEmbedding", x, y, options),
  cosineEmbedding: (options) => call("cosineEmbedding", x, y, sides, options),
  triplet: (options) => call("triplet", x, y, z, options),
};

describe.each(eachTargetAndPrecision)("%s in %s", (_, precision, target) => {
  test.each(Object.entries(all))("%s: rows beyond those of the call count nothing", (name, make) => {
    const reductions = ["mean", "sum", "none", ...(name === "kl" ? ["batchMean"] : [])];
    for (const reduction of reductions) {
      const loss = make({ reduction });
      const slope = loss.shape.length === 0 ? { slope: gradient(loss, x) as Expression } : {};
      const made = (batch: number) =>
        build(model("m", { precision, dims: { batch }, functions: { run: compute({ loss, ...slope }) } }), { target });
      const live = made(20);
      for (const rows of [1, 5, 17, 20]) {
        const next = generator(rows);
        const every = {
          x: between(0.125, 0.875, rows * 5, next),
          y: between(0.125, 0.875, rows * 5, next),
          z: between(0.125, 0.875, rows * 5, next),
          sides: Array.from({ length: rows }, (_, n) => (n % 2 ? -1 : 1)),
          labels: Array.from({ length: rows }, (_, n) => (n * n + n) % 5),
        };
        const given = Object.fromEntries(
          Object.entries(every).filter(([input]) => inputsOf(live.program).includes(input)),
        );
        poison(live);
        const [found, wanted] = [live.call("run", given), made(rows).call("run", given)];
        for (const each of Object.keys(found)) {
          expect(numbersOf(found[each]), `${reduction} ${each} of ${rows}`).toEqual(numbersOf(wanted[each]));
        }
        expect(numbersOf(found["loss"]).every(Number.isFinite)).toBe(true);
      }
    }
  });

  test("a step with nothing but ignored rows leaves the weights", () => {
    const table = param("table", [5, 3], uniform(-1, 1));
    const loss = crossEntropy(matmul(x, table), labels, { ignoreIndex: -100 });
    const made = model("m", { precision, dims: { batch: 7 }, functions: { train: minimize(loss, sgd({ lr: 1 })) } });
    const live = build(made, { target, seed: 1 });
    const before = [...(live.parameters["table"] as Float32Array)];
    const given = { x: between(-1, 1, 15, generator(1)), labels: [-100, -100, -100] };
    expect(live.call("train", given)["loss"]).toBeNaN();
    expect([...(live.parameters["table"] as Float32Array)]).toEqual(before);
    expect(live.call("train", { ...given, labels: [-100, 2, -100] })["loss"]).toBeGreaterThan(0);
    expect([...(live.parameters["table"] as Float32Array)]).not.toEqual(before);
  });

  test("infinite logits that PyTorch multiplies by 0, and the slope of a target of 0", () => {
    const [logits, target0] = [input("logits", [4]), input("t", [4])];
    const bce = call("binaryCrossEntropyWithLogits", logits, target0, { reduction: "none" });
    const divergence = call("kl", logits, target0, { reduction: "sum" });
    const outputs = { bce, toTarget: gradient(divergence, target0) as Expression };
    const live = build(model("m", { precision, functions: { run: compute(outputs) } }), { target });
    const found = live.call("run", { logits: Float64Array.of(-Infinity, Infinity, -2, -3), t: [1, 0, 0, 1] });
    expect(numbersOf(found["bce"]).slice(0, 2)).toEqual([Infinity, Infinity]);
    expect(numbersOf(found["toTarget"]).slice(2)).toEqual([2, 4]);
  });
});

describe.each(eachTarget)("on %s", (_, target) => {
  const run = (loss: Expression) => build(model("m", { dims: { batch: 4 }, functions: { run: { loss } } }), { target });
  const logits = new Float32Array(10);

  test("labels that are no class are refused; an ignoreIndex that is none is not", () => {
    const [plain, padded] = [crossEntropy(x, labels), crossEntropy(x, labels, { ignoreIndex: -100 })];
    expect(() => run(plain).call("run", { x: logits, labels: [0, 5] })).toThrow("below 5");
    expect(() => run(plain).call("run", { x: logits, labels: [-100, 1] })).toThrow("from 0");
    expect(run(padded).call("run", { x: logits, labels: [-100, 1] })["loss"]).toBeCloseTo(Math.log(5), 6);
    // The one that is ignored is a class: the others still have to be.
    const first = crossEntropy(x, labels, { ignoreIndex: 0 });
    expect(() => run(first).call("run", { x: logits, labels: [0, 5] })).toThrow("below 5");
  });

  test.each(["crossEntropy", "nll"])("%s takes classes and the label that is ignored, and no other label", (name) => {
    for (const ignoreIndex of [-1, 5, 1000]) {
      const live = run(call(name, x, labels, { ignoreIndex }));
      expect(() => live.call("run", { x: logits, labels: [4, ignoreIndex] })).not.toThrow();
      for (const label of [-100, -2, 6, 57]) {
        expect(() => live.call("run", { x: logits, labels: [0, label] })).toThrow(
          `m.run: input 'labels' at position 1: expected a whole number from 0 below 5 or ${ignoreIndex}, found ${label}`,
        );
      }
    }
    // The row of the one label is ignored by one loss, and counts in the other.
    const [first, second] = [-1, -100].map((ignoreIndex) => call(name, x, labels, { ignoreIndex }));
    const both = build(
      model("m", { dims: { batch: 4 }, functions: { run: { first: first as never, second: second as never } } }),
      { target },
    );
    expect(() => both.call("run", { x: logits, labels: [0, 4] })).not.toThrow();
    expect(() => both.call("run", { x: logits, labels: [0, -1] })).toThrow("below 5 or -100, found -1");
    expect(() => both.call("run", { x: logits, labels: [0, -100] })).toThrow("below 5 or -1, found -100");
  });

  test("labels that are a part of an input are checked, those that are computed are not", () => {
    const pairs = optimc.input("pairs", ["batch", 2], "int32");
    const column = pairs.slice([[0, null], [1, 2]]).reshape([-1]) as unknown as Expression; // prettier-ignore
    for (const options of [{}, { ignoreIndex: -1 }]) {
      const part = run(crossEntropy(x, column, options));
      expect(() => part.call("run", { x: logits, pairs: [99, 0, -7, 4] })).not.toThrow();
      expect(() => part.call("run", { x: logits, pairs: [0, 0, 0, 5] })).toThrow("position 3: expected a whole number");
    }
    const computed = run(crossEntropy(x, optimc.where(pairs.gt(0), pairs, 0).max(1) as unknown as Expression));
    expect(() => computed.call("run", { x: logits, pairs: [99, 0, -7, 4] })).not.toThrow();
  });

  test("options at their defaults change no kernel", () => {
    const stated = { reduction: "mean", labelSmoothing: 0, axis: 1 } as const;
    const text = (options?: typeof stated) => {
      const table = param("table", [5, 3], 0);
      const loss = crossEntropy(matmul(x, table), labels, options);
      const made = model("m", { dims: { batch: 4 }, functions: { train: minimize(loss, sgd({ lr: 1 })) } });
      return build(made, { target }).text;
    };
    expect(text(stated)).toBe(text());
  });
});

describe("what is refused, in a sentence with the loss's own name", () => {
  const narrow = input("narrow", ["batch", 3]);
  const w = input("w", [3]);
  test.each<readonly [string, string, readonly unknown[]]>([
    ["mse: [batch, 5] and [batch, 3] are not one shape", "mse", [x, narrow]],
    ["mse: the target is not a tensor", "mse", [x, 0]],
    ["mse: the prediction is not a tensor", "mse", [[1, 2], x]],
    ["mse: wrong element type", "mse", [labels, labels]],
    ["mse: there is no such reduction", "mse", [x, y, { reduction: "average" }]],
    ["l1: there is no such reduction", "l1", [x, y, { reduction: "batchMean" }]],
    ["huber: delta is out of range", "huber", [x, y, { delta: 0 }]],
    ["smoothL1: beta is out of range", "smoothL1", [x, y, { beta: -1 }]],
    ["crossEntropy: logits [batch, 5] and labels [batch, 5] do not go together", "crossEntropy", [x, input("n", ["batch", 5], "int32")]], // prettier-ignore
    ["crossEntropy: logits [] have no classes", "crossEntropy", [input("n", []), labels]],
    ["crossEntropy: the labels are not integers", "crossEntropy", [x, input("b", ["batch"], "bool")]],
    ["crossEntropy: [batch, 5] and [batch, 3] are not one shape", "crossEntropy", [x, narrow]],
    ["crossEntropy: weights [3] for classes [5]", "crossEntropy", [x, labels, { weight: w }]],
    ["crossEntropy: weights [3] for classes [5]", "crossEntropy", [x, y, { weight: w }]],
    ["crossEntropy: the weight is not a tensor", "crossEntropy", [x, labels, { weight: [1, 2, 3, 4, 5] }]],
    ["crossEntropy: labelSmoothing is out of range", "crossEntropy", [x, labels, { labelSmoothing: 1.5 }]],
    ["crossEntropy: ignoreIndex is not a label", "crossEntropy", [x, labels, { ignoreIndex: 0.5 }]],
    ["crossEntropy: ignoreIndex goes with labels only", "crossEntropy", [x, y, { ignoreIndex: 1 }]],
    ["crossEntropy: there is no axis 2", "crossEntropy", [x, labels, { axis: 2 }]],
    ["nll: log-probabilities [batch, 5] and labels [] do not go together", "nll", [x, input("n", [], "int32")]],
    ["nll: there is no such reduction", "nll", [x, labels, { reduction: "all" }]],
    ["binaryCrossEntropy: the weight [3] does not broadcast to [batch, 5]", "binaryCrossEntropy", [x, y, { weight: w }]], // prettier-ignore
    ["binaryCrossEntropyWithLogits: the posWeight [3] does not broadcast to [batch, 5]", "binaryCrossEntropyWithLogits", [x, y, { posWeight: w }]], // prettier-ignore
    ["kl: one number has no batch to take the mean of", "kl", [input("a", []), input("b", []), { reduction: "batchMean" }]], // prettier-ignore
    ["hinge: margin is out of range", "hinge", [x, y, { margin: NaN }]],
    ["hingeEmbedding: [batch, 5] and [batch, 3] are not one shape", "hingeEmbedding", [x, narrow]],
    ["cosineEmbedding: vectors [batch, 5] and targets [batch, 5] do not go together", "cosineEmbedding", [x, y, z]],
    ["cosineEmbedding: margin is out of range", "cosineEmbedding", [x, y, sides, { margin: 2 }]],
    ["triplet: [batch, 5] and [batch, 3] are not one shape", "triplet", [x, y, narrow]],
    ["triplet: p is out of range", "triplet", [x, y, z, { p: 0 }]],
  ])("%s", (sentence, name, parameters) => {
    expect(() => call(name, ...parameters)).toThrow(expect.objectContaining({ message: sentence }) as Error);
  });

  test("at the place of the user's call", () => {
    const places: Place[] = [];
    const release = capturePlaces(({ script, line, column }) => {
      if (!script.endsWith("losses.test.ts")) return undefined;
      places.push({ file: script, line, column });
      return places.at(-1);
    });
    try {
      call("mse", x, narrow);
    } catch (error) {
      expect((error as OptimcError).place?.file).toMatch(/losses\.test\.ts$/);
      return;
    } finally {
      release();
    }
    expect.fail("nothing was thrown");
  });
});

test.each(["crossEntropy", "nll"])(
  "%s: a computed label that is no class counts as the nearest, in the gradient too",
  (name) => {
    const run = (given: readonly number[]) => {
      const [logits, target] = [input("logits", [3, 4]), input("target", [3], "int32")];
      const lowest = input("lowest", [], "int32");
      const scores = name === "nll" ? logSoftmax(logits) : logits;
      // Computed: labels that are an input's are checked instead.
      const loss = call(name, scores, maximum(target, lowest), { ignoreIndex: -100, reduction: "sum" });
      const outputs = { loss, slope: gradient(loss, logits) as Expression };
      const live = build(model("m", { precision: "float64", functions: { run: outputs } }));
      const result = live.call("run", {
        logits: Array.from({ length: 12 }, (_, i) => Math.sin(i)),
        target: [...given],
        lowest: [-200],
      });
      return { loss: numbersOf(result["loss"]), slope: numbersOf(result["slope"]) };
    };
    expect(run([-3, 7, -100])).toEqual(run([0, 3, -100]));
  },
);

test.each(["crossEntropy", "nll"])("%s: labels are checked where the gradient alone is computed", (name) => {
  const [logits, target] = [input("logits", [3, 4]), input("target", [3], "int32")];
  const loss = call(name, name === "nll" ? logSoftmax(logits) : logits, target);
  const live = build(model("m", { functions: { slope: { slope: gradient(loss, logits) as Expression } } }));
  const run = (last: number) => live.call("slope", { logits: Array(12).fill(1), target: [0, 1, last] });
  expect(() => run(3)).not.toThrow();
  for (const label of [4, -3]) expect(() => run(label)).toThrow("target");
});
