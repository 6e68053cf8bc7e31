/** Operations along one axis: as PyTorch computes them, at jumps, and on axes whose size the call brings. */
import { describe, expect, test } from "vitest";
import { evaluate } from "../../compiler/meaning/interpreter.js";
import type { Expression } from "../../compiler/ir/op.js";
import { compute, minimize, model } from "../../compiler/model/model.js";
import { add } from "../../compiler/ops/add.js";
import { argsort } from "../../compiler/ops/argsort.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { toFloat, toInt } from "../../compiler/ops/cast.js";
import { cummax } from "../../compiler/ops/cummax.js";
import { cumsum } from "../../compiler/ops/cumsum.js";
import { exp } from "../../compiler/ops/exp.js";
import { gradient } from "../../compiler/ops/gradient.js";
import { uniform } from "../../compiler/ops/initializers.js";
import { input } from "../../compiler/ops/input.js";
import { lt } from "../../compiler/ops/compare.js";
import { mul } from "../../compiler/ops/mul.js";
import { param } from "../../compiler/ops/param.js";
import { slice } from "../../compiler/ops/slice.js";
import { sort, topK } from "../../compiler/ops/sort.js";
import { square } from "../../compiler/ops/square.js";
import { takeAlongAxis } from "../../compiler/ops/takeAlongAxis.js";
import { transpose } from "../../compiler/ops/transpose.js";
import { sgd } from "../../library/optimizers/sgd.js";
import { apart, generator } from "../arbitrary.js";
import { difference, magnitudeOf } from "../laws/check.js";
import { build, numbersOf, poison } from "../run.js";
import { eachTargetAndPrecision, targets } from "../targets.js";
import { checkRecorded, recordedIn } from "./recorded.js";
import { graphOf, inputsOf } from "../stages.js";

interface Attributes {
  readonly axis: number;
  readonly descending: boolean;
  readonly k: number;
  readonly largest: boolean;
}

type Make = (args: readonly Expression[], attributes: Attributes) => Expression;

const operations: Readonly<Record<string, Make>> = {
  cumsum: ([x], { axis }) => cumsum(x as Expression, axis),
  cummax: ([x], { axis }) => cummax(x as Expression, axis),
  sort: ([x], { axis, descending }) => sort(x as Expression, axis, { descending }).values,
  argsort: ([x], { axis, descending }) => argsort(x as Expression, axis, { descending }),
  topK: ([x], { k, axis, largest }) => topK(x as Expression, k, axis, { largest }).values,
  "places of topK": ([x], { k, axis, largest }) => topK(x as Expression, k, axis, { largest }).indices,
  takeAlongAxis: ([x, indices], { axis }) => takeAlongAxis(x as Expression, indices as Expression, axis),
};

const cases = recordedIn<Attributes>("rows.json");

describe.each(eachTargetAndPrecision)("%s in %s", (name, precision) => {
  const target = targets[name];

  describe.each(Object.keys(operations))("%s is what PyTorch recorded", (operation) => {
    // The numbers at the edges are doubles.
    const own = cases.filter((each) => each.operation === operation);
    test.each(precision === "float64" ? own : own.filter((each) => !each.name.includes("edges")))("$name", (each) => {
      checkRecorded(each, operations[operation] as Make, target, precision);
    });
  });

  const x = input("x", ["batch", 6]);
  const y = input("y", ["time", "batch"]);
  const places = toInt(lt(y, 0));
  const calls: Readonly<Record<string, readonly [made: Expression, of: Expression]>> = {
    "cumsum along a named axis": [cumsum(x, 0), x],
    "cumsum beside a named axis": [cumsum(exp(x), 1), x],
    "cumsum along each of two named axes": [cumsum(cumsum(y, 0), 1), y],
    "cummax along a named axis": [cummax(mul(x, x), 0), x],
    "cummax of what is transposed": [cummax(transpose(y), 0), y],
    "sort along a named axis": [sort(x, 0).values, x],
    "sort beside a named axis": [sort(exp(x), 1, { descending: true }).values, x],
    "sort of what is transposed": [sort(transpose(y), 0).values, y],
    "argsort along a named axis": [mul(toFloat(argsort(y, 1)), y), y],
    "the largest along a named axis": [topK(x, 1, 0).values, x],
    "the smallest beside a named axis": [topK(x, 4, 1, { largest: false }).values, x],
    "takeAlongAxis within a named axis": [takeAlongAxis(y, places, 0), y],
    "takeAlongAxis of a sort": [takeAlongAxis(square(y), argsort(y, 1), 1), y],
  };

  describe.each(["none", "all"] as const)("fusion %s", (fusion) => {
    test.each(Object.entries(calls))("%s", (_, [made, of]) => {
      const loss = sum(mul(square(made), 0.5));
      const outputs = compute({ result: made, g: gradient(loss, of) as Expression });
      const live = build(model("m", { precision, dims: { batch: 20, time: 9 }, functions: { run: outputs } }), {
        fusion,
        target,
      });
      for (const [batch, time] of [
        [1, 2],
        [5, 7],
        [17, 2],
        [20, 9],
      ] as const) {
        poison(live);
        const next = generator(batch);
        const all = { x: batch * 6, y: time * batch };
        const needed = inputsOf(live.program);
        const inputs = Object.fromEntries(
          Object.entries(all).flatMap(([name, count]) => (needed.includes(name) ? [[name, apart(count, next)]] : [])),
        );
        const dims = needed.includes("y") ? { batch, time } : { batch };
        const found = live.call("run", inputs, { dims });
        const graph = graphOf(live.stages).stages.gradient;
        const wanted = evaluate(graph, { inputs, dims }).outputs;
        for (const output of ["result", "g"]) {
          const values = wanted[output]?.data ?? [];
          const unit = (precision === "float64" ? 1e-14 : 2e-6) * magnitudeOf(values);
          expect(difference(output, numbersOf(found[output]), values, () => unit)).toBeNull();
        }
      }
    });
  });

  test("a cumulative sum is carried in double and each result rounded once", () => {
    const live = build(model("m", { precision, functions: { run: { rows: cumsum(z, 1), columns: cumsum(z, 0) } } }), {
      target,
    });
    const big = 2 ** 25;
    const found = live.call("run", { z: Float32Array.of(big, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1) });
    const exact = Array.from({ length: 16 }, (_, i) => big + i);
    const round = precision === "float32" ? Math.fround : (value: number) => value;
    expect(numbersOf(found["rows"])).toEqual([...exact.slice(0, 4).map(round), 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]);
    const columns = [0, 1, 2, 3].flatMap((i) => [round(big + i), i + 1, i + 1, i + 1]);
    expect(numbersOf(found["columns"])).toEqual(columns);
  });

  test("one kernel or many: the same bits, also where a parameter is updated from them", () => {
    const w = param("w", [7, 5], uniform(-1, 1));
    const { values, indices } = sort(cumsum(w, 0), 1);
    const part = mul(topK(w, 3, 0).values, toFloat(slice(takeAlongAxis(indices, argsort(w, 0), 0), [[0, 3]])));
    const loss = add(sum(mul(values, cummax(w, 1))), sum(part));
    const made = model("m", { precision, functions: { train: minimize(loss, sgd({ lr: 0.01, momentum: 0.9 })) } });
    const [separate, fused] = (["none", "all"] as const).map((fusion) => {
      const live = build(made, { fusion, target, seed: 3 });
      return [1, 2, 3].map(() => [live.call("train")["loss"], [...(live.parameters["w"] as Float32Array)]]);
    });
    expect(fused).toEqual(separate);
  });
});

