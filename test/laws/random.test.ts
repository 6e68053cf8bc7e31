/** Random numbers: dropout, its masks and its streams. */
import { describe, expect, test } from "vitest";
import type { Expression } from "../../compiler/ir/op.js";
import { compute, minimize, model, type Model } from "../../compiler/model/model.js";
import { add } from "../../compiler/ops/add.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { dropout, evaluating, training } from "../../compiler/ops/dropout.js";
import { gradient } from "../../compiler/ops/gradient.js";
import { kaimingNormal, normal, uniform } from "../../compiler/ops/initializers.js";
import { input } from "../../compiler/ops/input.js";
import { mul } from "../../compiler/ops/mul.js";
import { param } from "../../compiler/ops/param.js";
import { square } from "../../compiler/ops/square.js";
import { sub } from "../../compiler/ops/sub.js";
import { sgd } from "../../library/optimizers/sgd.js";
import { build, numbersOf, type Live } from "../run.js";

const count = 4000;
const ones = new Float32Array(count).fill(1);

/** `train` returns what it made of ones; the parameter keeps it a training function and is not changed. */
function trained(
  also: (x: Expression, w: Expression) => Record<string, Expression>,
  more: Record<string, Expression> = {},
): Model {
  const [x, w] = [input("x", [count]), param("w", [count], 1)];
  const made = also(x, w);
  const loss = sum(square(Object.values(made).reduce((a, b) => add(a, b), mul(w, 0))));
  return model("random", { functions: { train: minimize(loss, sgd({ lr: 0 }), { also: made }), ...more } });
}

const train = (live: Live): Record<string, number[]> => {
  const result = live.call("train", { x: ones });
  return Object.fromEntries(Object.entries(result).map(([name, value]) => [name, numbersOf(value)]));
};

describe("dropout", () => {
  const plain = trained((x, w) => ({ a: dropout(mul(x, w), 0.3), b: dropout(mul(x, w), 0.3) }));

  test("the same seed gives the same mask, another seed another one", () => {
    const first = train(build(plain, { seed: 5 }));
    expect(train(build(plain, { seed: 5 }))).toEqual(first);
    expect(train(build(plain, { seed: 6 }))["a"]).not.toEqual(first["a"]);
    // All 53 bits of the seed count.
    expect(train(build(plain, { seed: 5 + 2 ** 32 }))["a"]).not.toEqual(first["a"]);
  });

  test("another call draws another mask, a loaded state the same", () => {
    const live = build(plain, { seed: 5 });
    const first = train(live);
    const saved = live.state();
    const second = train(live);
    expect(second["a"]).not.toEqual(first["a"]);
    live.load(saved);
    expect(train(live)).toEqual(second);
  });

  test("two dropouts differ", () => {
    const { a, b } = train(build(plain));
    expect(a).not.toEqual(b);
  });

  test("drops as often as it says, independently, and scales what stays", () => {
    const live = build(plain, { seed: 1 });
    let [dropped, both, pairs] = [0, 0, 0];
    for (let n = 0; n < 5; n++) {
      const { a = [], b = [] } = train(live);
      expect(new Set(a)).toEqual(new Set([0, Math.fround(1 / 0.7)]));
      for (const [i, value] of a.entries()) {
        if (value === 0) dropped++;
        if (value === 0 && b[i] === 0) both++;
        if (i > 0 && value === 0 && a[i - 1] === 0) pairs++;
      }
    }
    // 20000 draws: a standard deviation is 0.0032 and 0.002.
    expect(dropped / (5 * count)).toBeGreaterThan(0.3 - 0.015);
    expect(dropped / (5 * count)).toBeLessThan(0.3 + 0.015);
    for (const each of [both, pairs]) {
      expect(each / (5 * count)).toBeGreaterThan(0.09 - 0.01);
      expect(each / (5 * count)).toBeLessThan(0.09 + 0.01);
    }
  });

  test("is the identity in evaluation", () => {
    const x = input("x", [count]);
    const live = build(model("m", { functions: { predict: { y: dropout(x, 0.9) } } }));
    expect(numbersOf(live.call("predict", { x: ones })["y"])).toEqual(Array.from(ones));
  });

  test("with p = 0 is the identity in training", () => {
    const { a } = train(build(trained((x, w) => ({ a: dropout(mul(x, w), 0) }))));
    expect(a).toEqual(Array.from(ones));
  });

  test("has the same mask forward and backward, however it is fused", () => {
    for (const fusion of ["none", "all"] as const) {
      const x = input("x", [count]);
      const y = dropout(x, 0.4);
      // The gradient of sum(y) is the mask, scaled; so is y where x is 1.
      const made = compute({ y: training(y), g: training(gradient(sum(y), x) as Expression) });
      const found = build(model("m", { functions: { run: made } }), { fusion, seed: 3 }).call("run", { x: ones });
      expect(numbersOf(found["g"])).toEqual(numbersOf(found["y"]));
      expect(numbersOf(found["y"])).toContain(0);
    }
  });

  test("training and evaluating override the mode of a part", () => {
    const x = input("x", [count]);
    const live = build(
      model("m", {
        functions: { run: { on: training(dropout(x, 0.5)), off: evaluating(dropout(x, 0.5)), plain: dropout(x, 0.5) } },
      }),
    );
    const found = live.call("run", { x: ones });
    expect(numbersOf(found["on"])).toContain(0);
    expect(numbersOf(found["off"])).toEqual(Array.from(ones));
    expect(numbersOf(found["plain"])).toEqual(Array.from(ones));
  });

  test("used twice it is one mask; one in another function is another", () => {
    const { a, b } = train(
      build(
        trained((x, w) => {
          const one = dropout(mul(x, w), 0.5);
          return { a: one, b: mul(one, 1) };
        }),
      ),
    );
    expect(a).toEqual(b);
    const x = input("x", [count]);
    const y = training(dropout(x, 0.5));
    const live = build(model("m", { functions: { first: { y }, second: { y } } }));
    const [first, second] = ["first", "second"].map((name) => numbersOf(live.call(name, { x: ones })["y"]));
    expect(first).not.toEqual(second);
  });

  test("a name fixes the stream, whatever else the model draws", () => {
    const named = trained((x, w) => ({ a: dropout(mul(x, w), 0.3, { name: "mine" }) }));
    const beside = trained((x, w) => ({ z: dropout(mul(x, w), 0.3), a: dropout(mul(x, w), 0.3, { name: "mine" }) }));
    expect(train(build(beside))["a"]).toEqual(train(build(named))["a"]);
  });

  test("two equal ones are never taken for one", () => {
    const { d } = train(
      build(
        trained((x, w) => {
          const [a, b] = [dropout(mul(x, w), 0.5), dropout(mul(x, w), 0.5)];
          return { d: sub(a, b) };
        }),
      ),
    );
    expect(d?.some((each) => each !== 0)).toBe(true);
  });
});

