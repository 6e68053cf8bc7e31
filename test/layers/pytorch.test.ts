/** The layers as PyTorch computes them: test/reference/layers.json. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  batchNorm,
  batchNorm2d,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  embedding,
  groupNorm,
  input,
  instanceNorm,
  layerNorm,
  linear,
  minimize,
  model,
  rmsNorm,
  sgd,
} from "../../src/index.js";
import type { Expression } from "../../compiler/ir/op.js";
import { compute, model as makeModel } from "../../compiler/model/model.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { constant } from "../../compiler/ops/constant.js";
import { training } from "../../compiler/ops/dropout.js";
import { gradient } from "../../compiler/ops/gradient.js";
import { input as makeInput } from "../../compiler/ops/input.js";
import { mul } from "../../compiler/ops/mul.js";
import type { FusionLevel } from "../../compiler/plan/fuse/fuse.js";
import { magnitudeOf, sizesOf } from "../laws/check.js";
import { build, numbersOf, type Live } from "../run.js";
import { eachTargetInItsPrecision } from "../targets.js";

type Named = Readonly<Record<string, readonly number[]>>;

interface Options {
  readonly paddingIndex?: number;
  readonly eps?: number;
  readonly momentum?: number | null;
  readonly affine?: boolean;
  readonly bias?: boolean;
  readonly trackRunningStatistics?: boolean;
}

interface Case {
  readonly name: string;
  readonly layer: string;
  readonly features: readonly (number | readonly number[])[];
  readonly options: Options;
  readonly precision: "float32" | "float64";
  readonly x: {
    readonly shape: readonly number[];
    readonly data: readonly number[];
    readonly element: "float" | "int32";
  };
  readonly parameters: Named;
  readonly cotangent: readonly number[];
  readonly value: { readonly shape: readonly number[]; readonly data: readonly number[] };
  readonly gradients: Named;
}

interface Kept {
  readonly parameters: Named;
  readonly state: Named;
}

interface Run extends Kept {
  readonly name: string;
  readonly options: Options;
  readonly twice: boolean;
  readonly steps: readonly (Kept & {
    readonly x: readonly number[];
    readonly y: readonly number[];
    readonly loss: number;
  })[];
  readonly evaluated: { readonly x: readonly number[]; readonly value: readonly number[] };
}

const reference = JSON.parse(readFileSync(new URL("../reference/layers.json", import.meta.url), "utf8")) as {
  readonly cases: readonly Case[];
  readonly runs: readonly Run[];
};

type Layer = ((x: Expression) => Expression) & Readonly<Record<string, Expression>>;

type Make = (features: readonly number[], options: Options) => unknown;

const layers: Readonly<Record<string, Make>> = {
  embedding: ([count, features], options) => embedding("l", count as number, features as number, options),
  layerNorm: (features, options) => layerNorm("l", features.length === 1 ? (features[0] as number) : features, options),
  rmsNorm: (features, { eps, affine }) =>
    rmsNorm("l", features.length === 1 ? (features[0] as number) : features, {
      ...(eps !== undefined && { eps }),
      ...(affine !== undefined && { affine }),
    }),
  batchNorm: ([features], options) => batchNorm("l", features as number, options),
  // These take their features as they stand, and then the options.
  ...Object.fromEntries(
    Object.entries({
      ...{ conv1d, conv2d, conv3d, convTranspose1d, convTranspose2d, convTranspose3d },
      ...{ batchNorm2d, groupNorm, instanceNorm },
    }).map(([name, layer]): [string, Make] => [
      name,
      (features, options) => (layer as unknown as (...given: unknown[]) => unknown)("l", ...features, options),
    ]),
  ),
};

/** Differences are measured against the largest number of a tensor, or of what it is a sum of, since sums cancel. */
function compare(
  what: string,
  found: ArrayLike<number>,
  wanted: readonly number[],
  tolerance: number,
  summed: readonly number[] = [],
): void {
  expect(found.length, what).toBe(wanted.length);
  const allowed = tolerance * Math.max(magnitudeOf(wanted), magnitudeOf(summed));
  wanted.forEach((each, i) => {
    const difference = Math.abs((found[i] as number) - each);
    if (!(difference <= allowed)) expect.fail(`${what}[${i}] is ${found[i]} instead of ${each}`);
  });
}

