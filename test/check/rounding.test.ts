/** What rounding may explain: all that it can, and no more; and what is then left undecided. */
import { describe, expect, test } from "vitest";
import { checkModel } from "../../compiler/check/check.js";
import { formatReport, passed } from "../../compiler/check/report.js";
import { buildGraph } from "../../compiler/model/buildGraph.js";
import { evaluate, type Value } from "../../compiler/meaning/interpreter.js";
import type { Model, ModelFunction } from "../../compiler/model/model.js";
import { js } from "../../compiler/targets/js/js.js";
import type { Target } from "../../compiler/targets/target.js";
import { wasm } from "../../compiler/targets/wasm/wasm.js";
import {
  adam,
  batchNorm,
  compute,
  input,
  layerNorm,
  linear,
  minimize,
  model,
  mse,
  param,
  uniform,
  where,
} from "../../src/index.js";

/** What `result` is for the parameter x, with its bound. */
function valueOf(of: (x: ReturnType<typeof noise>) => unknown, x: readonly number[]): Value {
  const made = model("m", { functions: { f: compute({ result: of(noise()) as ReturnType<typeof noise> }) } });
  const { precision } = made;
  const graph = buildGraph(made, "f", made.functions["f"] as unknown as ModelFunction);
  return evaluate(graph, { inputs: { x } }, wasm.rounding[precision]).outputs["result"] as Value;
}

/** About as large as what rounding makes of it: (1 + x) - 1. */
const noise = () => input("x", [4]).add(1).sub(1);
const x = [2 ** -26, -(2 ** -26), 0, 2 ** -23];
const bounds = (of: (x: ReturnType<typeof noise>) => unknown): number[] => Array.from(valueOf(of, x).bound ?? []);

describe("bounds are of every order", () => {
  const unit = 2 ** -24;

  test("the square of noise has the square of its bound", () => {
    for (const bound of bounds((e) => e.square())) expect(bound).toBeGreaterThanOrEqual(unit ** 2);
    for (const bound of bounds((e) => e.mul(e.neg()))) expect(bound).toBeGreaterThanOrEqual(unit ** 2);
    for (const bound of bounds((e) => e.pow(2))) expect(bound).toBeGreaterThanOrEqual(unit ** 2);
  });

  test("what divides by noise has no bound, nor has a logarithm of it", () => {
    for (const of of [1, 2, 3].map((i) => bounds((e) => (i === 1 ? e.pow(-1) : i === 2 ? e.div(e) : e.log())))) {
      expect(of.slice(0, 3)).toEqual([Infinity, Infinity, Infinity]);
      expect(of[3]).toBeLessThan(Infinity);
    }
  });

  test("the root of what cannot be negative has one, and the root of what can has none", () => {
    for (const bound of bounds((e) => e.square().add(0).sqrt())) expect(bound).toBeLessThan(8 * unit);
    expect(bounds((e) => e.sqrt())[2]).toBe(Infinity);
  });

  test("a zero that was chosen is exact, and so is what it is compared with", () => {
    const chosen = (e: ReturnType<typeof noise>) => e.sub(1).relu();
    expect(bounds(chosen)).toEqual([0, 0, 0, 0]);
    expect(bounds((e) => where(chosen(e).le(0), 0, 1))).toEqual([0, 0, 0, 0]);
  });

  test("two that may be equal are", () => {
    expect(bounds((e) => where(e.add(3).eq(e.mul(1.25).add(3)), 1, 0)).map(Math.floor)).toEqual([1, 1, 1, 1]);
  });
});

describe("noise is no fault", () => {
  test("a bias before a normalization: its gradient is rounding alone", () => {
    const y = batchNorm("bn", 4)(linear("a", 3, 4)(input("x", ["batch", 3])));
    const loss = linear("b", 4, 1)(y.relu()).square().mean();
    const made = model("bn", { dims: { batch: 8 }, functions: { train: minimize(loss, adam()) } });
    const report = checkModel(made as unknown as Model);
    expect(report.findings).toEqual([]);
    expect(formatReport(report)).not.toContain("failed");
    expect(passed(report)).toBe(true);
  });
});

describe("where rounding explains too much", () => {
  const { layers, width } = { layers: 4, width: 17 };
  /** Layers of a transformer without attention, in which the bounds grow. */
  const deep = (): Model => {
    let h = linear("first", 5, width)(input("x", ["batch", 5]));
    for (let i = 0; i < layers; i++) {
      const [norm, up, down] = [
        layerNorm(`norm${i}`, width),
        linear(`up${i}`, width, 4 * width),
        linear(`down${i}`, 4 * width, width),
      ];
      h = h.add(down(up(norm(h)).gelu()));
    }
    const loss = mse(h, input("y", ["batch", width]));
    return model("deep", { dims: { batch: 8 }, functions: { train: minimize(loss, adam()) } }) as unknown as Model;
  };
  const tampered = (target: Target, from: string, to: string): Target => ({
    ...target,
    printKernel(...given) {
      const printed = target.printKernel(...given);
      return { ...printed, body: printed.body.replaceAll(from, to) };
    },
  });

  test("the calls are compared in float64", () => {
    const report = checkModel(deep(), { runs: 1 });
    const text = formatReport(report);
    expect(text).toMatch(/train +js +ok +\d+ training steps.*, \d+ of them agree in float64, worst \d\.\de-\d\d/);
    expect(text).toMatch(/train +wasm +ok .*, \d+ of them agree in float64, worst \d\.\de-\d\d/);
    expect(passed(report)).toBe(true);
  });

  test("and a fault is found there", () => {
    const report = checkModel(deep(), { runs: 1, targets: [tampered(js, "* 0.5", "* 0.5001")] });
    expect(formatReport(report)).toMatch(/train +js +failed /);
  });

  test("what float64 leaves open too is undecided, and not passed", () => {
    // A sum less the same sum in another order is noise, and its sign anything.
    const w = param("w", [17, 33], uniform(0.5, 1)).exp();
    const e = w.sum(1).sub(
      w
        .cumsum(1)
        .slice([null, [32, 33]])
        .sum(1),
    );
    const made = model("lost", {
      precision: "float64",
      functions: { f: compute({ a: e.div(e.abs().add(1e-30)) }) },
    }) as unknown as Model;
    const report = checkModel(made);
    expect(report.findings).toEqual([]);
    expect(formatReport(report)).toMatch(/f +wasm +undecided +3 calls/);
    expect(passed(report)).toBe(false);
  });
});
