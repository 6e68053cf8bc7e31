/** What holds of the layers beyond their references: batches of any size, sequences, initial values, and faults. */
import { describe, expect, test } from "vitest";
import { formatDiagnostic, isOptimcError, type OptimcError } from "../../compiler/diagnostics.js";
import { byMode, input, linear, minimize, model, randomNormal, sgd, sequential } from "../../src/index.js";
import { batchNorm, embedding, layerNorm, rmsNorm } from "../../src/index.js";
import type { Tensor } from "../../src/index.js";
import { build, numbersOf, poison } from "../run.js";
import { eachTarget, eachTargetAndPrecision } from "../targets.js";

const numbers = (count: number, scale = 2): number[] =>
  Array.from({ length: count }, (_, i) => Math.sin(i * 1.7) * scale);

/** All layers in one net. */
function net(batch: number, precision: "float32" | "float64" = "float32") {
  const [words, y] = [input("words", ["batch"], "int32"), input("y", ["batch", 3])];
  const read = sequential(
    embedding("words", 7, 17, { paddingIndex: 2 }),
    layerNorm("first", 17),
    linear("hidden", 17, 5),
    batchNorm("batch", 5),
    (h) => h.tanh(),
    rmsNorm("last", 5),
    linear("output", 5, 3),
  );
  const value = read(words);
  const loss = value.sub(y).square().mean();
  return model("net", {
    precision,
    dims: { batch },
    functions: { train: minimize(loss, sgd({ lr: 0.1, momentum: 0.9 })), evaluate: { value } },
  });
}

const words = Int32Array.of(0, 1, 2, 3, 4, 5, 6, 2, 0, 1, 2, 3, 4, 5, 6, 1, 3);

describe.each(eachTargetAndPrecision)("on %s in %s", (_, precision, target) => {
  test.each([2, 3, 5, 17])("%i rows in a larger, poisoned build equal a build for as many, fused or not", (rows) => {
    const given = { words: words.slice(0, rows), y: numbers(rows * 3) };
    const found = [
      build(net(rows, precision), { target }),
      build(net(64, precision), { target }),
      build(net(64, precision), { target, fusion: "none" }),
    ].map((live) => {
      const losses = [0, 1, 2].map(() => {
        poison(live);
        return live.call("train", given)["loss"];
      });
      return { losses, ...live.state(), value: live.call("evaluate", { words: given.words })["value"] };
    });
    expect(found[1]).toEqual(found[0]);
    expect(found[2]).toEqual(found[0]);
    expect(found[0]?.losses[2]).toBeLessThan(found[0]?.losses[0] as number);
  });

  test("a mean far from zero costs the variance nothing", () => {
    const x = input("x", [2, 4]);
    const live = build(
      model("m", { precision, functions: { run: { y: layerNorm("n", 4, { affine: false, eps: 0 })(x) } } }),
      { target },
    );
    const found = numbersOf(live.call("run", { x: [10001, 10002, 10003, 10004, -1, -2, -3, -4] })["y"]);
    const wanted = [-1.5, -0.5, 0.5, 1.5].map((each) => each / Math.sqrt(1.25));
    [...wanted, ...wanted.toReversed()].forEach((each, i) => expect(found[i]).toBeCloseTo(each, 6));
  });
});

test.each(eachTarget)("on %s the row of the padding stays zeros", (_, target) => {
  const live = build(net(17), { target, seed: 4 });
  const table = live.parameters["words.weight"] as Float32Array;
  const before = Array.from(table);
  for (let n = 0; n < 3; n++) live.call("train", { words, y: numbers(51) });
  expect(Array.from(table.slice(34, 51))).toEqual(new Array(17).fill(0));
  expect(before.slice(34, 51)).toEqual(new Array(17).fill(0));
  expect(Array.from(table).filter((each, i) => each === before[i]).length).toBe(17);
});

test("parameters begin as PyTorch's do", () => {
  const live = build(net(4), { seed: 1 });
  const { state } = live.state();
  for (const name of ["first.weight", "batch.weight", "last.weight"]) {
    expect(new Set(live.parameters[name])).toEqual(new Set([1]));
  }
  for (const name of ["first.bias", "batch.bias"]) expect(new Set(live.parameters[name])).toEqual(new Set([0]));
  expect(state).toEqual({
    "batch.running_mean": new Float32Array(5),
    "batch.running_var": new Float32Array(5).fill(1),
    "batch.num_batches_tracked": new Float32Array(1),
  });
  // 2,000 standard normal numbers: their mean is off by 0.022, and their mean square by 0.032, one time in three.
  const big = embedding("table", 100, 20);
  const functions = { run: { value: big(input("at", ["batch"], "int32")) } };
  const table = Array.from(
    build(model("m", { dims: { batch: 1 }, functions })).parameters["table.weight"] as Float32Array,
  );
  expect(Math.abs(table.reduce((a, b) => a + b, 0) / 2000)).toBeLessThan(0.1);
  expect(Math.abs(table.reduce((a, b) => a + b * b, 0) / 2000 - 1)).toBeLessThan(0.15);
});

