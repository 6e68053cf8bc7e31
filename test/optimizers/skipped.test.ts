/** A call whose gradients are not finite is left out, also where several make one update: what is accumulated stays clean. */
import { describe, expect, it } from "vitest";
import {
  adam,
  ema,
  clipByGlobalNorm,
  input,
  linear,
  minimize,
  model,
  mse,
  param,
  sgd,
  swa,
  zeros,
} from "../../src/index.js";
import type { Model } from "../../compiler/model/model.js";
import { build, type Live } from "../run.js";
import { eachTargetAndPrecision } from "../targets.js";
import { some } from "../runs.js";

const x = input("x", ["batch", 5]);
const y = input("y", ["batch", 3]);
const hidden = linear("hidden", 5, 4);
const output = linear("output", 4, 3);
const scores = output(hidden(x).tanh());
/** With 0, all gradients are 0. */
const scale = input("scale", []);
const loss = mse(scores, y).mul(scale);

type Options = NonNullable<Parameters<typeof minimize>[2]>;
type By = Parameters<typeof minimize>[1];

const net = (precision: "float32" | "float64", by: By, options: Options = {}): Model =>
  model("net", {
    dims: { batch: 3 },
    precision,
    functions: {
      train: minimize(loss, by, {
        accumulate: 3,
        skipNonFinite: true,
        also: { scores },
        ...options,
      }),
      predict: { scores },
    },
  });

const clean = (i: number) => ({
  x: Float32Array.from({ length: 15 }, (_, k) => Math.sin(k + i)),
  y: Float32Array.from({ length: 9 }, (_, k) => Math.cos(k * i)),
  scale: [1],
});
const broken = (i: number) => ({ ...clean(i), x: clean(i).x.map((value, k) => (k === 7 ? NaN : value)) });
const nothing = (i: number) => ({ ...clean(i), scale: [0] });

type Kept = Record<string, Record<string, Float32Array>>;
/** All that training has changed, but for how often it was called. */
const trained = (live: Live): { parameters: unknown; step: unknown; kept: Kept } => {
  const { parameters, functions } = live.state();
  const { step, parameters: kept } = functions["train"] ?? expect.fail();
  return { parameters, step, kept: kept as unknown as Kept };
};
const numbersIn = (value: unknown): number[] =>
  ArrayBuffer.isView(value)
    ? [...(value as Float32Array)]
    : typeof value === "object" && value
      ? Object.values(value).flatMap(numbersIn)
      : [];

const groups = { biases: { match: "*.bias", lr: 0.05 } };
const ways: readonly (readonly [string, () => readonly [By, Options?]])[] = [
  ["sgd", () => [sgd({ lr: 0.1, momentum: 0.9 })]],
  ["adam in groups", () => [adam({ lr: 0.01, groups })]],
  ["an average of steps", () => [adam({ lr: 0.01 }), { average: ema(0.5) }]],
  ["an average of some", () => [sgd({ lr: 0.1, groups }), { average: swa({ start: 1, every: 1 }) }]],
  ["clipped", () => [adam({ lr: 0.01 }), { clip: clipByGlobalNorm(0.1) }]],
  ["scheduled", () => [sgd({ lr: (t) => t.add(1).pow(-0.5).mul(0.1) })]],
  ["one call a step", () => [adam({ lr: 0.01, groups }), { accumulate: 1, average: ema(0.9) }]],
];

describe.each(eachTargetAndPrecision)("on %s, %s", (_, precision, target) => {
  // Where the broken calls are among the calls: first, last, in the middle of three, after an update, in a row.
  it.each(
    some(
      ways.flatMap(([name, by]) =>
        ["b..c", ".b.", "..b.", "bb.b.b.", "...b...", ".....bb."].map((when) => [name, when, by] as const),
      ),
    ),
  )("%s, %s", (_, when, make) => {
    const [by, options] = make();
    const every = options?.accumulate ?? 3;
    const [one, other] = [0, 1].map(() => build(net(precision, by, options), { target })) as readonly Live[] as [
      Live,
      Live,
    ];
    [...when].forEach((kind, i) => {
      const before = trained(one);
      const result = one.call("train", kind === "b" ? broken(i) : clean(i));
      expect(result["skipped"]).toBe(kind === "b");
      if (kind === "b") expect(result["loss"]).toBeNaN();
      expect(numbersIn(trained(one)).every(Number.isFinite)).toBe(true);
      if (kind === "b" && i % every === every - 1) {
        const { kept, ...rest } = trained(one);
        const { kept: old, ...same } = before;
        expect(rest).toEqual(same);
        for (const [name, tensors] of Object.entries(kept))
          for (const [key, tensor] of Object.entries(tensors))
            expect(tensor).toEqual(key === "accumulated_grad" ? tensor.map(() => 0) : old[name]?.[key]);
        other.load(one.state() as never);
        return;
      }
      const counted = other.call("train", kind === "b" ? nothing(i) : clean(i));
      if (kind !== "b") expect(result).toEqual(counted);
      expect(trained(one)).toEqual(trained(other));
    });
    const { calls, shared } = one.state().functions["train"] ?? expect.fail();
    expect([calls, shared?.["skipped"]?.[0]]).toEqual([when.length, when.split("b").length - 1]);
    const inputs = { x: clean(1).x };
    expect(one.call("predict", inputs)).toEqual(other.call("predict", inputs));
  });

  it("a call with which the sum overflows is left out too", () => {
    const [w, v] = [param("w", [5], zeros()), input("v", [5])];
    const train = minimize(w.mul(v).sum(), sgd({ lr: 1e-9 }), { accumulate: 4, skipNonFinite: true });
    const live = build(model("large", { precision, functions: { train } }), { target });
    const most = precision === "float32" ? 3e38 : 1.7e308;
    const results = [most, most, 1, -1].map(
      (each) => live.call("train", { v: new Float64Array(5).fill(each) })["skipped"],
    );
    expect(results).toEqual([false, true, false, false]);
    expect(numbersIn(trained(live)).every(Number.isFinite)).toBe(true);
    expect(live.state().functions["train"]?.step).toBe(1);
  });

  it("a state that was saved in between goes on", () => {
    const [one, other] = [0, 1].map(() => build(net(precision, adam({ lr: 0.01 })), { target })) as readonly Live[] as [
      Live,
      Live,
    ];
    for (const i of [0, 1]) one.call("train", i ? broken(i) : clean(i));
    other.load(one.state());
    for (let i = 2; i < 6; i++) expect(other.call("train", clean(i))).toEqual(one.call("train", clean(i)));
    expect(other.state()).toEqual(one.state());
    expect(one.state().functions["train"]?.step).toBe(2);
  });
});
