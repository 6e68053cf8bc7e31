/** Effects attached to a result: which functions run them, how often, and in what order; and choices by the mode. */
import { describe, expect, test } from "vitest";
import type { Expression } from "../../compiler/ir/op.js";
import { compute, minimize, model, type Model } from "../../compiler/model/model.js";
import { add } from "../../compiler/ops/add.js";
import { argmax } from "../../compiler/ops/argmax.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { byMode } from "../../compiler/ops/byMode.js";
import { evaluating, training } from "../../compiler/ops/dropout.js";
import { gradient } from "../../compiler/ops/gradient.js";
import { input } from "../../compiler/ops/input.js";
import { mul } from "../../compiler/ops/mul.js";
import { assign, param, state } from "../../compiler/ops/param.js";
import { square } from "../../compiler/ops/square.js";
import { withEffects } from "../../compiler/ops/withEffects.js";
import { sgd } from "../../library/optimizers/sgd.js";
import { build, numbersOf } from "../run.js";
import { eachTarget } from "../targets.js";

const optimizer = sgd({ lr: 0 });
const w = param("w", [2], 3);

/** x, and a state that becomes ten times itself and one more for each time it is run. */
function counted(x: Expression = w, name = "seen") {
  const seen = state(name, [], 0);
  const effect = assign(seen, (now) => add(mul(now, 10), 1));
  return { seen, effect, x: withEffects(x, [effect]) };
}

/** What each state is after one call of each function. */
function after(
  functions: Parameters<typeof model>[1]["functions"],
  inputs: Record<string, number[]> = {},
): Record<string, number> {
  const live = build(model("m", { functions }));
  for (const name of Object.keys(functions)) live.call(name, inputs);
  return Object.fromEntries(Object.entries(live.state().state).map(([name, values]) => [name, values[0] as number]));
}

describe("attached effects run in training functions", () => {
  const loss = (x: Expression) => sum(square(x));

  test("once, by however many paths their result is reached", () => {
    const { x } = counted();
    expect(after({ train: minimize(loss(add(x, mul(x, 2))), optimizer, { also: { x: mul(x, 1) } }) })).toEqual({
      seen: 1,
    });
  });

  test("in each call", () => {
    const { x } = counted();
    const live = build(model("m", { functions: { train: minimize(loss(x), optimizer) } }));
    for (let n = 0; n < 3; n++) live.call("train");
    expect(live.state().state["seen"]).toEqual(Float32Array.of(111));
  });

  test("if only `also` is computed from the result", () => {
    const { x } = counted();
    expect(after({ train: minimize(loss(w), optimizer, { also: { x: mul(x, 1) } }) })).toEqual({ seen: 1 });
    expect(after({ train: minimize(loss(w), optimizer, { also: { g: gradient(loss(x), w) as Expression } }) })).toEqual(
      { seen: 1 },
    );
  });

  test("if only an effect is computed from the result, listed or attached", () => {
    const { x } = counted();
    const other = state("other", [], 0);
    const effect = assign(other, () => sum(x));
    expect(after({ train: minimize(loss(w), optimizer, { effects: [effect] }) })).toEqual({ seen: 1, other: 6 });
    expect(after({ train: minimize(loss(withEffects(w, [effect])), optimizer) })).toEqual({ seen: 1, other: 6 });
  });

  test("once, if they are listed too", () => {
    const { x, effect } = counted();
    expect(after({ train: minimize(loss(x), optimizer, { effects: [effect] }) })).toEqual({ seen: 1 });
  });

  test("all of several, in the order of their creation", () => {
    const [seen, second] = [state("seen", [], 1), state("second", [], 1)];
    const first = assign(seen, (now) => add(now, 1));
    const next = assign(seen, (now) => mul(now, 10));
    const copied = assign(second, () => seen);
    const inner = withEffects(w, [next, copied]);
    // The one that was made first is attached last.
    expect(after({ train: minimize(loss(withEffects(mul(inner, 2), [first])), optimizer) })).toEqual({
      seen: 20,
      second: 1,
    });
    expect(after({ train: minimize(loss(inner), optimizer) })).toEqual({ seen: 10, second: 1 });
  });

  test("and are no part of a loss that is not computed from the result", () => {
    counted();
    const { x } = counted();
    const functions = { train: minimize(loss(w), optimizer), predict: { x } };
    expect(after(functions)).toEqual({ seen: 0 });
  });

  test("a parameter that only an effect reads is not trained", () => {
    const [kept, read] = [state("kept", [2], 0), param("read", [2], 5)];
    const x = withEffects(w, [assign(kept, () => read)]);
    const live = build(model("m", { functions: { train: minimize(loss(x), sgd({ lr: 1 })) } }));
    live.call("train");
    expect(live.state().state["kept"]).toEqual(Float32Array.of(5, 5));
    expect(live.parameters["read"]).toEqual(Float32Array.of(5, 5));
    expect(() => build(model("m", { functions: { train: minimize(loss(x), optimizer, { params: [read] }) } }))).toThrow(
      "the loss does not depend on parameter 'read'",
    );
  });
});

