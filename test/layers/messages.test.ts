/** What a call says that a layer refuses. */
import { expect, test } from "vitest";
import { batchNorm, input, linear, minimize, model, sgd } from "../../src/index.js";
import { build } from "../run.js";

test("one row in training: the message names the dimension and what it takes", () => {
  const x = input("x", ["batch", 3]);
  const loss = batchNorm(
    "norm",
    4,
  )(linear("l", 3, 4)(x))
    .square()
    .mean();
  const live = build(model("net", { dims: { batch: 8 }, functions: { train: minimize(loss, sgd({ lr: 1 })) } }));
  expect(() => live.call("train", { x: [1, 2, 3] })).toThrow("batch beyond 1: expected a whole number from 1, found 0");
});
