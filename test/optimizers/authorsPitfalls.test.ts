/** Where implementations of these optimizers are known to go wrong. */
import { describe, expect, test } from "vitest";
import { OptimcError } from "../../compiler/diagnostics.js";
import type { HostNumber } from "../../compiler/ir/tensorMethods.js";
import { minimize, model } from "../../compiler/model/model.js";
import { add } from "../../compiler/ops/add.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { zeros } from "../../compiler/ops/initializers.js";
import { input } from "../../compiler/ops/input.js";
import { mul } from "../../compiler/ops/mul.js";
import { param } from "../../compiler/ops/param.js";
import { adabound, adaboundw, amsbound } from "../../library/optimizers/adabound.js";
import { lamb } from "../../library/optimizers/lamb.js";
import { lion } from "../../library/optimizers/lion.js";
import type { Optimizer } from "../../compiler/optimizers/optimizer.js";
import { scheduleFreeAdamW, scheduleFreeSGD } from "../../library/optimizers/scheduleFree.js";
import { swats } from "../../library/optimizers/swats.js";
import { build, type Live } from "../run.js";
import { eachTarget } from "../targets.js";
import type { Target } from "../../compiler/targets/target.js";

const start = [1.5, -2, 0.25];

/** Two vectors, p and q, whose gradients are what the call gives. */
function net(optimizer: Optimizer, target: Target, from = start): Live {
  const [p, q] = [param("p", [3], zeros()), param("q", [3], zeros())];
  const loss = add(sum(mul(p, input("g", [3]))), sum(mul(q, input("h", [3]))));
  const functions = { train: minimize(loss, optimizer), read: { p: mul(p, 1), q: mul(q, 1) } };
  const live = build(model("two", { precision: "float64", functions }), { target });
  live.parameters["p"]?.set(from);
  live.parameters["q"]?.set(from);
  return live;
}

const step = (live: Live, g: readonly number[], h: readonly number[] = g, options: object = {}): void =>
  void live.call("train", { g, h }, options as never);
const valuesOf = (live: Live, name = "p"): number[] => Array.from(live.parameters[name] as Float64Array);
const sharedOf = (live: Live, name: string): number =>
  (live.state().functions["train"]?.shared?.[name] as ArrayLike<number>)[0] as number;

function expectNear(found: readonly number[], wanted: readonly number[]): void {
  wanted.forEach((each, i) =>
    expect(Math.abs((found[i] as number) - each)).toBeLessThan(1e-12 * Math.abs(each) + 1e-15),
  );
}

const faultOf = (make: () => unknown): OptimcError => {
  try {
    make();
  } catch (error) {
    if (error instanceof OptimcError) return error;
    throw error;
  }
  throw new Error("there was no error");
};

/** Gradients of many sizes and both signs. */
const gradients = (t: number): number[] => [0, 1, 2].map((i) => Math.cos(3 * t + i) * 10 ** (i - 1));

test.each([
  ["adabound", adabound],
  ["amsbound", amsbound],
  ["adaboundw", adaboundw],
] as const)("%s divides by nothing that can be 0", (name, make) => {
  const refused = [
    { lr: 0 },
    { lr: (t: HostNumber) => t.mul(0.01) },
    { gamma: 0 },
    { groups: { own: { match: "p", lr: 0 } } },
    { groups: { own: { match: "p", gamma: 0 } } },
  ];
  for (const options of refused) {
    expect(faultOf(() => make(options))).toMatchObject({ code: "invalid-hyper", expected: "a finite number, above 0" });
    expect(faultOf(() => make(options)).message).toMatch(new RegExp(`^${name}: option '(baseLr|gamma)'`));
  }
  expect(() => make({ lr: (t) => t.mul(0.01), baseLr: 0.1 })).not.toThrow();
});