function set(live: Live, { parameters, state = {} }: { parameters: Named; state?: Named }, prefix = ""): void {
  const saved = live.state();
  const named = (values: Named) =>
    Object.fromEntries(Object.entries(values).map(([key, each]) => [prefix + key, each]));
  live.load({ ...saved, parameters: named(parameters), state: { ...saved.state, ...named(state) } } as typeof saved);
}

describe.each(eachTargetInItsPrecision)("on %s in %s", (_, precision, target) => {
  const [forValues, forGradients] = precision === "float64" ? [1e-10, 1e-10] : [1e-5, 1e-4];

  test("every layer that is recorded is known", () => {
    expect(reference.cases.filter(({ layer }) => !layers[layer])).toEqual([]);
  });

  test.each(Object.keys(layers))("%s", (kind) => {
    const some = reference.cases.filter((each) => each.layer === kind);
    expect(some.length).toBeGreaterThan(0);
    for (const each of some) {
      // What depends on the precision was recorded in it.
      if (each.name.includes("times") && each.precision !== precision) continue;
      const layer = layers[each.layer]!(each.features as readonly number[], each.options) as Layer;
      const x = makeInput("x", each.x.shape, each.x.element);
      const value = training(layer(x));
      expect(sizesOf(value)).toEqual(each.value.shape);
      const loss = sum(mul(value, constant({ shape: each.value.shape, data: each.cotangent })));
      const outputs: Record<string, Expression> = { value };
      for (const name of Object.keys(each.gradients)) {
        outputs[`d ${name}`] = gradient(loss, name === "x" ? x : (layer[name] as Expression)) as Expression;
      }
      const made = makeModel("reference", { precision, functions: { run: compute(outputs) } });
      const live = build(made, { target });
      set(live, { parameters: each.parameters }, "l.");
      const data = each.x.element === "float" ? each.x.data : Int32Array.from(each.x.data);
      const found = live.call("run", { x: data });
      compare(`${each.name}: value`, numbersOf(found["value"]), each.value.data, forValues);
      for (const [name, wanted] of Object.entries(each.gradients)) {
        const what = `${each.name}: gradient of ${name}`;
        compare(what, numbersOf(found[`d ${name}`]), wanted, forGradients, each.cotangent);
      }
    }
  });

  const net = ({ options, twice }: Run) => {
    const [x, y] = [input("x", ["batch", 4]), input("y", ["batch", 2])];
    const [first, norm, second] = [linear("first", 4, 5), batchNorm("norm", 5, options), linear("second", 5, 2)];
    const h = norm(first(x));
    const value = second((twice ? norm(h.mul(0.5).add(1)) : h).tanh());
    const loss = value.sub(y).square().mean();
    return model("net", {
      precision,
      dims: { batch: 20 },
      functions: { train: minimize(loss, sgd({ lr: 0.05, momentum: 0.9 })), evaluate: { value } },
    });
  };

  test.each(reference.runs)("training with batchNorm $name", (run) => {
    const lives = (["all", "none"] as const).map((fusion: FusionLevel) => build(net(run), { target, fusion }));
    for (const live of lives) set(live, run);
    for (const [number, wanted] of run.steps.entries()) {
      const [live, unfused] = lives as readonly Live[] as [Live, Live];
      const { loss } = live.call("train", { x: wanted.x, y: wanted.y });
      compare(`loss ${number}`, [loss as number], [wanted.loss], forGradients);
      const { parameters, state } = live.state();
      expect(Object.keys(parameters).sort()).toEqual(Object.keys(wanted.parameters).sort());
      expect(Object.keys(state).sort()).toEqual(Object.keys(wanted.state).sort());
      for (const [name, each] of Object.entries(wanted.parameters)) {
        compare(`${name} after ${number}`, parameters[name] as ArrayLike<number>, each, forGradients);
      }
      for (const [name, each] of Object.entries(wanted.state)) {
        compare(`${name} after ${number}`, state[name] as ArrayLike<number>, each, forGradients);
      }
      unfused.call("train", { x: wanted.x, y: wanted.y });
      expect(unfused.state()).toEqual(live.state());
      // What is saved goes on in another instance.
      if (number === 2) {
        const other = build(net(run), { target, seed: 8 });
        other.load(live.state());
        lives[0] = other;
      }
    }
    const { value } = (lives[0] as Live).call("evaluate", { x: run.evaluated.x });
    compare("evaluated", numbersOf(value), run.evaluated.value, forGradients);
  });
});
