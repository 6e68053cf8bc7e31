/** Runs of optimizers that were recorded on one small net: test/reference/optimizers.json and authors.json. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { Expression } from "../../compiler/ir/op.js";
import type { HostNumber } from "../../compiler/ir/tensorMethods.js";
import { minimize, model } from "../../compiler/model/model.js";
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
import type { Optimizer } from "../../compiler/optimizers/optimizer.js";
import { magnitudeOf } from "../laws/check.js";
import type { Target } from "../../compiler/targets/target.js";
import { build, type Live } from "../run.js";

interface Tensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

type Tensors = Readonly<Record<string, readonly number[]>>;

export interface Step {
  readonly step: number;
  readonly loss: number;
  readonly parameters?: Tensors;
  readonly state?: Readonly<Record<string, Tensors>>;
  /** What other functions read instead of the parameters, if that differs. */
  readonly evaluated?: Tensors;
  /** Numbers that are kept for a group or for all parameters. */
  readonly shared?: Readonly<Record<string, number>>;
}

export interface Run {
  readonly optimizer: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly precision: "float64" | "float32";
  readonly steps: readonly Step[];
}

export interface Recording {
  readonly data: Readonly<Record<"x" | "y", Tensor>>;
  readonly parameters: Readonly<Record<string, Tensor>>;
  readonly runs: readonly Run[];
}

export const recordingOf = (file: string): Recording =>
  JSON.parse(readFileSync(new URL(`../reference/${file}`, import.meta.url), "utf8")) as Recording;

export type Optimizers = Readonly<Record<string, (options: Readonly<Record<string, unknown>>) => Optimizer>>;

interface Schedule {
  readonly base: number;
  readonly decay?: number;
  readonly warmup?: number;
}

/** `{ base, decay }` and `{ base, warmup }` stand for schedules of the learning rate. */
function optionsOf({ options }: Run): Readonly<Record<string, unknown>> {
  const lr = options["lr"] as number | Schedule | undefined;
  if (typeof lr !== "object") return options;
  const { base, decay, warmup } = lr;
  const schedule = (t: HostNumber): HostNumber =>
    warmup === undefined
      ? t
          .mul(decay ?? 0)
          .add(1)
          .pow(-1)
          .mul(base)
      : t.add(1).div(warmup).minimum(1).mul(base);
  return { ...options, lr: schedule };
}

/** The recorded net: two layers with tanh between, the squared error summed. `read` gives the parameters as they are read. */
function net(recording: Recording, optimizers: Optimizers, run: Run, target: Target): Live {
  const { data, parameters } = recording;
  const tensors = Object.fromEntries(
    Object.entries(parameters).map(([name, { shape }]) => [name, param(name, shape, zeros())]),
  );
  const linear = (name: string, x: Expression): Expression =>
    add(matmul(x, transpose(tensors[`${name}.weight`] as Expression)), tensors[`${name}.bias`] as Expression);
  const [x, y] = [input("x", data.x.shape), input("y", data.y.shape)];
  const loss = sum(square(sub(linear("output", tanh(linear("hidden", x))), y)));
  const train = minimize(loss, (optimizers[run.optimizer] as Optimizers[string])(optionsOf(run)));
  const read = Object.fromEntries(Object.entries(tensors).map(([name, each]) => [name, mul(each, 1)]));
  const live = build(model("reference", { precision: run.precision, functions: { train, read } }), { target });
  for (const [name, { data: values }] of Object.entries(parameters)) live.parameters[name]?.set(values);
  return live;
}

export interface Distance {
  readonly at: string;
  readonly relative: number;
}

/** The largest difference at the recorded steps, relative to the largest absolute value of each tensor. */
export function distance(recording: Recording, optimizers: Optimizers, run: Run, target: Target): Distance {
  const live = net(recording, optimizers, run, target);
  const inputs = { x: recording.data.x.data, y: recording.data.y.data };
  let worst: Distance = { at: "nowhere", relative: 0 };
  const compare = (at: string, found: ArrayLike<number>, wanted: readonly number[]): void => {
    expect(found.length, at).toBe(wanted.length);
    const magnitude = magnitudeOf(wanted);
    wanted.forEach((each, i) => {
      const apart = Math.abs((found[i] as number) - each);
      const relative = apart === 0 ? 0 : apart / magnitude;
      if (!(relative <= worst.relative)) worst = { at: `step ${at}[${i}]`, relative };
    });
  };
  let step = 0;
  for (const recorded of run.steps) {
    let loss = NaN;
    while (step < recorded.step) {
      loss = live.call("train", inputs)["loss"] as number;
      step++;
    }
    compare(`${step} loss`, [loss], [recorded.loss]);
    const state = live.state();
    for (const [name, wanted] of Object.entries(recorded.parameters ?? {}))
      compare(`${step} ${name}`, state.parameters[name] as ArrayLike<number>, wanted);
    for (const [parameter, tensors] of Object.entries(recorded.state ?? {})) {
      const kept = state.functions["train"]?.parameters?.[parameter] ?? {};
      expect(Object.keys(kept).sort(), parameter).toEqual(Object.keys(tensors).sort());
      for (const [name, wanted] of Object.entries(tensors))
        compare(`${step} ${parameter} ${name}`, kept[name] as ArrayLike<number>, wanted);
    }
    const shared = state.functions["train"]?.shared ?? {};
    // Where other functions read an average, the number of updates is kept for them.
    const names = Object.keys(shared).filter((name) => name !== "updates" || name in (recorded.shared ?? {}));
    if (recorded.shared) expect(names.sort()).toEqual(Object.keys(recorded.shared).sort());
    for (const [name, wanted] of Object.entries(recorded.shared ?? {}))
      compare(`${step} ${name}`, shared[name] as ArrayLike<number>, [wanted]);
    const read = recorded.evaluated ? live.call("read") : {};
    for (const [name, wanted] of Object.entries(recorded.evaluated ?? {}))
      compare(`${step} ${name} as it is read`, read[name] as Float64Array, wanted);
  }
  return worst;
}

export const allowed = { float64: 1e-9, float32: 1e-4 } as const;
