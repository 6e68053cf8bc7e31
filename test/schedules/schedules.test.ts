/** What schedules are beside PyTorch's values: how they compose, end, are fed, overridden and refused. */
import { describe, expect, it } from "vitest";
import { checkModel } from "../../compiler/check/check.js";
import { js } from "../../compiler/targets/js/js.js";
import * as optimc from "../../src/index.js";
import { input, minimize, model, param, schedule, sgd, type Schedule } from "../../src/index.js";
import { build } from "../run.js";
import { eachTarget } from "../targets.js";
import { rates, saved, trained, update } from "./net.js";

const close = (found: readonly number[], wanted: readonly number[]): void => {
  expect(found).toHaveLength(wanted.length);
  found.forEach((each, k) => expect(each, `update ${k}`).toBeCloseTo(wanted[k] as number, 14));
};

/** Keeps a count, and is 0.1 less the count from before the update in hundredths. */
const counting = (): Schedule =>
  schedule({
    shared: { count: 0 },
    advance: ({ shared: { count } }) => ({ count: count.add(1) }),
    value: ({ shared: { count } }) => count.mul(-0.01).add(0.1),
  });

describe.each(eachTarget)("on %s", (_, target) => {
  it("a call overrides a schedule, also one that chooses, and the next goes on as if it had not", () => {
    const lr = optimc.constantLR(0.1, { factor: 0.5, totalIters: 2 });
    const live = trained(target, { lr });
    close(
      [{}, { lr: 0.7 }, {}, { lr: 0 }, {}].map((options) => update(live, options).lr),
      [0.05, 0.7, 0.1, 0, 0.1],
    );
  });

  it("an override leaves alone what a schedule keeps", () => {
    const live = trained(target, { lr: optimc.multiplicativeLR(0.1, () => 0.5) });
    close(
      [{}, { lr: 0.7 }, {}].map((options) => update(live, options).lr),
      [0.1, 0.7, 0.025],
    );
  });

  it("drives any hyper-parameter: momentum and weight decay", () => {
    const live = trained(target, {
      lr: 1,
      momentum: optimc.stepLR(0.5, { stepSize: 2, gamma: 0.5 }),
      weightDecay: optimc.linearLR(0.4, { startFactor: 0.5, endFactor: 1, totalIters: 2 }),
    });
    // w <- w - b with b <- momentum b + 1 + decay w.
    let [w, b] = [0, NaN];
    for (const [step, momentum, decay] of [[0, 0.5, 0.2], [1, 0.5, 0.3], [2, 0.25, 0.4], [3, 0.25, 0.4]] as const) {
      const gradient = 1 + decay * w;
      b = step === 0 ? gradient : momentum * b + gradient;
      w -= b;
      live.call("train", { x: [1] });
      expect(live.parameters["w"]?.[0], `update ${step}`).toBeCloseTo(w, 14);
    }
  }); // prettier-ignore

  it("two hyper-parameters with one schedule keep numbers of their own", () => {
    const one = optimc.multiplicativeLR(0.5, () => 0.5);
    const live = trained(target, { lr: one, momentum: one });
    update(live);
    const { lr, momentum } = update(live);
    close([lr, momentum], [0.25, 0.25]);
    expect(saved(live)).toMatchObject({
      functions: { train: { shared: { "lr.product": [0.5], "momentum.product": [0.5] } } },
    });
  });

  it("after its last update a cycle refuses, and nothing changes", () => {
    const live = trained(target, { lr: optimc.oneCycleLR(0.1, { totalSteps: 10 }) });
    for (let step = 0; step < 11; step++) update(live);
    const before = JSON.stringify(saved(live));
    expect(() => live.call("train", { x: [1] })).toThrow(
      "m.train: the schedule of 'lr': expected at most 10 updates, found update 12",
    );
    expect(JSON.stringify(saved(live))).toBe(before);
    expect(update(live, { lr: 0.5 }).lr).toBe(0.5);
  });

  it("a cycle along a line ends at its last update, where the line would leave the range", () => {
    const live = trained(target, { lr: optimc.oneCycleLR(0.1, { totalSteps: 10, annealStrategy: "linear" }) });
    for (let step = 0; step < 10; step++) update(live);
    expect(() => live.call("train", { x: [1] })).toThrow("expected at most 10 updates, found update 11");
  });

  it("the end of a cycle is that of what it is a part of", () => {
    const cycle = optimc.oneCycleLR(0.1, { totalSteps: 3 });
    const ended: readonly (readonly [Schedule, number])[] = [
      [optimc.sequentialLR([0.1, cycle], { milestones: [2] }), 5],
      [optimc.warmup(4, cycle), 7],
      [optimc.chainedScheduler([optimc.constantLR(0.1), cycle]), 3],
    ];
    for (const [lr, updates] of ended) {
      const live = trained(target, { lr });
      for (let step = 0; step <= updates; step++) update(live);
      expect(() => live.call("train", { x: [1] })).toThrow(`at most ${updates} updates, found update ${updates + 2}`);
    }
  });

  it("warm-up goes up along a line to the first value of any schedule", () => {
    close(rates(target, optimc.warmup(4, 0.1), 6), [0.02, 0.04, 0.06, 0.08, 0.1, 0.1]);
    close(rates(target, optimc.warmup(2, 0.1, { startFactor: 0.5 }), 3), [0.05, 0.075, 0.1]);
    close(
      rates(
        target,
        optimc.warmup(1, (t) => t.mul(-0.01).add(0.2)),
        4,
      ),
      [0.1, 0.2, 0.19, 0.18],
    );
    close(
      rates(
        target,
        optimc.warmup(
          1,
          optimc.multiplicativeLR(0.2, () => 0.5),
        ),
        4,
      ),
      [0.1, 0.2, 0.1, 0.05],
    );
    close(rates(target, optimc.warmup(1, counting()), 4), [0.05, 0.1, 0.09, 0.08]);
    close(rates(target, optimc.warmup(1, optimc.warmup(1, 0.4)), 4), [0.1, 0.2, 0.4, 0.4]);
    const inChain = [optimc.warmup(3, 0.8), optimc.exponentialLR(0.8, { gamma: 0.5 })];
    close(rates(target, optimc.chainedScheduler(inChain), 5), [0.2, 0.2, 0.15, 0.1, 0.05]);
  });

  it("a plateau behind a warm-up hears no metric before it begins", () => {
    const lr = optimc.warmup(2, optimc.reduceLROnPlateau(0.3, { patience: 0, factor: 0.5 }));
    const live = trained(target, { lr });
    close([1, 1, 1, 1, 1].map((metric) => update(live, { metric }).lr), [0.1, 0.2, 0.3, 0.15, 0.075]); // prettier-ignore
  });

  it("a plateau stands still in calls without a metric", () => {
    const live = trained(target, { lr: optimc.reduceLROnPlateau(0.4, { patience: 1, factor: 0.5 }) });
    const metrics = [1, undefined, undefined, 1, undefined, 1, undefined, 0.5, 1];
    const found = metrics.map((metric) => update(live, metric === undefined ? {} : { metric }).lr);
    close(found, [0.4, 0.4, 0.4, 0.4, 0.4, 0.2, 0.2, 0.2, 0.2]);
    expect(saved(live)).toMatchObject({
      functions: { train: { shared: { "lr.best": [0.5], "lr.num_bad_epochs": [1], "lr.cooldown_counter": [0] } } },
    });
  });

  it("a metric that is NaN is none, and one that is infinite is the worst or the best there is", () => {
    const live = trained(target, { lr: optimc.reduceLROnPlateau(0.4, { patience: 0, factor: 0.5 }) });
    const metrics = [1, NaN, Infinity, NaN, -Infinity, 0.5];
    close(
      metrics.map((metric) => update(live, { metric }).lr),
      [0.4, 0.4, 0.2, 0.2, 0.2, 0.1],
    );
    expect(live.state().functions["train"]?.shared?.["lr.best"]?.[0]).toBe(-Infinity);
    const again = trained(target, { lr: optimc.reduceLROnPlateau(0.4, { patience: 0, factor: 0.5 }) });
    again.load(JSON.parse(JSON.stringify(live.state())) as ReturnType<typeof live.state>);
    expect(again.state()).toEqual(live.state());
    expect(() => update(live, { metric: "1" as unknown as number })).toThrow(
      "option 'metric': expected a finite number",
    );
  });

  it("what follows from t moves with updates, and not with metrics", () => {
    const w = param("w", [], 0);
    const lr = optimc.multiplicativeLR(0.4, () => 0.5);
    const momentum = optimc.reduceLROnPlateau(0.8, { patience: 0, factor: 0.5 });
    const train = minimize(input("x", []).mul(w), sgd({ lr, momentum }), { accumulate: 2 } as never);
    const live = build(model("m", { precision: "float64", functions: { train } }) as never, { target });
    for (const metric of [1, 1, 1, 1]) live.call("train", { x: [1] }, { metric });
    expect(saved(live)).toMatchObject({
      functions: { train: { step: 2, shared: { "lr.product": [0.5], "momentum.value": [0.1] } } },
    });
  });

  it("a schedule of the user's own may be part of others, and keeps what it keeps", () => {
    close(rates(target, counting(), 3), [0.1, 0.09, 0.08]);
    const sequence = optimc.sequentialLR([counting(), 0.5, counting()], { milestones: [2, 3] });
    close(rates(target, sequence, 6), [0.1, 0.09, 0.5, 0.1, 0.09, 0.08]);
    // It overwrites what stands before it, as PyTorch's LambdaLR does.
    close(rates(target, optimc.chainedScheduler([optimc.constantLR(0.1), counting()]), 3), [0.1, 0.09, 0.08]);
    const after = optimc.chainedScheduler([counting(), optimc.constantLR(0.1, { factor: 0.5, totalIters: 2 })]);
    close(rates(target, after, 4), [0.05, 0.09, 0.16, 0.07]);
  });

  it("containers hold containers", () => {
    const chain = optimc.chainedScheduler([
      optimc.constantLR(0.8, { factor: 0.5, totalIters: 1 }),
      optimc.exponentialLR(0.8, { gamma: 0.5 }),
    ]);
    close(rates(target, optimc.sequentialLR([0.1, chain], { milestones: [2] }), 5), [0.1, 0.1, 0.4, 0.4, 0.2]);
    const nested = optimc.chainedScheduler([chain, optimc.multiplicativeLR(0.8, () => 0.5)]);
    close(rates(target, nested, 4), [0.4, 0.2, 0.05, 0.0125]);
    const mixed = optimc.chainedScheduler([
      optimc.sequentialLR([optimc.exponentialLR(0.8, { gamma: 0.5 }), 0.1], { milestones: [2] }),
      optimc.constantLR(0.8, { factor: 0.5, totalIters: 1 }),
    ]);
    close(rates(target, mixed, 4), [0.4, 0.4, 0.1, 0.1]);
  });
});

