/** What a state or a parameter may start at. */
import { describe, expect, it, test } from "vitest";
import { checkModel } from "../../compiler/check/check.js";
import { type OptimcError } from "../../compiler/diagnostics.js";
import * as optimc from "../../src/index.js";
import type { Model } from "../../compiler/model/model.js";
import { build } from "../run.js";
import { eachTargetAndPrecision } from "../targets.js";

const { assign, compute, full, input, model, param, state } = optimc;

const starts = [Infinity, -Infinity, NaN, -0, 3e38];

describe.each(eachTargetAndPrecision)("%s, %s", (_, precision, target) => {
  test.each(starts)("a state that starts at %s", (start) => {
    const [whole, filled] = [state("whole", [], start), state("filled", [5], full(start))];
    const run = compute({ whole: whole.add(0), filled: filled.add(0) });
    const live = build(model("m", { precision, functions: { run } }) as unknown as Model, { target });
    const Floats = precision === "float32" ? Float32Array : Float64Array;
    expect(live.state().state).toEqual({ whole: Floats.of(start), filled: new Floats(5).fill(start) });
    const value = Floats.of(start)[0]! + 0;
    expect(live.call("run")).toEqual({ whole: value, filled: new Floats(5).fill(value) });
    const saved = live.state();
    live.load(saved);
    expect(live.state()).toEqual(saved);
  });

  it("keeps the best loss so far", () => {
    const [x, best] = [input("x", []), state("best", [], Infinity)];
    const run = compute({ before: best.add(0) }, { effects: [assign(best, (now) => now.minimum(x))] });
    const reset = compute({ before: best.add(0) }, { effects: [assign(best, () => Infinity)] });
    const live = build(model("m", { precision, functions: { run, reset } }) as unknown as Model, { target });
    const seen = [3, 5, 2].map((value) => live.call("run", { x: [value] })["before"]);
    expect(seen).toEqual([Infinity, 3, 3]);
    expect(live.call("reset")["before"]).toBe(2);
    expect(live.call("run", { x: [7] })["before"]).toBe(Infinity);
  });
});

it("is checked like any other state", () => {
  const [x, best] = [input("x", ["batch"]), state("best", [], Infinity)];
  const w = param("w", [], 1);
  const loss = x.mul(w).square().mean();
  const train = optimc.minimize(loss, optimc.sgd({ lr: 0.1 }), {
    also: { best: best.add(0) },
    effects: [assign(best, (now) => now.minimum(loss))],
  });
  const report = checkModel(model("m", { dims: { batch: 4 }, functions: { train } }) as unknown as Model);
  expect(report.findings).toEqual([]);
  expect(report.proofs.map(({ verdict }) => verdict)).toEqual(["ok", "ok", "ok"]);
});

it("is named where a loss is infinite because of it", () => {
  const [w, best] = [param("w", [], 1), state("best", [], Infinity)];
  const train = optimc.minimize(w.mul(best), optimc.sgd({ lr: 0.1 }));
  const [finding] = checkModel(model("m", { functions: { train } }) as unknown as Model).findings;
  expect(finding?.message).toBe("train: the loss or a parameter is not finite, since a state or a constant is not");
});

describe("a parameter", () => {
  const refusal = (make: () => unknown): OptimcError => {
    try {
      make();
    } catch (error) {
      return error as OptimcError;
    }
    throw new Error("was accepted");
  };

  it.each([Infinity, -Infinity, NaN])("does not start at %s", (start) => {
    for (const initial of [start, full(start)]) {
      for (const shape of [[], [3]]) {
        expect(refusal(() => param("scale", shape, initial))).toMatchObject({
          code: "invalid-argument",
          message: "param 'scale': the initial value is not finite",
          expected: "a finite number, from which training can move",
          found: `the number ${start}`,
          hint: "a state, which is not trained, may start at any number",
        });
      }
    }
  });

  it("or a state starts at a number", () => {
    expect(refusal(() => full("3" as unknown as number))).toMatchObject({
      message: "full: value is not a number",
      found: 'the string "3"',
    });
  });
});
