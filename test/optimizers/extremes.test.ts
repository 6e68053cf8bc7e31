/**
 * Gradients from the smallest to the largest float32: no update overflows or underflows on the way where the order of
 * operations of PyTorch, or of the optimizer's authors, does not.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as optimc from "../../src/index.js";
import type { Optimizer } from "../../compiler/optimizers/optimizer.js";
import { runs } from "../runs.js";
import { build } from "../run.js";
import { eachTarget } from "../targets.js";
import { arithmeticOf, references, type Arithmetic, type Element } from "./orders.js";

const made: Readonly<Record<string, () => Optimizer>> = {
  sgd: optimc.sgd,
  "sgd with momentum": () => optimc.sgd({ momentum: 0.9 }),
  "sgd with nesterov": () => optimc.sgd({ momentum: 0.9, nesterov: true }),
  adam: optimc.adam,
  "adam with amsgrad": () => optimc.adam({ amsgrad: true }),
  adamax: optimc.adamax,
  nadam: optimc.nadam,
  radam: optimc.radam,
  adagrad: optimc.adagrad,
  adadelta: optimc.adadelta,
  rmsprop: optimc.rmsprop,
  "rmsprop, centered, with momentum": () => optimc.rmsprop({ centered: true, momentum: 0.9 }),
  rprop: optimc.rprop,
  asgd: optimc.asgd,
  adabound: optimc.adabound,
  amsbound: optimc.amsbound,
  lion: optimc.lion,
  "lamb without ratio": () => optimc.lamb({ adam: true }),
  adan: optimc.adan,
  scheduleFreeAdamW: optimc.scheduleFreeAdamW,
  // It stays in its first phase.
  swats: () => optimc.swats({ switchTolerance: 0 }),
  sparseAdam: optimc.sparseAdam,
};

const [count, steps] = [64, 8];

/** Of both signs, the exponent being as likely small as large. */
const anyGradient = fc
  .tuple(fc.integer({ min: -45_000, max: 38_000 }), fc.boolean(), fc.nat(15))
  .map(([exponent, isNegative, zero]) =>
    zero === 0 ? 0 : Math.fround((isNegative ? -1 : 1) * 10 ** (exponent / 1000)),
  );

const tolerance = 1e-4;

/** Below the smallest normal float32 roundings are absolute, and what is divided by an eps afterwards magnifies them. */
const least = { state: 2 ** -125, parameter: 1e-30 };

function distance(found: number, wanted: number, scale: number): number {
  if (Object.is(found, wanted) || found === wanted) return 0;
  const apart = Math.abs(found - wanted) / scale;
  return Number.isNaN(apart) ? Infinity : apart;
}

function follow(name: string, start: number, gradients: readonly number[], arithmetic: Arithmetic): Element[] {
  const path: Element[] = [];
  let element: Element = { p: start, state: {} };
  gradients.forEach((g, at) => {
    const next = (references[name] as (typeof references)[string])(element, g, at + 1, arithmetic);
    // Whatever the target computes in, it keeps float32, and none that is subnormal.
    const kept = (value: number): number => (Math.abs(value) < 2 ** -126 ? 0 : Math.fround(value));
    const stored = Object.entries(next.state).map(([key, value]) => [key, kept(value)] as const);
    path.push((element = { p: Math.fround(next.p), state: Object.fromEntries(stored) }));
  });
  return path;
}

test("every optimizer that works element by element has a reference", () => {
  expect(Object.keys(made).sort()).toEqual(Object.keys(references).sort());
});

describe.each(Object.keys(made))("%s", (name) => {
  test.each(eachTarget)("on %s, any gradients", (targetName, target) => {
    // JavaScript runs the body of an update in double.
    const arithmetic = arithmeticOf(targetName === "js" ? (x) => x : Math.fround);
    const weight = optimc.param("w", [count], optimc.zeros());
    const loss = weight.mul(optimc.input("g", [count])).sum();
    const functions = { train: optimc.minimize(loss, (made[name] as () => Optimizer)()) };
    const live = build(optimc.model("extremes", { functions }), { target });
    const initial = live.state();
    fc.assert(
      fc.property(
        fc.constantFrom(0, 1),
        fc.array(fc.array(anyGradient, { minLength: steps, maxLength: steps }), { minLength: count, maxLength: count }),
        (start, gradients) => {
          live.load(initial);
          live.parameters["w"]?.fill(start);
          const paths = gradients.map((each) => follow(name, start, each, arithmetic));
          for (let step = 0; step < steps; step++) {
            live.call("train", { g: gradients.map((each) => each[step] as number) });
            const { parameters, functions } = live.state();
            paths.forEach((path, i) => {
              const wanted = path[step] as Element;
              // What was added and taken away again has left its rounding.
              const sizeOf = (of: (element: Element) => number): number =>
                path.slice(0, step + 1).reduce((most, each) => Math.max(most, Math.abs(of(each))), 0);
              const compared: (readonly [string, number, number, number])[] = [
                [
                  "the parameter",
                  parameters["w"]?.[i] as number,
                  wanted.p,
                  Math.max(
                    start,
                    sizeOf(({ p }) => p),
                    least.parameter,
                  ),
                ],
                ...Object.entries(wanted.state).map(([state, value]) => {
                  const found = functions["train"]?.parameters?.["w"]?.[state]?.[i] as number;
                  return [
                    state,
                    found,
                    value,
                    Math.max(
                      sizeOf((each) => each.state[state] ?? 0),
                      least.state / tolerance,
                    ),
                  ] as const;
                }),
              ];
              for (const [what, found, value, size] of compared) {
                if (distance(found, value, size) < tolerance) continue;
                expect.fail(
                  `step ${step + 1} of ${gradients[i]?.join(", ")} from ${start}: ${what} is ${found}, not ${value}`,
                );
              }
            });
          }
        },
      ),
      runs(15, 5),
    );
  });
});
