/** 200 updates of every schedule as PyTorch's scheduler gives them: test/reference/schedules.json. */
import { describe, expect, it } from "vitest";
import { cosineAnnealingWarmRestarts, input, minimize, model, param, reduceLROnPlateau, sgd } from "../../src/index.js";
import type { Cycle, Schedule } from "../../src/index.js";
import { build, type Live } from "../run.js";
import { eachTarget } from "../targets.js";
import type { Target } from "../../compiler/targets/target.js";
import { make, reference } from "./calls.js";

/** A net whose parameter is `-lr` after an update from 0, and whose momentum buffer then becomes `momentum + 1`. */
function net(target: Target, lr: Schedule, momentum?: Schedule): Live {
  const w = param("w", [], 0);
  const train = minimize(input("x", []).mul(w), sgd({ lr, ...(momentum && { momentum }) }));
  return build(model("m", { precision: "float64", functions: { train } }) as never, { target });
}

const x = [1];

/** What the next call updates with: the learning rate, and the momentum where there is one. */
function next(live: Live, options: object = {}): { lr: number; momentum?: number } {
  live.parameters["w"]?.set([0]);
  live.call("train", { x }, options as never);
  return { lr: -(live.parameters["w"]?.[0] as number) };
}

/** The values of 200 updates, the second half in another instance that loads the state of the first. */
function trace(target: Target, lr: Schedule, metrics?: readonly number[]): number[] {
  let live = net(target, lr);
  return Array.from({ length: 200 }, (_, k) => {
    if (k === 97) {
      const saved = JSON.stringify(live.state(), (_name, value: unknown) =>
        ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value,
      );
      live = net(target, lr);
      live.load(JSON.parse(saved) as never);
    }
    return next(live, metrics && { metric: metrics[k] }).lr;
  });
}

/** To 1e-12 of each value; where it is 0, of the largest. */
function expectSame(found: readonly number[], wanted: readonly number[]): void {
  const largest = Math.max(...wanted.map(Math.abs));
  const apart = found.map((each, k) => {
    const value = wanted[k] as number;
    return Math.abs(each - value) / (value === 0 ? largest : Math.abs(value));
  });
  const worst = apart.findIndex((each) => !(each <= 1e-12));
  expect(worst < 0 ? "" : `update ${worst}: ${found[worst]}, not ${wanted[worst]}`).toBe("");
}

describe.each(eachTarget)("on %s", (_, target) => {
  it.each(reference.schedules.map((each) => [JSON.stringify(each.call), each] as const))("%s", (_, { call, lr }) => {
    expectSame(trace(target, make(call)), lr);
  });
});