describe("attached effects do nothing", () => {
  test("in pure functions, within training(x) too", () => {
    const { x } = counted();
    expect(after({ plain: { x }, long: compute({ x }), trained: { x: training(mul(x, 2)) } })).toEqual({ seen: 0 });
  });

  test("within evaluating(x)", () => {
    const { x } = counted();
    const [off, on] = [sum(square(evaluating(x))), sum(square(evaluating(training(x))))];
    expect(after({ train: minimize(off, optimizer) })).toEqual({ seen: 0 });
    expect(after({ train: minimize(on, optimizer) })).toEqual({ seen: 1 });
    expect(after({ train: minimize(add(off, sum(x)), optimizer) })).toEqual({ seen: 1 });
  });
});

test.each(eachTarget)("on %s the value is x, and so is its gradient", (_, target) => {
  const x = input("x", ["batch"]);
  const y = withEffects(mul(x, 2), [counted().effect]);
  const functions = { run: { y, g: gradient(sum(square(y)), x) as Expression } };
  const live = build(model("m", { dims: { batch: 5 }, functions }), { target });
  const found = live.call("run", { x: [1, 2, 3] });
  expect([numbersOf(found["y"]), numbersOf(found["g"])]).toEqual([
    [2, 4, 6],
    [8, 16, 24],
  ]);
});

test("what is no effect is refused", () => {
  expect(() => withEffects(w, [w])).toThrow("withEffects: not an effect");
});

describe("byMode", () => {
  const x = input("x", [2]);
  const y = byMode({ training: mul(x, 2), evaluation: mul(x, 3) });
  const run = (functions: Parameters<typeof model>[1]["functions"]): Model => model("m", { functions });

  test("is resolved by the function, and by training(x) and evaluating(x)", () => {
    const also = { y: mul(y, 1), evaluated: evaluating(y), both: add(training(y), evaluating(y)) };
    const live = build(run({ train: minimize(sum(mul(w, y)), optimizer, { also }), predict: { y, t: training(y) } }));
    const found = live.call("train", { x: [1, 10] });
    expect(["y", "evaluated", "both"].map((name) => numbersOf(found[name]))).toEqual([
      [2, 20],
      [3, 30],
      [5, 50],
    ]);
    const predicted = live.call("predict", { x: [1, 10] });
    expect([numbersOf(predicted["y"]), numbersOf(predicted["t"])]).toEqual([
      [3, 30],
      [2, 20],
    ]);
  });

  test("a parameter of the other mode is not trained", () => {
    const other = param("other", [2], 1);
    const loss = sum(square(byMode({ training: w, evaluation: other })));
    const live = build(run({ train: minimize(loss, sgd({ lr: 0.1 })), predict: { loss } }));
    live.call("train");
    expect(live.parameters["other"]).toEqual(Float32Array.of(1, 1));
    expect(live.parameters["w"]?.[0]).toBeCloseTo(2.4);
    expect(() => build(run({ train: minimize(loss, optimizer, { params: [other] }) }))).toThrow("does not depend");
  });

  test("both sides have one shape and one element type", () => {
    expect(() => byMode({ training: x, evaluation: sum(x) })).toThrow("byMode: the two sides have different shapes");
    expect(() => byMode({ training: x, evaluation: argmax(x, -1) })).toThrow(
      "byMode: the two sides have different element types",
    );
  });
});
