/** What a call says that an operation or a layer refuses for its sizes: who needs how much of which dimension. */
import { describe, expect, test } from "vitest";
import { js } from "../../compiler/targets/js/js.js";
import { wasm } from "../../compiler/targets/wasm/wasm.js";
import { batchNorm, input, linear, minimize, model, sgd, split, topK, type Tensor } from "../../src/index.js";
import { build, type Numbers } from "../run.js";

describe.each([
  ["js", js],
  ["wasm", wasm],
])("a call that brings too little, on %s", (_, target) => {
  test("one row where a layer normalizes by its batch", () => {
    const x = input("x", ["batch", 3]);
    const normal = batchNorm("norm", 4)(linear("l", 3, 4)(x));
    const train = minimize(normal.square().mean(), sgd({ lr: 1 }));
    const live = build(model("net", { dims: { batch: 8 }, functions: { train, evaluate: { normal } } }), { target });
    const text = "net.train: batchNorm 'norm' needs 'batch' to be at least 2, found 1";
    expect(() => live.call("train", { x: [1, 2, 3] })).toThrow(text);
    expect(live.call("train", { x: [1, 2, 3, 4, 5, 6] })["loss"]).toBeCloseTo(1, 1);
    expect(live.call("evaluate", { x: [1, 2, 3] })["normal"]).toHaveLength(4);
  });

  const z = input("z", ["m"]);
  const parts: Readonly<Record<string, readonly [least: number, by: string, result: () => Tensor<[number]>]>> = {
    "a part of fixed size": [2, "split", () => split(z, [2, -1])[0]],
    "what is left": [3, "split", () => split(z, [2, -1])[1] as unknown as Tensor<[number]>],
    both: [3, "split", () => split(z, [2, -1])[0].add(split(z, [2, -1])[1].sum())],
    "a slice from the end": [3, "slice", () => z.slice([[-3]])],
    "a slice without its ends": [4, "slice", () => z.slice([[2, -1]])],
    "the largest": [3, "topK", () => topK(z, 3).values],
  };
  test.each(Object.entries(parts))("%s", (_, [least, by, part]) => {
    const net = build(model("m", { dims: { m: 9 }, functions: { f: { part: part() } } }), { target });
    const rows = (count: number): Numbers => Float32Array.from({ length: count }, (_, i) => i);
    for (let count = 1; count < least; count++)
      expect(() => net.call("f", { z: rows(count) })).toThrow(
        `m.f: ${by} needs 'm' to be at least ${least}, found ${count}`,
      );
    net.call("f", { z: rows(least) });
  });

  test("in the gradient of a slice", () => {
    const x = input("x", ["m", 2]);
    const loss = linear(
      "l",
      2,
      1,
    )(x)
      .slice([[-3]])
      .square()
      .sum();
    const net = build(model("m", { dims: { m: 9 }, functions: { train: minimize(loss, sgd({ lr: 1 })) } }), { target });
    const text = "m.train: slice needs 'm' to be at least 3, found 2";
    expect(() => net.call("train", { x: [1, 2, 3, 4] })).toThrow(text);
  });
});
