/** An update reads old values only, in whatever order it writes its targets. */
import { expect, test } from "vitest";
import { minimize, model } from "../../compiler/model/model.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { input } from "../../compiler/ops/input.js";
import { mul } from "../../compiler/ops/mul.js";
import { param } from "../../compiler/ops/param.js";
import { optimizer } from "../../compiler/optimizers/optimizer.js";
import { build } from "../run.js";

/** The parameter and its state exchange their values; the gradient is added to what becomes the state. */
const exchange = optimizer({
  name: "exchange",
  hyper: {},
  state: ({ like }) => ({ other: like(7), third: like(100) }),
  update: ({ param: p, grad, state }) => ({
    param: state.other,
    state: { other: p.add(grad), third: state.other.add(p) },
  }),
});

test.each(["none", "withoutUpdates", "all"] as const)("fusion %s", (fusion) => {
  const [x, w] = [input("x", [3]), param("w", [3], 1)];
  const live = build(model("m", { functions: { train: minimize(sum(mul(w, x)), exchange()) } }), { fusion });
  live.call("train", { x: [1, 2, 3] });
  const kept = live.state().functions["train"]?.parameters?.["w"];
  expect(live.parameters["w"]).toEqual(Float32Array.of(7, 7, 7));
  expect(kept?.["other"]).toEqual(Float32Array.of(2, 3, 4));
  expect(kept?.["third"]).toEqual(Float32Array.of(8, 8, 8));
});
