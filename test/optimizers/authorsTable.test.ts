/**
 * A noisy quadratic with known steps. The gradient in step t is `H p + 0.1 cos(t + i)` with H = [1, 10, 0.1] and
 * i = 0, 1, 2, from p = [1.5, -2, 0.25]; the numbers are the parameters after 1, 10 and 100 steps, made in double from the
 * formulas that each optimizer's documentation names.
 */
import { describe, expect, test } from "vitest";
import { minimize, model } from "../../compiler/model.js";
import { add } from "../../compiler/ops/add.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { zeros } from "../../compiler/ops/initializers.js";
import { input } from "../../compiler/ops/input.js";
import { mul } from "../../compiler/ops/mul.js";
import { param } from "../../compiler/ops/param.js";
import { square } from "../../compiler/ops/square.js";
import { adan } from "../../compiler/optimizers/adan.js";
import { lamb } from "../../compiler/optimizers/lamb.js";
import { lion } from "../../compiler/optimizers/lion.js";
import type { Optimizer } from "../../compiler/optimizers/optimizer.js";
import { build } from "../run.js";
import { eachTargetAndPrecision } from "../targets.js";

interface Row {
  readonly optimizer: () => Optimizer;
  readonly after: Readonly<Record<1 | 10 | 100, readonly number[]>>;
  /** What other functions read after 100 steps. */
  readonly evaluated?: readonly number[];
}

const rows: Readonly<Record<string, Row>> = {
  lion: {
    optimizer: () => lion({ lr: 0.01, weightDecay: 0.1 }),
    after: {
      1: [1.4885, -1.988, 0.25975],
      10: [1.3855161224121, -1.88053856251698, 0.227521379333835],
      100: [0.405109691807652, -0.857505765364508, -0.0971961783489167],
    },
  },
  lamb: {
    optimizer: () => lamb({ lr: 0.01, weightDecay: 0.1, debias: true, clampValue: 10 }),
    after: {
      1: [1.49535590537492, -1.99528571653955, 0.254396921260135],
      10: [1.46881489515505, -1.9684812399648, 0.252913965309366],
      100: [1.15274506316641, -1.64423445177428, 0.1596377154828],
    },
  },
  adan: {
    optimizer: () => adan({ lr: 0.01, weightDecay: 0.1 }),
    after: {
      1: [1.48851148857577, -1.98801198801697, 0.259740258390245],
      10: [1.38585709048947, -1.88070062544038, 0.241968374311227],
      100: [0.450763703369357, -0.885682127176816, 0.0809356871422291],
    },
  },
};

/** Relative to the number in double; in float32 to the largest of the three. */
function near(found: ArrayLike<number>, wanted: readonly number[], precision: "float64" | "float32"): void {
  expect(found.length).toBe(wanted.length);
  const largest = Math.max(...wanted.map(Math.abs));
  wanted.forEach((each, i) => {
    const allowed = precision === "float64" ? 1e-11 * Math.abs(each) + 1e-13 : 1e-4 * largest;
    expect(Math.abs((found[i] as number) - each), `[${i}] is ${found[i]}, not ${each}`).toBeLessThanOrEqual(allowed);
  });
}

describe.each(eachTargetAndPrecision)("on %s in %s", (_, precision, target) => {
  test.each(Object.entries(rows))("%s", (_, { optimizer, after, evaluated }) => {
    const [h, c, p] = [input("h", [3]), input("c", [3]), param("p", [3], zeros())];
    const loss = sum(add(mul(mul(h, 0.5), square(p)), mul(c, p)));
    const functions = { train: minimize(loss, optimizer()), read: { p: mul(p, 1) } };
    const live = build(model("table", { precision, functions }), { target });
    live.parameters["p"]?.set([1.5, -2, 0.25]);
    for (let t = 1; t <= 100; t++) {
      live.call("train", { h: [1, 10, 0.1], c: [0, 1, 2].map((i) => 0.1 * Math.cos(t + i)) });
      if (t === 1 || t === 10 || t === 100) near(live.parameters["p"] as Float64Array, after[t], precision);
    }
    if (evaluated) near(live.call("read")["p"] as Float64Array, evaluated, precision);
  });
});