it("the interpreter and both targets agree about them", () => {
  const [x, w] = [input("x", ["rows", 3]), param("w", [3], 0.5)];
  const loss = x.mul(w).square().mean();
  const cycle = optimc.oneCycleLR(0.1, { totalSteps: 10 });
  const chain = [optimc.cosineAnnealingLR(0.1, { tMax: 2, etaMin: 0.01 }), optimc.exponentialLR(0.1, { gamma: 0.9 })];
  const plateau = optimc.warmup(1, optimc.reduceLROnPlateau(0.1));
  const functions = {
    fed: minimize(loss, sgd({ lr: plateau, momentum: optimc.cosineAnnealingWarmRestarts(0.9, { t0: 1, tMult: 2 }) })),
    cycled: minimize(loss, optimc.adam({ lr: cycle, betas: [cycle.momentum, 0.99] })),
    chained: minimize(loss, sgd({ lr: optimc.chainedScheduler(chain) })),
  };
  const { proofs } = checkModel(model("m", { dims: { rows: 4 }, functions }) as never, {});
  expect(proofs.map(({ verdict }) => verdict)).toEqual(Array(9).fill("ok"));
});

describe("refusals", () => {
  const [x, w] = [input("x", []), param("w", [], 0)];
  const refused: readonly (readonly [string, () => unknown, string])[] = [
    ["no initial value", () => optimc.stepLR({ stepSize: 3 } as never, {} as never), "stepLR: the first argument is not the initial value"],
    ["a step of a part", () => optimc.stepLR(0.1, { stepSize: 0.5 }), "stepLR: stepSize is out of range"],
    ["a negative factor", () => optimc.exponentialLR(0.1, { gamma: -1 }), "exponentialLR: gamma is out of range"],
    ["a factor above 1", () => optimc.constantLR(0.1, { factor: 1.5 }), "constantLR: factor is out of range"],
    ["a line that begins at 0", () => optimc.linearLR(0.1, { startFactor: 0 }), "linearLR: startFactor is out of range"],
    ["a line beyond 1", () => optimc.linearLR(0.1, { endFactor: 1.1 }), "linearLR: endFactor is out of range"],
    ["no length", () => optimc.oneCycleLR(0.1, { epochs: 3 }), "oneCycleLR: the length of the cycle is not given"],
    ["an unknown way", () => optimc.oneCycleLR(0.1, { totalSteps: 9, annealStrategy: "cosine" as never }), "oneCycleLR: there is no such annealStrategy"],
    ["an unknown mode", () => optimc.cyclicLR(0.1, { maxLr: 1, mode: "square" as never }), "cyclicLR: there is no such mode"],
    ["a mode of nothing", () => optimc.cyclicLR(0.1, { maxLr: 1, scaleMode: "cycle" }), "cyclicLR: scaleMode is given without scaleFn"],
    ["a factor of 1", () => optimc.reduceLROnPlateau(0.1, { factor: 1 }), "reduceLROnPlateau: factor is out of range"],
    ["an empty chain", () => optimc.chainedScheduler([]), "chainedScheduler: the first argument is not a list of schedules"],
    ["a chain from two values", () => optimc.chainedScheduler([optimc.constantLR(0.1), optimc.linearLR(0.2)]), "chainedScheduler: the schedules begin with different values"],
    ["a plateau in a chain", () => optimc.chainedScheduler([optimc.reduceLROnPlateau(0.1)]), "chainedScheduler: reduceLROnPlateau cannot be one of several schedules"],
    ["a plateau in a sequence", () => optimc.sequentialLR([0.1, optimc.warmup(2, optimc.reduceLROnPlateau(0.1))], { milestones: [3] }), "sequentialLR: warmup cannot be one of several schedules"],
    ["too few milestones", () => optimc.sequentialLR([0.1, 0.2, 0.3], { milestones: [3] }), "sequentialLR: the milestones do not fit the schedules"],
    ["milestones that fall", () => optimc.sequentialLR([0.1, 0.2, 0.3], { milestones: [3, 3] }), "sequentialLR: the milestones are not usable"],
    ["a part that ends too soon", () => optimc.sequentialLR([optimc.oneCycleLR(0.1, { totalSteps: 5 }), 0.1], { milestones: [6] }), "sequentialLR: schedule 1 ends before the next one begins"],
    ["a function that gives nothing", () => minimize(x.mul(w), sgd({ lr: optimc.lambdaLR(0.1, () => undefined as never) })), "lambdaLR: the function did not return a scalar"],
    ["a tensor", () => optimc.warmup(3, x as never), "warmup: this is not a schedule"],
  ]; // prettier-ignore

  it.each(refused)("%s", (_, call, message) => {
    expect(call).toThrow(message);
  });

  it("a sequence may go on where a cycle ends", () => {
    const cycle = optimc.oneCycleLR(0.1, { totalSteps: 5 });
    expect(rates(js, optimc.sequentialLR([cycle, 0.3], { milestones: [5] }), 6)[5]).toBe(0.3);
  });
});
