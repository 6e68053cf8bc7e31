/** 200 updates of every schedule as PyTorch's scheduler gives them: test/reference/schedules.json. */
import { describe, expect, it } from "vitest";
import type { Target } from "../../compiler/targets/target.js";
import {
  adam,
  cosineAnnealingWarmRestarts,
  input,
  minimize,
  model,
  param,
  reduceLROnPlateau,
} from "../../src/index.js";
import type { CyclicSchedule, Schedule } from "../../src/index.js";
import { build } from "../run.js";
import { eachTarget } from "../targets.js";
import { make, reference } from "./calls.js";
import { saved, trained, update } from "./net.js";

/** The updates, the second half of them in another instance that loads the state of the first. */
function trace(target: Target, options: Parameters<typeof trained>[1], metrics?: readonly number[]) {
  let live = trained(target, options);
  return Array.from({ length: 200 }, (_, k) => {
    if (k === 97) {
      const state = saved(live);
      live = trained(target, options);
      live.load(state);
    }
    return update(live, metrics && { metric: metrics[k] });
  });
}

const ratesOf = (target: Target, lr: Schedule, metrics?: readonly number[]): number[] =>
  trace(target, { lr }, metrics).map((each) => each.lr);

/** To 1e-12 of each value; where it is 0, of the largest. */
function expectSame(found: readonly number[], wanted: readonly number[]): void {
  const largest = Math.max(...wanted.map(Math.abs));
  const fault = found.findIndex((each, k) => {
    const value = wanted[k] as number;
    return !(Math.abs(each - value) <= 1e-12 * (value === 0 ? largest : Math.abs(value)));
  });
  expect(fault < 0 ? "" : `update ${fault}: ${found[fault]}, not ${wanted[fault]}`).toBe("");
}

const named = <T>(cases: readonly T[], name: (each: T) => unknown) =>
  cases.map((each) => [JSON.stringify(name(each)), each] as const);

describe.each(eachTarget)("on %s", (_, target) => {
  it.each(named(reference.schedules, ({ call }) => call))("%s", (_, { call, lr }) => {
    expectSame(ratesOf(target, make(call)), lr);
  });

  const cycles = reference.schedules.filter(({ momentum }) => momentum !== undefined);
  it.each(named(cycles, ({ call }) => call))("with the momentum of %s", (_, { call, lr, momentum = [] }) => {
    const cycle = make(call) as CyclicSchedule;
    const found = trace(target, { lr: cycle.lr, momentum: cycle.momentum });
    expectSame(found.map((each) => each.lr), lr); // prettier-ignore
    // The first buffer is the gradient, whatever the momentum.
    expectSame(found.slice(1).map((each) => each.momentum), momentum.slice(1)); // prettier-ignore
  });

  it("the momentum of a cycle is the first beta of Adam", () => {
    const { call, momentum = [] } = cycles[0] as (typeof cycles)[number];
    const cycle = make(call) as CyclicSchedule;
    const w = param("w", [], 0);
    const train = minimize(input("x", []).mul(w), adam({ lr: cycle, betas: [cycle.momentum, 0.999] }));
    const live = build(model("m", { precision: "float64", functions: { train } }) as never, { target });
    // 1 - exp_avg is the product of the betas.
    let left = 1;
    const found = Array.from({ length: 30 }, () => {
      live.call("train", { x: [1] });
      const before = left;
      left = 1 - (live.state().functions["train"]?.parameters?.["w"]?.["exp_avg"]?.[0] as number);
      return left / before;
    });
    expectSame(found, momentum.slice(0, 30));
  });

  it.each(named(reference.fractions, ({ options }) => options))(
    "warm restarts at parts of epochs: %s",
    (_, { options, perEpoch, lr }) => {
      const restarts = cosineAnnealingWarmRestarts(0.1, options as never);
      expectSame(
        ratesOf(target, (t) => restarts(t.div(perEpoch))),
        lr,
      );
    },
  );

  it.each(named(reference.plateaus, ({ metrics, options }) => [metrics, options]))(
    "reduceLROnPlateau: %s",
    (_, { metrics, initial, options, lr }) => {
      expectSame(ratesOf(target, reduceLROnPlateau(initial, options), reference.metrics[metrics]), lr);
      expect(new Set(lr).size).toBeGreaterThan(1);
    },
  );
});
