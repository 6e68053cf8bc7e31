/** Where implementations of these optimizers go wrong, each held to what it should be by hand. */
import { describe, expect, test } from "vitest";
import { OptimcError } from "../../compiler/diagnostics.js";
import { minimize, model } from "../../compiler/model/model.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { square } from "../../compiler/ops/square.js";
import { param } from "../../compiler/ops/param.js";
import { adadelta } from "../../library/optimizers/adadelta.js";
import { adafactor } from "../../library/optimizers/adafactor.js";
import { adagrad } from "../../library/optimizers/adagrad.js";
import { adam, adamw } from "../../library/optimizers/adam.js";
import { adamax } from "../../library/optimizers/adamax.js";
import { asgd } from "../../library/optimizers/asgd.js";
import { muon } from "../../library/optimizers/muon.js";
import { nadam } from "../../library/optimizers/nadam.js";
import type { Optimizer } from "../../compiler/optimizers/optimizer.js";
import { radam } from "../../library/optimizers/radam.js";
import { rmsprop } from "../../library/optimizers/rmsprop.js";
import { rprop } from "../../library/optimizers/rprop.js";
import { sgd } from "../../library/optimizers/sgd.js";
import { build, type Live } from "../run.js";
import { eachTarget } from "../targets.js";
import { quadratic } from "./quadratic.js";

/** One step with this gradient; gives the parameter after it. */
function step(live: Live, gradient: readonly number[]): number[] {
  live.call("train", { h: gradient.map(() => 0), c: [...gradient] });
  return [...(live.parameters["p"] as Float64Array)];
}

const kept = (live: Live): Readonly<Record<string, ArrayLike<number>>> =>
  live.state().functions["train"]?.parameters?.["p"] ?? {};

