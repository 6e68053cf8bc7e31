/** Programs with more than one update, or with shared weights, as PyTorch trains them: test/reference/programs.json. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { adam, input, linear, minimize, model, param, sgd, zeros, type Model } from "../../src/index.js";
import { build, numbersOf } from "../run.js";
import { eachTargetAndPrecision } from "../targets.js";

interface Recorded {
  readonly program: string;
  readonly batch: number;
  readonly start: Readonly<Record<string, readonly number[]>>;
  readonly losses: readonly (readonly number[])[];
  readonly end: Readonly<Record<string, readonly number[]>>;
}

const { programs } = JSON.parse(readFileSync(new URL("../reference/programs.json", import.meta.url), "utf8")) as {
  programs: readonly Recorded[];
};
const recorded = (name: string): Recorded => programs.find(({ program }) => program === name) as Recorded;

type Precision = "float32" | "float64";

/** Two functions in one model, each with its own parameters and its own optimizer. */
function gan(precision: Precision): Model {
  const [noise, real] = [input("noise", ["batch", 3]), input("real", ["batch", 2])];
  const [g1, g2] = [linear("g1", 3, 7), linear("g2", 7, 2)];
  const [d1, d2] = [linear("d1", 2, 6), linear("d2", 6, 1)];
  const fake = g2(g1(noise).tanh());
  const judge = (x: typeof fake) => d2(d1(x).leakyRelu(0.2));
  const judged = judge(fake);
  const caught = judge(real).neg().softplus().mean().add(judged.softplus().mean());
  return model("gan", {
    precision,
    dims: { batch: 9 },
    functions: {
      sample: { fake },
      discriminate: minimize(caught, adam({ lr: 2e-2 }), { params: [d1.weight, d1.bias, d2.weight, d2.bias] }),
      generate: minimize(judged.neg().softplus().mean(), adam({ lr: 1e-2, betas: [0.5, 0.999] }), {
        params: [g1.weight, g1.bias, g2.weight, g2.bias],
      }),
    },
  });
}

/** The decoder's weight is the encoder's. */
function autoencoder(precision: Precision): Model {
  const x = input("x", ["batch", 11]);
  const encoder = linear("encoder", 11, 3);
  const decoded = encoder(x)
    .tanh()
    .matmul(encoder.weight)
    .add(param("decoder.bias", [11], zeros()));
  return model("autoencoder", {
    precision,
    dims: { batch: 9 },
    functions: {
      reconstruct: { decoded },
      train: minimize(decoded.sub(x).square().mean(), sgd({ lr: 0.05, momentum: 0.9 })),
    },
  });
}

/** The inputs of test/reference/programs.py. */
const wave = (count: number, phase: number): number[] =>
  Array.from({ length: count }, (_, k) => Math.round(Math.sin(1.7 * k + 0.3 + phase) * 2000) / 1000);

describe.each(eachTargetAndPrecision)("%s, %s", (_, precision, target) => {
  const allowed = precision === "float64" ? 1e-10 : 1e-4;
  const close = (found: ArrayLike<number>, wanted: readonly number[]): void => {
    const worst = wanted.reduce((most, each, i) => Math.max(most, Math.abs((found[i] as number) - each)), 0);
    expect(found.length).toBe(wanted.length);
    expect(worst).toBeLessThan(allowed);
  };
  const start = (made: Model, { start }: Recorded) => {
    const live = build(made, { target });
    for (const [name, values] of Object.entries(start)) live.parameters[name]?.set(values);
    return live;
  };

  test("a generator and a discriminator in turn", () => {
    const wanted = recorded("gan");
    const live = start(gan(precision), wanted);
    for (const [step, [loss, fooled]] of wanted.losses.entries()) {
      const noise = wave(3 * wanted.batch, 100 + step);
      const before = live.state().parameters["g1.weight"];
      close(numbersOf(live.call("discriminate", { noise, real: wave(2 * wanted.batch, 200 + step) })["loss"]), [
        loss as number,
      ]);
      expect(live.state().parameters["g1.weight"]).toEqual(before);
      close(numbersOf(live.call("generate", { noise })["loss"]), [fooled as number]);
    }
    for (const [name, values] of Object.entries(wanted.end)) close(live.parameters[name] ?? [], values);
    const { functions } = live.state();
    expect(functions["discriminate"]).toMatchObject({ step: 20 });
    expect(Object.keys(functions["generate"]?.parameters ?? {})).toEqual([
      "g1.weight",
      "g1.bias",
      "g2.weight",
      "g2.bias",
    ]);
  });

  test("an autoencoder with tied weights", () => {
    const wanted = recorded("autoencoder");
    const live = start(autoencoder(precision), wanted);
    for (const [step, [loss]] of wanted.losses.entries()) {
      close(numbersOf(live.call("train", { x: wave(11 * wanted.batch, 300 + step) })["loss"]), [loss as number]);
    }
    for (const [name, values] of Object.entries(wanted.end)) close(live.parameters[name] ?? [], values);
  });
});