describe("one row", () => {
  const rows = (live: ReturnType<typeof build>, count: number) =>
    live.call("train", { words: words.slice(0, count), y: numbers(count * 3) });

  test.each(eachTarget)("on %s is refused by a batch's statistics before anything changes", (_, target) => {
    const live = build(net(8), { target });
    rows(live, 3);
    const before = live.state();
    expect(() => rows(live, 1)).toThrow("batch");
    expect(live.state()).toEqual(before);
    // Evaluation takes it, by the running statistics.
    expect(numbersOf(live.call("evaluate", { words: words.slice(0, 1) })["value"]).length).toBe(3);
  });

  test("of a fixed shape is refused by the build", () => {
    const y = batchNorm("n", 3, { trackRunningStatistics: false });
    expect(() => y(input("x", [1, 3]))).toThrow("which says nothing of their variance");
  });
});

describe("sequential", () => {
  const x = input("x", ["batch", 4]);

  test("applies what it is given in order, and counts its layers in faults", () => {
    const twice = sequential(
      (h: Tensor<["batch", 4]>) => h.add(1),
      (h) => h.mul(2),
    );
    const live = build(model("m", { dims: { batch: 1 }, functions: { run: { y: twice(x) } } }));
    expect(numbersOf(live.call("run", { x: [1, 2, 3, 4] })["y"])).toEqual([4, 6, 8, 10]);
    const wrong = sequential(linear("a", 4, 5), linear("b", 6, 7) as never, linear("c", 7, 1) as never);
    expect(() => wrong(x)).toThrow(
      "sequential: layer 2, given [batch, 5]: linear 'b': the input has 5 features, not 6",
    );
  });

  test("a fault within a layer names it, once", () => {
    const inner = sequential(linear("a", 4, 5), layerNorm("n", 6) as never);
    const outer = sequential((h: Tensor<["batch", 4]>) => h.tanh(), inner);
    const error = errorOf(() => outer(x));
    expect(error.layer).toBe("n");
    expect(formatDiagnostic(error).match(/in the layer/g)).toHaveLength(1);
    expect(error.hint).toBe('declare the layer as layerNorm("n", 5)');
  });

  test("refuses what gives no tensor, and what is given none", () => {
    const forgotten = sequential((h: Tensor<["batch", 4]>) => void h.tanh() as never, linear("a", 4, 5) as never);
    expect(() => forgotten(x)).toThrow("sequential: layer 1 does not give a tensor");
    expect(() => sequential(linear("a", 4, 5))(3 as never)).toThrow("sequential: operand 1 is not a tensor");
  });

  test("refuses what is no layer", () => {
    expect(() => sequential(linear("a", 4, 5), x as never)).toThrow("sequential: layer 2 is not a layer");
    expect(() => (sequential as () => unknown)()).toThrow("sequential: there are no layers");
  });
});

test("a layer of a user's own has a mode and draws numbers", () => {
  const x = input("x", ["batch", 4]);
  const noisy = byMode({ training: x.add(randomNormal(["batch", 4], { std: 0.1 })), evaluation: x });
  const loss = linear("l", 4, 1)(noisy).square().sum();
  const functions = { train: minimize(loss, sgd({ lr: 0 })), evaluate: { loss } };
  const live = build(model("m", { dims: { batch: 2 }, functions }));
  const [a, b] = [0, 1].map(() => live.call("train", { x: numbers(8) })["loss"]);
  expect(a).not.toBe(b);
  const [c, d] = [0, 1].map(() => live.call("evaluate", { x: numbers(8) })["loss"]);
  expect(c).toBe(d);
});

function errorOf(run: () => unknown): OptimcError {
  try {
    run();
  } catch (error) {
    if (isOptimcError(error)) return error;
  }
  throw new Error("no OptimcError was thrown");
}

test("what goes wrong while a layer is applied names it", () => {
  const [wide, whole] = [input("w", ["batch", 9]), input("i", ["batch", 4], "int32")];
  const layers: Record<string, (x: never) => unknown> = {
    linear: linear("l", 4, 2),
    embedding: embedding("l", 9, 4),
    layerNorm: layerNorm("l", 4),
    rmsNorm: rmsNorm("l", 4),
    batchNorm: batchNorm("l", 4),
  };
  for (const [kind, layer] of Object.entries(layers)) {
    for (const given of [wide, kind === "embedding" ? wide : whole, undefined, null, 3, "x", [wide], layer]) {
      const error = errorOf(() => layer(given as never));
      expect([kind, error.layer, error.expected, error.found]).toEqual([
        kind,
        "l",
        expect.any(String),
        expect.any(String),
      ]);
      expect(error.message).toMatch(new RegExp(`^${kind} 'l': `));
    }
  }
});

test("faults say which layer", () => {
  const x = input("x", ["batch", 4]);
  expect(() => layerNorm("n", 5)(x as never)).toThrow("layerNorm 'n': the input has 4 features, not 5");
  expect(() => layerNorm("n", 5, { eps: -1 })).toThrow("layerNorm 'n': eps is out of range");
  expect(() => rmsNorm("n", [2, 2])(x as never)).toThrow(
    "rmsNorm 'n': the input [batch, 4] does not end in the axes of the features, [2, 2]",
  );
  expect(() => batchNorm("n", 4, { momentum: 2 })).toThrow("batchNorm 'n': momentum is out of range");
  expect(() => batchNorm("n", 4)(input("s", ["batch", "time", 4]))).toThrow("batchNorm 'n': the input has 3 axes");
  expect(() => embedding("e", 5, 0)).toThrow("embedding 'e': a number of features is not usable");
  expect(() => embedding("e", 5, 3, { paddingIndex: 5 })).toThrow("embedding 'e': paddingIndex is out of range");
});
