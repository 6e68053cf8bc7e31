/** State: what assigns read and leave, and when they act. */
import { expect, test } from "vitest";
import type { Expression } from "../../compiler/ir/op.js";
import { compute, minimize, model } from "../../compiler/model/model.js";
import { add } from "../../compiler/ops/add.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { input } from "../../compiler/ops/input.js";
import { mul } from "../../compiler/ops/mul.js";
import { assign, param, state } from "../../compiler/ops/param.js";
import { square } from "../../compiler/ops/square.js";
import { sub } from "../../compiler/ops/sub.js";
import { transpose } from "../../compiler/ops/transpose.js";
import { sgd } from "../../library/optimizers/sgd.js";
import { build, numbersOf } from "../run.js";

const fusions = ["none", "withoutUpdates", "all"] as const;

test.each(fusions)("results see the value at the start of the call (fusion %s)", (fusion) => {
  const [x, s] = [input("x", [2]), state("s", [2], 1)];
  const effect = assign(s, (now) => add(now, x));
  const live = build(
    model("m", { functions: { run: compute({ before: mul(s, 1), plus: add(s, x) }, { effects: [effect] }) } }),
    { fusion },
  );
  expect(live.call("run", { x: [1, 2] })).toEqual({ before: Float32Array.of(1, 1), plus: Float32Array.of(2, 3) });
  expect(live.call("run", { x: [1, 2] })).toEqual({ before: Float32Array.of(2, 3), plus: Float32Array.of(3, 5) });
  expect(live.state().state["s"]).toEqual(Float32Array.of(3, 5));
});

test.each(fusions)("assigns of one state follow each other in order of creation (fusion %s)", (fusion) => {
  const s = state("s", [1], 1);
  const first = assign(s, (now) => add(now, 1));
  const second = assign(s, (now) => mul(now, 10));
  const run = (effects: Expression[]): number => {
    const live = build(model("m", { functions: { run: compute({ old: sum(s) }, { effects }) } }), { fusion });
    live.call("run");
    return live.state().state["s"]?.[0] ?? NaN;
  };
  expect(run([first, second])).toBe(20);
  // Not the order of the list.
  expect(run([second, first])).toBe(20);
  expect(run([second])).toBe(10);
});

test.each(fusions)("two states can exchange their values (fusion %s)", (fusion) => {
  const [a, b] = [state("a", [3], 1), state("b", [3], 2)];
  const effects = [assign(a, () => b), assign(b, () => a)];
  const live = build(model("m", { functions: { run: compute({ sum: sum(add(a, b)) }, { effects }) } }), { fusion });
  live.call("run");
  expect(live.state().state).toEqual({ a: Float32Array.of(2, 2, 2), b: Float32Array.of(1, 1, 1) });
  live.call("run");
  expect(live.state().state).toEqual({ a: Float32Array.of(1, 1, 1), b: Float32Array.of(2, 2, 2) });
});

test.each(fusions)("three states can be passed around (fusion %s)", (fusion) => {
  const [a, b, c] = [state("a", [2], 1), state("b", [2], 2), state("c", [2], 3)];
  const effects = [assign(a, () => b), assign(b, () => c), assign(c, () => mul(a, 2))];
  const live = build(model("m", { functions: { run: compute({ sum: sum(a) }, { effects }) } }), { fusion });
  live.call("run");
  expect(live.state().state).toEqual({ a: Float32Array.of(2, 2), b: Float32Array.of(3, 3), c: Float32Array.of(2, 2) });
});

test.each(fusions)("a state can be moved within itself (fusion %s)", (fusion) => {
  const [x, s] = [input("x", [2, 2]), state("s", [2, 2], 0)];
  const effects = [assign(s, (now) => add(transpose(now), x))];
  const live = build(model("m", { functions: { run: compute({ s: mul(s, 1) }, { effects }) } }), { fusion });
  live.call("run", { x: [1, 2, 3, 4] });
  live.call("run", { x: [0, 0, 0, 0] });
  expect(live.state().state["s"]).toEqual(Float32Array.of(1, 3, 2, 4));
  const only = state("only", [2, 2], 0);
  const turn = compute({ only: mul(only, 1) }, { effects: [assign(only, (now) => transpose(now))] });
  const set = compute({ only: mul(only, 1) }, { effects: [assign(only, () => x)] });
  const other = build(model("m", { functions: { set, turn } }), { fusion });
  other.call("set", { x: [1, 2, 3, 4] });
  other.call("turn");
  expect(other.state().state["only"]).toEqual(Float32Array.of(1, 3, 2, 4));
});

test.each(fusions)("an assign that reads other elements than it replaces (fusion %s)", (fusion) => {
  const s = state("s", [4], 0);
  const x = input("x", [4]);
  // Each becomes the sum of all and its own input.
  const effect = assign(s, (now) => add(sum(now), x));
  const live = build(model("m", { functions: { run: compute({ total: sum(s) }, { effects: [effect] }) } }), { fusion });
  live.call("run", { x: [1, 2, 3, 4] });
  live.call("run", { x: [0, 0, 0, 1] });
  expect(live.state().state["s"]).toEqual(Float32Array.of(10, 10, 10, 11));
});

test.each(fusions)("a gradient and an assign use the parameter from before the update (fusion %s)", (fusion) => {
  const [x, w, seen] = [input("x", [2]), param("w", [2], 3), state("seen", [2], 0)];
  const loss = sum(square(sub(mul(w, x), 1)));
  const train = minimize(loss, sgd({ lr: 0.5 }), { effects: [assign(seen, () => w)], also: { w: mul(w, 1) } });
  const live = build(model("m", { functions: { train } }), { fusion });
  const { loss: first, w: old } = live.call("train", { x: [1, 1] });
  expect(first).toBe(8);
  expect(numbersOf(old)).toEqual([3, 3]);
  expect(live.state().state["seen"]).toEqual(Float32Array.of(3, 3));
  // w - 0.5 * 2 (w - 1)
  expect(live.parameters["w"]).toEqual(Float32Array.of(1, 1));
});
