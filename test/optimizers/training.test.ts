/** What `minimize` does around an optimizer, as PyTorch's users do it by hand: test/reference/training.json. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { adam, clipByNorm, clipByValue, ema, clipByGlobalNorm, sgd, swa } from "../../src/index.js";
import type { TrainingOptions } from "../../compiler/model/options.js";
import type { Expression } from "../../compiler/ir/op.js";
import { compute, minimize, model } from "../../compiler/model/model.js";
import { add } from "../../compiler/ops/add.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { zeros } from "../../compiler/ops/initializers.js";
import { input } from "../../compiler/ops/input.js";
import { matmul } from "../../compiler/ops/matmul.js";
import { mul } from "../../compiler/ops/mul.js";
import { param } from "../../compiler/ops/param.js";
import { square } from "../../compiler/ops/square.js";
import { sub } from "../../compiler/ops/sub.js";
import { tanh } from "../../compiler/ops/tanh.js";
import { transpose } from "../../compiler/ops/transpose.js";
import type { Target } from "../../compiler/targets/target.js";
import { magnitudeOf } from "../laws/check.js";
import { build, numbersOf, type Live } from "../run.js";
import { eachTarget } from "../targets.js";

interface Tensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}
type Tensors = Readonly<Record<string, readonly number[]>>;

interface Run {
  readonly optimizer: "sgd" | "adam";
  readonly options: Readonly<Record<string, number>>;
  readonly clip?: {
    readonly kind: "clipByValue" | "clipByNorm" | "clipByGlobalNorm";
    readonly limit: number;
    readonly type?: 1 | 2 | "inf";
  };
  readonly accumulate?: number;
  readonly average?: {
    readonly kind: "ema" | "swa";
    readonly decay: number;
    readonly start: number;
    readonly every: number;
  };
  readonly skips?: readonly number[];
  readonly biases?: Readonly<Record<string, number>>;
  readonly steps: readonly {
    readonly call: number;
    readonly updates: number;
    readonly parameters: Tensors;
    readonly evaluated?: Tensors;
  }[];
}

const reference = JSON.parse(readFileSync(new URL("../reference/training.json", import.meta.url), "utf8")) as {
  readonly data: Readonly<Record<"x" | "y", Tensor>>;
  readonly parameters: Readonly<Record<string, Tensor>>;
  readonly factors: readonly number[];
  readonly runs: readonly Run[];
};

function optionsOf({ clip, accumulate, average, skips }: Run, recompute: boolean): TrainingOptions {
  const type = clip?.type === "inf" ? Infinity : (clip?.type ?? 2);
  const limit = clip?.limit ?? 1;
  const clips = {
    clipByValue: () => clipByValue(limit),
    clipByNorm: () => clipByNorm(limit, { type }),
    clipByGlobalNorm: () => clipByGlobalNorm(limit, { type, recompute }),
  };
  const averages = {
    ema: () => ema(average?.decay),
    swa: () => swa({ start: average?.start, every: average?.every } as never),
  };
  return {
    ...(clip && { clip: clips[clip.kind]() }),
    ...(accumulate !== undefined && { accumulate }),
    ...(average && { average: averages[average.kind]() }),
    ...(skips && { skipNonFinite: true }),
  };
}

function net(run: Run, target: Target, precision: "float32" | "float64", recompute: boolean): Live {
  const { data, parameters } = reference;
  const tensors = Object.fromEntries(
    Object.entries(parameters).map(([name, { shape }]) => [name, param(name, shape, zeros())]),
  );
  const linear = (name: string, x: Expression): Expression =>
    add(matmul(x, transpose(tensors[`${name}.weight`] as Expression)), tensors[`${name}.bias`] as Expression);
  const [x, y] = [input("x", data.x.shape), input("y", data.y.shape)];
  const loss = sum(square(sub(linear("output", tanh(linear("hidden", x))), y)));
  const groups = run.biases && { groups: { biases: { match: "*.bias", ...run.biases } } };
  const train = minimize(loss, { sgd, adam }[run.optimizer]({ ...run.options, ...groups }), optionsOf(run, recompute));
  const read = Object.fromEntries(Object.entries(tensors).map(([name, each]) => [name, mul(each, 1)]));
  const raw = compute(read, { averaged: false });
  const live = build(model("reference", { precision, functions: { train, read, raw } }), { target });
  for (const [name, { data: values }] of Object.entries(parameters)) live.parameters[name]?.set(values);
  return live;
}

/** The largest difference, relative to the largest absolute value of its tensor. */
function distance(run: Run, target: Target, precision: "float32" | "float64", recompute = false): number {
  const live = net(run, target, precision, recompute);
  const { data, factors } = reference;
  let worst = 0;
  const compare = (found: ArrayLike<number>, wanted: readonly number[]): void => {
    const magnitude = magnitudeOf(wanted);
    wanted.forEach((each, i) => {
      const apart = Math.abs((found[i] as number) - each) / magnitude;
      if (!(apart <= worst)) worst = apart;
    });
  };
  let call = 0;
  for (const { call: until, updates, parameters, evaluated } of run.steps) {
    while (call < until) {
      const isSkipped = run.skips?.includes(call + 1) ?? false;
      const factor = isSkipped ? NaN : (factors[call] as number);
      const x = Float64Array.from(data.x.data, (each) => each * factor);
      const { skipped } = live.call("train", { x, y: data.y.data });
      if (run.skips) expect(skipped).toBe(isSkipped);
      call++;
    }
    const state = live.state();
    expect(state.functions["train"]).toMatchObject({ calls: call, step: updates });
    for (const [name, wanted] of Object.entries(parameters)) {
      compare(state.parameters[name] as ArrayLike<number>, wanted);
      compare(numbersOf(live.call("raw")[name]), wanted);
      compare(numbersOf(live.call("read")[name]), evaluated?.[name] ?? wanted);
    }
  }
  return worst;
}

describe.each(eachTarget)("on %s", (_, target) => {
  describe.each(reference.runs.map(({ steps, ...run }) => [JSON.stringify(run), { ...run, steps }] as const))(
    "%s",
    (_, run) => {
      test("in float64", () => expect(distance(run, target, "float64")).toBeLessThan(1e-9));
      test("in float32", () => expect(distance(run, target, "float32")).toBeLessThan(1e-4));
      if (run.clip?.kind !== "clipByGlobalNorm") return;
      test("with gradients computed twice", () => expect(distance(run, target, "float64", true)).toBeLessThan(1e-9));
    },
  );
});

test("a net goes on from its state bit for bit, in the middle of an accumulation and of an average", () => {
  const run = { ...(reference.runs[9] as Run), average: { kind: "ema", decay: 0.75, start: 1, every: 1 } } as const;
  const inputs = { x: reference.data.x.data, y: reference.data.y.data };
  for (const [, target] of eachTarget) {
    const [first, second] = [net(run, target, "float32", false), net(run, target, "float32", false)];
    for (let call = 0; call < 5; call++) first.call("train", inputs);
    second.load(JSON.parse(JSON.stringify(first.state())) as ReturnType<Live["state"]>);
    for (let call = 0; call < 6; call++) {
      first.call("train", inputs);
      second.call("train", inputs);
      expect(second.state()).toEqual(first.state());
      expect(second.call("read")).toEqual(first.call("read"));
    }
  }
});