describe.each(eachTarget)("on %s", (_, target) => {
  const of = (optimizer: Optimizer, start: readonly number[] = [0]): Live => {
    const live = quadratic(optimizer, [start.length], "float64", target);
    live.parameters["p"]?.set(start);
    return live;
  };

  test("AMSGrad takes the maximum of the raw second moment, and corrects it by the current step", () => {
    const live = of(adam({ lr: 0.1, amsgrad: true, betas: [0, 0.9] }));
    const gradients = [3, 1, 0.1];
    let [p, v, most] = [0, 0, 0];
    gradients.forEach((g, i) => {
      v = 0.9 * v + 0.1 * g * g;
      most = Math.max(most, v);
      p -= (0.1 * g) / (Math.sqrt(most / (1 - 0.9 ** (i + 1))) + 1e-8);
      expect(step(live, [g])[0]).toBeCloseTo(p, 12);
    });
    // The largest corrected one would be 9.
    expect(kept(live)["max_exp_avg_sq"]?.[0]).toBeCloseTo(0.91, 14);
  });

  test("RAdam's first five steps are not rectified, the sixth is", () => {
    const live = of(radam({ lr: 0.1 }));
    let before = 0;
    const moves = Array.from({ length: 7 }, () => {
      const [after] = step(live, [2]) as [number];
      const moved = before - after;
      before = after;
      return moved;
    });
    const rectification = (t: number): number => {
      const most = 2 / (1 - 0.999) - 1;
      const r = most - (2 * t * 0.999 ** t) / (1 - 0.999 ** t);
      return Math.sqrt(((r - 4) * (r - 2) * most) / ((most - 4) * (most - 2) * r));
    };
    // A constant gradient is its own average, and its size is its root mean square but for eps.
    for (const t of [1, 2, 3, 4, 5]) expect(moves[t - 1]).toBeCloseTo(0.2, 12);
    for (const t of [6, 7]) expect(moves[t - 1]).toBeCloseTo(0.1 * rectification(t), 7);
  });

  test("NAdam's momentum looks one step ahead with the product of this step", () => {
    const live = of(nadam({ lr: 0.1, betas: [0.9, 0.99], momentumDecay: 0.5 }));
    const mu = (t: number): number => 0.9 * (1 - 0.5 * 0.96 ** (t * 0.5));
    let [p, m, v, product, twice] = [0, 0, 0, 1, 0];
    [1, -2, 0.5].forEach((g, i) => {
      const t = i + 1;
      product *= mu(t);
      m = 0.9 * m + 0.1 * g;
      v = 0.99 * v + 0.01 * g * g;
      const d = Math.sqrt(v / (1 - 0.99 ** t)) + 1e-8;
      const first = (0.1 * (1 - mu(t)) * g) / (1 - product) / d;
      twice = p - first - (0.1 * mu(t + 1) * m) / (1 - product * mu(t) * mu(t + 1)) / d;
      p -= first + (0.1 * mu(t + 1) * m) / (1 - product * mu(t + 1)) / d;
      expect(step(live, [g])[0]).toBeCloseTo(p, 12);
      // With this step's factor twice in the product, as an old version of PyTorch had it, it is another number.
      expect(Math.abs(twice - p)).toBeGreaterThan(1e-5);
    });
    expect(live.state().functions["train"]?.shared?.["mu_product"]?.[0]).toBeCloseTo(product, 14);
  });

  test("steps are counted in double, beyond what float32 can count", () => {
    const x = param("p", [1], 0);
    const lr = sgd({ lr: (t) => t.sub(2 ** 24).add(1) });
    const live = build(model("count", { functions: { train: minimize(sum(x), lr) } }), { target });
    const saved = live.state();
    const train = { ...saved.functions["train"], step: 2 ** 24 };
    live.load({ ...saved, functions: { train } } as typeof saved);
    const seen = [1, 2, 3].map(() => {
      live.call("train");
      return live.parameters["p"]?.[0];
    });
    expect(seen).toEqual([-1, -3, -6]);
    expect(live.state().functions["train"]?.step).toBe(2 ** 24 + 3);
  });

  test("a gradient of zero is a step like any other", () => {
    const live = of(adamw({ lr: 0.1, weightDecay: 0.5 }), [1]);
    const [first] = step(live, [2]) as [number];
    const [second] = step(live, [0]) as [number];
    const [m, v] = [0.9 * 0.2, 0.999 * 0.004];
    const change = (0.1 / (1 - 0.9 ** 2)) * (m / (Math.sqrt(v / (1 - 0.999 ** 2)) + 1e-8));
    expect(second).toBeCloseTo(first * 0.95 - change, 12);
    expect(kept(live)["exp_avg"]?.[0]).toBeCloseTo(m, 14);
    expect(live.state().functions["train"]?.step).toBe(2);
  });

  test("ASGD's average is a copy of the parameter, to the bit, until t0", () => {
    const live = of(asgd({ lr: 0.3, t0: 6 }), [1.1, -2.3, 0.7]);
    for (let t = 1; t <= 9; t++) {
      const p = step(live, [71.3 * (-1) ** t * t, (0.7 * (-3) ** t) / t, (-1.3) ** t]);
      const average = [...(kept(live)["ax"] as Float64Array)];
      // The rate of step t is made in the step before: 1 / max(1, t - 1 - t0).
      if (t <= 8) expect(average).toEqual(p);
      else expect(average).not.toEqual(p);
    }
  });

  test("Muon moves a tall matrix as its transpose, but for the ratio of its sizes", () => {
    const tall = quadratic(muon({ lr: 0.1, weightDecay: 0 }), [3, 2], "float64", target);
    const wide = quadratic(muon({ lr: 0.1, weightDecay: 0 }), [2, 3], "float64", target);
    for (const g of [
      [1, -2, 0.5, 0.25, 3, -1],
      [0.3, 0.1, -2, 1, 0.7, 0.2],
    ]) {
      const transposed = step(wide, [g[0], g[2], g[4], g[1], g[3], g[5]] as number[]);
      step(tall, g).forEach((each, i) => {
        const other = transposed[(i % 2) * 3 + Math.floor(i / 2)] as number;
        expect(each).toBeCloseTo(Math.sqrt(3 / 2) * other, 12);
      });
    }
  });

  const plain: readonly (readonly [string, Optimizer])[] = [
    ["sgd", sgd({ momentum: 0.9 })],
    ["adam", adam({ amsgrad: true })],
    ["adamw", adamw({ weightDecay: 0 })],
    ["nadam", nadam()],
    ["radam", radam()],
    ["adamax", adamax()],
    ["adagrad", adagrad()],
    ["adadelta", adadelta()],
    ["rmsprop", rmsprop({ centered: true, momentum: 0.9 })],
    ["rprop", rprop()],
    ["asgd", asgd({ lambd: 0 })],
    ["adafactor", adafactor()],
  ];

  test.each(plain)("gradients of zero alone move nothing: %s", (_, optimizer) => {
    const live = of(optimizer, [1.5, -2, 0.25]);
    for (let t = 0; t < 8; t++) expect(step(live, [0, 0, 0])).toEqual([1.5, -2, 0.25]);
  });

  test("gradients of zero alone move nothing: muon, adafactor of a matrix", () => {
    for (const optimizer of [muon({ weightDecay: 0 }), adafactor()]) {
      const live = quadratic(optimizer, [2, 3], "float64", target);
      live.parameters["p"]?.set([1, 2, 3, 4, 5, 6]);
      for (let t = 0; t < 3; t++) expect(step(live, [0, 0, 0, 0, 0, 0])).toEqual([1, 2, 3, 4, 5, 6]);
    }
  });

  test.each(plain.filter(([name]) => name !== "rprop"))(
    "a rate of 0 moves nothing, whatever the decay: %s",
    (name, optimizer) => {
      const live = of(optimizer, [1.5, -2, 0.25]);
      for (let t = 0; t < 8; t++) {
        live.call("train", { h: [1, 10, 0.1], c: [1, 2, 3] }, { lr: 0 });
        expect([...(live.parameters["p"] as Float64Array)], name).toEqual([1.5, -2, 0.25]);
      }
    },
  );
});

