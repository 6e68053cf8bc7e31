/** Products large enough for the target's blocks and tiles: against the interpreter, ragged, fused, in every layout. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Expression } from "../../compiler/ir/op.js";
import { minimize, model, type Model } from "../../compiler/model/model.js";
import { add } from "../../compiler/ops/add.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { uniform } from "../../compiler/ops/initializers.js";
import { input } from "../../compiler/ops/input.js";
import { matmul } from "../../compiler/ops/matmul.js";
import { param } from "../../compiler/ops/param.js";
import { square } from "../../compiler/ops/square.js";
import { tanh } from "../../compiler/ops/tanh.js";
import { transpose } from "../../compiler/ops/transpose.js";
import { adam } from "../../library/optimizers/adam.js";
import { between, generator } from "../arbitrary.js";
import { build, numbersOf, poison } from "../run.js";
import { eachTarget, eachTargetAndPrecision } from "../targets.js";
import { bitDifference, difference, meaning, type Precision } from "./check.js";
import { runs } from "../runs.js";

const extents = fc.constantFrom(1, 2, 3, 5, 17, 64, 129, 257);
const precisions = fc.constantFrom<Precision>("float64", "float32");

interface Product {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly batch: number;
  readonly left: boolean;
  readonly right: boolean;
}

const products = (most: number): fc.Arbitrary<Product> =>
  fc
    .record({
      m: extents,
      k: extents,
      n: extents,
      batch: fc.constantFrom(1, 1, 3),
      left: fc.boolean(),
      right: fc.boolean(),
    })
    .filter(({ m, k, n, batch }) => m * k * n * batch <= most);

const turned = (x: Expression): Expression => transpose(x, x.shape.length === 2 ? [1, 0] : [0, 2, 1]);

/** x @ y, either operand stored transposed. */
function product({ batch, left, right, k, n }: Product, rows: number | string): Expression {
  const lead = batch > 1 ? [batch] : [];
  const x = input("x", left ? [...lead, k, rows] : [...lead, rows, k]);
  const y = input("y", right ? [...lead, n, k] : [...lead, k, n]);
  return matmul(left ? turned(x) : x, right ? turned(y) : y);
}

function inputsFor({ batch, k, n }: Product, m: number): { x: Float32Array; y: Float32Array } {
  const next = generator(m * 7 + k * 3 + n);
  return {
    x: Float32Array.from(between(-1, 1, batch * m * k, next)),
    y: Float32Array.from(between(-1, 1, batch * k * n, next)),
  };
}

const modelOf = (drawn: Product, rows: number | string, capacity: number, precision: Precision): Model =>
  model("product", {
    precision,
    dims: typeof rows === "string" ? { [rows]: capacity } : {},
    functions: { run: { result: tanh(product(drawn, rows)) } },
  });

describe.each(eachTarget)("on %s, a product", (name, target) => {
  test("is what the interpreter says", () => {
    fc.assert(
      fc.property(products(300_000), precisions, (drawn, precision) => {
        const made = modelOf(drawn, drawn.m, 0, precision);
        const inputs = inputsFor(drawn, drawn.m);
        const { data, bound } = meaning(made, "run", { inputs }, name)["result"] ?? expect.fail();
        const found = numbersOf(build(made, { target }).call("run", inputs)["result"]);
        expect(difference("result", found, data, (i) => 2 * (bound?.[i] as number))).toBeNull();
      }),
      runs(40, 1),
    );
  });

  test("of n rows is the same in a build for more", () => {
    fc.assert(
      fc.property(products(3_000_000), precisions, fc.constantFrom(64, 129, 300), (drawn, precision, capacity) => {
        const m = Math.min(drawn.m, capacity);
        const inputs = inputsFor(drawn, m);
        const exact = numbersOf(build(modelOf(drawn, m, 0, precision), { target }).call("run", inputs)["result"]);
        const ragged = build(modelOf(drawn, "rows", capacity, precision), { target });
        poison(ragged);
        expect(bitDifference("result", numbersOf(ragged.call("run", inputs)["result"]), exact)).toBeNull();
      }),
      runs(80, 2),
    );
  });

  test("sums in ascending order, whatever the blocks are: one chain of doubles, or chains of 256", () => {
    fc.assert(
      fc.property(products(1_000_000), precisions, (drawn, precision) => {
        if (drawn.batch > 1) return;
        const round = precision === "float32" ? Math.fround : (value: number): number => value;
        const [each, chain] = name === "js" ? [(value: number): number => value, Infinity] : [round, 256];
        const { m, k, n, left, right } = drawn;
        const { x, y } = inputsFor(drawn, m);
        const made = model("product", { precision, functions: { run: { result: product(drawn, m) } } });
        const wanted = new Float64Array(m * n);
        for (let i = 0; i < m; i++) {
          for (let j = 0; j < n; j++) {
            let [total, sum] = [0, 0];
            for (let l = 0; l < k; l++) {
              const [a, b] = [x[left ? l * m + i : i * k + l], y[right ? j * k + l : l * n + j]] as [number, number];
              sum = each(sum + each(a * b));
              if ((l + 1) % chain > 0 && l + 1 < k) continue;
              total = each(total + sum);
              sum = 0;
            }
            wanted[i * n + j] = round(total);
          }
        }
        expect(
          bitDifference("result", numbersOf(build(made, { target }).call("run", { x, y })["result"]), wanted),
        ).toBeNull();
      }),
      runs(60, 3),
    );
  });
});

/** Two layers, trained: products forward and backward, with bias and activation behind them. */
function net(
  precision: Precision,
  capacity: number | null,
  [rows, inner, hidden, out]: readonly [number, number, number, number],
): Model {
  const x = input("x", [capacity === null ? rows : "batch", inner]);
  const w1 = param("w1", [hidden, inner], uniform(-0.1, 0.1));
  const b1 = param("b1", [hidden], uniform(-0.1, 0.1));
  const w2 = param("w2", [hidden, out], uniform(-0.1, 0.1));
  const y = matmul(tanh(add(matmul(x, transpose(w1)), b1)), w2);
  return model("net", {
    precision,
    dims: capacity === null ? {} : { batch: capacity },
    functions: { train: minimize(sum(square(y)), adam({ lr: 0.01 })) },
  });
}

test.each(eachTargetAndPrecision)(
  "on %s, training with large products in %s: fused, ragged and exact agree",
  (_, precision, target) => {
    for (const sizes of [
      [33, 130, 70, 65],
      [1, 300, 40, 3],
      [129, 20, 257, 1],
      [2, 64, 64, 64],
    ] as const) {
      const [rows, inner] = sizes;
      const x = Float32Array.from(between(-1, 1, rows * inner, generator(rows)));
      const run = (made: Model, fusion: "none" | "all") => {
        const live = build(made, { fusion, target });
        const losses = [0, 1, 2].map(() => {
          poison(live);
          return live.call("train", { x })["loss"] as number;
        });
        return [...losses, ...Object.values(live.state().parameters).flatMap((each) => Array.from(each))];
      };
      const wanted = run(net(precision, null, sizes), "none");
      expect(bitDifference("fused", run(net(precision, null, sizes), "all"), wanted)).toBeNull();
      expect(bitDifference("ragged", run(net(precision, 200, sizes), "all"), wanted)).toBeNull();
      expect(bitDifference("ragged, unfused", run(net(precision, 200, sizes), "none"), wanted)).toBeNull();
    }
  },
);