describe("initial values", () => {
  const shape = [40, 100];
  const initial = (initializer: Parameters<typeof param>[2], seed = 0): number[] => {
    const w = param("w", shape, initializer);
    return numbersOf(build(model("m", { functions: { read: { w } } }), { seed }).call("read")["w"]);
  };
  const moments = (values: readonly number[]): { mean: number; deviation: number } => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return {
      mean,
      deviation: Math.sqrt(values.reduce((total, each) => total + (each - mean) ** 2, 0) / values.length),
    };
  };

  test("are uniform between the bounds", () => {
    const values = initial(uniform(-0.5, 1.5));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-0.5);
    expect(Math.max(...values)).toBeLessThan(1.5);
    const { mean, deviation } = moments(values);
    expect(mean).toBeCloseTo(0.5, 1);
    expect(deviation).toBeCloseTo(2 / Math.sqrt(12), 1);
  });

  test("are normal with the deviation asked for", () => {
    const { mean, deviation } = moments(initial(normal(2, 3)));
    expect(Math.abs(mean - 2)).toBeLessThan(0.2);
    expect(Math.abs(deviation - 3)).toBeLessThan(0.15);
    expect(moments(initial(kaimingNormal())).deviation).toBeCloseTo(Math.sqrt(2 / 100), 2);
  });

  test("follow the seed and the parameter's name", () => {
    expect(initial(uniform(), 1)).toEqual(initial(uniform(), 1));
    expect(initial(uniform(), 2)).not.toEqual(initial(uniform(), 1));
    const [a, b] = [param("a", shape, uniform()), param("b", shape, uniform())];
    const live = build(model("m", { functions: { read: { a, b } } }));
    expect(live.parameters["a"]).not.toEqual(live.parameters["b"]);
    expect(Array.from(live.parameters["a"] ?? [])).toEqual(numbersOf(live.call("read")["a"]));
  });
});