function faultOf(make: () => unknown): OptimcError {
  try {
    make();
  } catch (error) {
    if (error instanceof OptimcError) return error;
  }
  return expect.fail("it was taken");
}

describe("what is refused", () => {
  const compiled = (optimizer: Optimizer): Live =>
    build(model("refused", { functions: { train: minimize(sum(square(param("net.bias", [3], 1))), optimizer) } }));

  test("Muon on a vector: the error names the parameter and what to do", () => {
    const fault = faultOf(() => compiled(muon()));
    expect(fault.message).toContain("muon: parameter 'net.bias': only matrices");
    expect(fault.hint).toContain('groups: { others: { match: "net.bias", optimizer: adamw() } }');
    expect(() => compiled(muon({ groups: { vectors: { match: "*.bias", optimizer: adamw() } } }))).not.toThrow();
  });

  test.each([
    ["a schedule of Rprop's first steps", () => rprop({ lr: ((t: unknown) => t) as never }), /rprop: option 'lr'/],
    ["etas on one side of 1", () => rprop({ etas: [0.5, 0.9] }), /rprop: etas/],
    ["a null that no default has", () => adafactor({ eps: [null, null] }), /adafactor: option 'eps'/],
    ["a growing average", () => adafactor({ beta2Decay: 0.1 }), /adafactor: beta2Decay is at most 0/],
    ["half an iteration", () => muon({ nsSteps: 2.5 }), /muon: nsSteps is a whole number/],
    ["a ratio by another name", () => muon({ adjustLrFn: "orginal" as never }), /muon: option 'adjustLrFn'/],
    ["a beta of 1", () => nadam({ betas: [0.9, 1] }), /nadam: option 'betas'/],
  ])("%s", (_, make, message) => expect(make).toThrow(message));
});