describe.each(eachTarget)("on %s", (_, target) => {
  /** At once at its bounds, which are one: SGD with the rate F. */
  const atBounds = { gamma: 1e15, finalLr: 0.5, betas: [0, 0] };

  test("AdaBound's bounds move with the lr, of which the base is the lr at the start", () => {
    const live = net(adabound({ ...atBounds, lr: (t) => t.add(1).pow(-1).mul(0.2) }), target);
    for (let t = 0; t < 3; t++) {
      const before = valuesOf(live);
      step(live, [1, -1, 2]);
      expectNear(valuesOf(live), before.map((each, i) => each - (0.5 / (t + 1)) * ([1, -1, 2][i] as number))); // prettier-ignore
    }
    const before = valuesOf(live);
    step(live, [1, 1, 1], [1, 1, 1], { lr: 0.3 });
    expectNear(valuesOf(live), before.map((each) => each - 0.75)); // prettier-ignore
  });

  test("AdaBound that warms up from 0 starts with no step, and no NaN", () => {
    const live = net(adabound({ ...atBounds, lr: (t) => t.mul(0.01), baseLr: 0.1 }), target);
    step(live, [1, -1, 2]);
    expect(valuesOf(live)).toEqual(start);
    step(live, [1, -1, 2]);
    expectNear(valuesOf(live), [1.5 - 0.05, -2 + 0.05, 0.25 - 0.1]);
  });

  test("AdaBound forgets no group: each is as an optimizer of its own", () => {
    const [common, own] = [
      { gamma: 0.1, finalLr: 0.05 },
      { lr: 0.2, gamma: 0.5 },
    ];
    const both = net(adabound({ ...common, lr: 0.01, groups: { own: { match: "q", ...own } } }), target);
    const [one, other] = [net(adabound({ ...common, lr: 0.01 }), target), net(adabound({ ...common, ...own }), target)];
    for (let t = 1; t <= 20; t++) for (const each of [both, one, other]) step(each, gradients(t));
    expect([valuesOf(both, "p"), valuesOf(both, "q")]).toEqual([valuesOf(one, "p"), valuesOf(other, "q")]);
    expect(valuesOf(both, "q")).not.toEqual(valuesOf(both, "p"));
    expect([sharedOf(both, "base_lr"), sharedOf(both, "own.base_lr")]).toEqual([0.01, 0.2]);
  });

  test("AdaBound that is made anew with a decayed lr goes on with the bounds that were saved", () => {
    const common = { gamma: 0.1, finalLr: 0.5 };
    const [first, anew] = [
      net(adabound({ ...common, lr: 0.2 }), target),
      net(adabound({ ...common, lr: 0.02 }), target),
    ];
    for (let t = 1; t <= 5; t++) step(first, gradients(t));
    anew.load(first.state());
    for (let t = 6; t <= 10; t++) {
      step(first, gradients(t), gradients(t), { lr: 0.02 });
      step(anew, gradients(t));
    }
    expect(valuesOf(anew)).toEqual(valuesOf(first));
  });

  test("SWATS's momentum is a buffer that nothing else changes", () => {
    // Under a constant gradient Adam's steps are equal, and the second one switches.
    const live = net(swats({ lr: 0.1, switchTolerance: 1e-3 }), target);
    const g = [0.5, -1, 2];
    step(live, g);
    expect(sharedOf(live, "phase")).toBe(0);
    step(live, g);
    expect(sharedOf(live, "phase")).toBe(1);
    const rate = sharedOf(live, "lambda");
    // q = -0.1 sign(g): 6 * 0.01 / (0.1 * 7)
    expect(Math.abs(rate - 0.06 / 0.7)).toBeLessThan(1e-6);
    const wanted = valuesOf(live);
    let momentum = 0;
    for (let t = 3; t <= 8; t++) {
      step(live, g);
      momentum = 0.9 * momentum + 1;
      g.forEach((each, i) => (wanted[i] = (wanted[i] as number) - 0.1 * rate * momentum * each));
      expectNear(valuesOf(live), wanted);
      const kept = live.state().functions["train"]?.parameters?.["p"]?.["momentum_buffer"] as Float64Array;
      expectNear(Array.from(kept), g.map((each) => momentum * each)); // prettier-ignore
    }
    expect([sharedOf(live, "phase"), sharedOf(live, "lambda")]).toEqual([1, rate]);
  });

  test("SWATS switches to no step uphill", () => {
    const live = net(swats({ lr: 0.1, switchTolerance: 1e9 }), target);
    step(live, [1, 1, 1]);
    // Momentum still goes down the first gradient, which this one turns round.
    step(live, [-0.01, -0.01, -0.01]);
    expect(sharedOf(live, "exp_avg2")).toBeLessThan(0);
    expect([sharedOf(live, "phase"), sharedOf(live, "lambda")]).toEqual([0, 0]);
  });

  test("SWATS keeps its estimate where the step and the gradient are at right angles", () => {
    const live = net(swats({ lr: 0.1, switchTolerance: 1e9 }), target);
    step(live, [0, 0, 0]);
    expect([sharedOf(live, "phase"), sharedOf(live, "exp_avg2")]).toEqual([0, 0]);
    step(live, [1, 0, 0]);
    expect(sharedOf(live, "phase")).toBe(1);
    const other = net(swats({ lr: 0.1 }), target);
    step(other, [1, 0, 0]);
    const before = sharedOf(other, "exp_avg2");
    expect(before).toBeGreaterThan(0);
    step(other, [0, 0, 0]);
    expect([sharedOf(other, "phase"), sharedOf(other, "exp_avg2")]).toEqual([0, before]);
  });

  test("SWATS switches each of its scopes by itself", () => {
    // The gradient of q grows, so that its estimate never settles.
    const phases = (options: Parameters<typeof swats>[0], names: readonly string[]): number[] => {
      const live = net(swats({ lr: 0.1, betas: [0.5, 0.5], switchTolerance: 1e-3, ...options }), target);
      for (let t = 1; t <= 4; t++) step(live, [1, 1, 1], [4 ** t, 4 ** t, 4 ** t]);
      return names.map((each) => sharedOf(live, `${each}phase`));
    };
    const groups = { own: { match: "q" } };
    expect(phases({}, [""])).toEqual([0]);
    expect(phases({ scope: "tensor" }, ["p.", "q."])).toEqual([1, 0]);
    expect(phases({ scope: "group" }, [""])).toEqual([0]);
    expect(phases({ scope: "group", groups }, ["", "own."])).toEqual([1, 0]);
    expect(phases({ groups }, [""])).toEqual([0]);
  });

  test("LAMB's ratio is 1 where a norm is 0", () => {
    const live = net(lamb({ lr: 0.1 }), target, [0, 0, 0]);
    step(live, [1, -1, 2], [0, 0, 0]);
    // m / (sqrt(v) + eps) = (0.1 g) / (sqrt(0.001) |g| + 1e-6)
    expectNear(valuesOf(live), [1, -1, 2].map((g) => (-0.1 * 0.1 * g) / (Math.sqrt(0.001) * Math.abs(g) + 1e-6))); // prettier-ignore
    expect(valuesOf(live, "q")).toEqual([0, 0, 0]);
    const still = net(lamb({ lr: 0.1 }), target);
    step(still, [0, 0, 0]);
    expect(valuesOf(still)).toEqual(start);
  });

  test("Lion's step where the sum is 0 is none", () => {
    const live = net(lion({ lr: 0.5, betas: [0.5, 0.5] }), target);
    step(live, [0, 1, -1]);
    expectNear(valuesOf(live), [1.5, -2.5, 0.75]);
    // m = 0.5 and -0.5
    step(live, [0, -0.5, 0.5]);
    expectNear(valuesOf(live), [1.5, -2.5, 0.75]);
  });

  test.each([
    ["SGD", scheduleFreeSGD],
    ["AdamW", scheduleFreeAdamW],
  ] as const)(
    "Schedule-Free %s is read as the parameter before the first step, and where no step was long",
    (_, make) => {
      const live = net(make({ lr: 0.1 }), target);
      expect(Array.from(live.call("read")["p"] as Float64Array)).toEqual(start);
      step(live, gradients(1), gradients(1), { lr: 0 });
      expect([valuesOf(live), Array.from(live.call("read")["p"] as Float64Array)]).toEqual([start, start]);
      for (let t = 2; t <= 4; t++) step(live, gradients(t));
      const read = Array.from(live.call("read")["p"] as Float64Array);
      expect(read).not.toEqual(valuesOf(live));
      // The weights that count from here on are those of a fresh start, all of one size.
      const fresh = net(make({ lr: 0.1 }), target);
      fresh.load(live.state());
      expect(Array.from(fresh.call("read")["p"] as Float64Array)).toEqual(read);
    },
  );
});