const z = input("z", [4, 4]);

describe("what is refused", () => {
  const q = input("q", [3, 5]);
  const words = input("words", [3, 5], "int32");
  const on = input("on", [3, 5], "bool");
  const message = (call: () => unknown): string => {
    try {
      call();
    } catch (error) {
      return String((error as Error).message);
    }
    return "nothing";
  };

  test.each<[string, () => unknown, RegExp]>([
    ["an axis that is not there", () => cumsum(q, 2), /cumsum: there is no axis 2/],
    ["an axis that is not there", () => cummax(q, -3), /cummax: there is no axis -3/],
    ["an axis that is not there", () => sort(q, 2), /sort: there is no axis 2/],
    ["an axis that is not there", () => argsort(q, 7), /argsort: there is no axis 7/],
    ["an axis that is not there", () => topK(q, 1, 2), /topK: there is no axis 2/],
    ["truth values", () => cumsum(on, 0), /cumsum: wrong element type/],
    ["truth values", () => cummax(on, 0), /cummax: wrong element type/],
    ["truth values", () => sort(on), /sort: wrong element type/],
    ["truth values", () => topK(on, 1), /topK: wrong element type/],
    ["more than there are", () => topK(q, 6), /topK: k is not a number of elements along axis 1/],
    ["none", () => topK(q, 0), /topK: k is not a number/],
    ["a part of an element", () => topK(q, 1.5), /topK: k is not a number/],
    ["a number", () => sort(3 as never), /sort: operand 1 is not a tensor/],
    ["indices of floats", () => takeAlongAxis(q, q), /takeAlongAxis: the indices are not integers/],
    ["another shape", () => takeAlongAxis(z, words, 1), /differ beside axis 1/],
    ["another rank", () => takeAlongAxis(input("r", [5]), words, 0), /differ beside axis 0/],
  ])("%s", (_, call, sentence) => {
    expect(message(call)).toMatch(sentence);
  });

  test("fewer rows than are chosen, and indices beside their axis, before the call changes anything", () => {
    const rows = input("rows", ["batch", 2]);
    const at = input("at", ["batch", 3], "int32");
    const made = { chosen: topK(rows, 3, 0).values };
    const live = build(
      model("m", { dims: { batch: 9 }, functions: { run: made, take: { t: takeAlongAxis(rows, at) } } }),
    );
    expect(numbersOf(live.call("run", { rows: [1, 2, 3, 4, 5, 6] })["chosen"])).toEqual([5, 6, 3, 4, 1, 2]);
    expect(() => live.call("run", { rows: [1, 2, 3, 4] })).toThrow(/batch/);
    expect(numbersOf(live.call("take", { rows: [1, 2], at: [1, 0, 1] })["t"])).toEqual([2, 1, 2]);
    expect(() => live.call("take", { rows: [1, 2], at: [1, 2, 1] })).toThrow(/at/);
    expect(() => live.call("take", { rows: [1, 2], at: [1, -1, 1] })).toThrow(/at/);
  });
});

test("every recorded operation is tested", () => {
  expect(new Set(cases.map((each) => each.operation))).toEqual(new Set(Object.keys(operations)));
});
