/** Operations on named dimensions whose call brings fewer than the capacity, and on values that must stay in their place. */
import { describe, expect, test } from "vitest";
import { evaluate } from "../../compiler/meaning/interpreter.js";
import type { Expression } from "../../compiler/ir/op.js";
import { compute, minimize, model } from "../../compiler/model/model.js";
import { add } from "../../compiler/ops/add.js";
import { argmax } from "../../compiler/ops/argmax.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { concat } from "../../compiler/ops/concat.js";
import { einsum } from "../../compiler/ops/einsum.js";
import { expand } from "../../compiler/ops/expand.js";
import { flatten } from "../../compiler/ops/flatten.js";
import { flip } from "../../compiler/ops/flip.js";
import { scatterAdd } from "../../compiler/ops/gather.js";
import { gradient } from "../../compiler/ops/gradient.js";
import { uniform } from "../../compiler/ops/initializers.js";
import { input } from "../../compiler/ops/input.js";
import { mul } from "../../compiler/ops/mul.js";
import { oneHot } from "../../compiler/ops/oneHot.js";
import { outer } from "../../compiler/ops/outer.js";
import { param } from "../../compiler/ops/param.js";
import { slice } from "../../compiler/ops/slice.js";
import { split } from "../../compiler/ops/split.js";
import { square } from "../../compiler/ops/square.js";
import { stack } from "../../compiler/ops/stack.js";
import { tile } from "../../compiler/ops/tile.js";
import { tril, triu } from "../../compiler/ops/tril.js";
import { sgd } from "../../library/optimizers/sgd.js";
import { between, generator } from "../arbitrary.js";
import { bitDifference, difference, magnitudeOf } from "../laws/check.js";
import { build, numbersOf, poison } from "../run.js";
import { eachTargetAndPrecision, targets } from "../targets.js";
import { graphOf, inputsOf } from "../stages.js";

const x = input("x", ["batch", 3]);
const y = input("y", ["time", 3]);
const z = input("z", ["batch", 5]);
const joined = concat([x, y, x]);

const calls: Readonly<Record<string, readonly [made: Expression, of: Expression]>> = {
  "concat along a named axis": [joined, x],
  "concat beside a named axis": [concat([x, z, x], 1), z],
  "concat of one": [concat([x]), x],
  "stack along a new first axis": [stack([x, square(x)]), x],
  "stack along a new last axis": [stack([x, square(x), x], -1), x],
  "flip of a named axis": [flip(x, 0), x],
  "flip of all axes": [flip(x), x],
  "flip of rows that are joined": [flip(joined, 0), y],
  "parts of named sizes, flipped": [flip(split(joined, ["batch", "time", "batch"])[1] as Expression, 0), y],
  "flip of the products of all pairs": [flip(outer(sum(x, 1), sum(y, 1))), x],
  "tile along a named axis": [tile(x, [3, 1]), x],
  "tile beside a named axis": [tile(x, [1, 3]), x],
  "tile along new axes": [tile(x, [2, 2, 1]), x],
  "expand along a named axis": [expand(sum(x, 0), ["batch", -1]), x],
  "flatten of named axes": [flatten(stack([x, square(x)], 1)), x],
  "tril of named axes": [tril(outer(sum(x, 1), sum(y, 1)), 1), x],
  "triu of named axes": [triu(outer(sum(x, 1), sum(y, 1))), y],
  "einsum that sums over a named axis": [einsum("bi,bj->ij", x, z), z],
  "einsum of a diagonal of named axes": [einsum("ii,ij->ij", einsum("bi,ci->bc", x, x), z), x],
  "scatterAdd along a named axis": [scatterAdd(x, argmax(y, 1), y), y],
  "oneHot of a named axis": [mul(oneHot(argmax(z, 1), 3), x), x],
  "the rest of a split": [concat(split(joined, ["batch", -1]).reverse()), y],
};

describe.each(eachTargetAndPrecision)("%s in %s", (name, precision) => {
  const target = targets[name];
  describe.each(["none", "all"] as const)("fusion %s", (fusion) => {
    test.each(Object.entries(calls))("%s", (_, [made, of]) => {
      const loss = sum(mul(square(made), 0.5));
      const outputs = compute({ result: made, g: gradient(loss, of) as Expression });
      const m = model("m", { precision, dims: { batch: 20, time: 9 }, functions: { run: outputs } });
      const live = build(m, { fusion, target });
      for (const [batch, time] of [
        [1, 1],
        [5, 7],
        [17, 2],
        [20, 9],
      ] as const) {
        poison(live);
        const next = generator(batch);
        const all = { x: [batch, 3], y: [time, 3], z: [batch, 5] } as const;
        const needed = inputsOf(live.program);
        const inputs = Object.fromEntries(
          Object.entries(all)
            .filter(([name]) => needed.includes(name))
            .map(([name, [rows, columns]]) => [name, between(-2, 2, rows * columns, next)]),
        );
        const found = live.call("run", inputs);
        const wanted = evaluate(graphOf(live.stages).stages.gradient, {
          inputs,
          dims: { batch, time },
        }).outputs;
        const value = (name: string) => wanted[name]?.data ?? [];
        const unit = precision === "float64" ? 1e-14 : 2e-6;
        const near = (name: string) => unit * magnitudeOf(value(name));
        expect(difference("result", numbersOf(found["result"]), value("result"), () => near("result"))).toBeNull();
        expect(difference("g", numbersOf(found["g"]), value("g"), () => near("g"))).toBeNull();
      }
    });
  });

  test("nothing of an operand reaches the part of another", () => {
    const values = [NaN, Infinity, -Infinity, -0, 0, 1, NaN, -0, 2 ** -149];
    const [a, b] = [input("a", ["batch", 3]), input("b", ["batch", 3])];
    const made = { rows: concat([a, b]), columns: concat([a, b], 1), beside: stack([a, b], -1) };
    const g = gradient(sum(mul(slice(made.columns, [null, [0, 3]]), a)), b) as Expression;
    const live = build(model("m", { precision, dims: { batch: 5 }, functions: { run: { ...made, g } } }), {
      target,
    });
    const plain = [1, -2, 3, -0, 0, 6, 7, 8, -9];
    const Numbers = precision === "float64" ? Float64Array : Float32Array;
    for (const [first, second] of [
      [values, plain],
      [plain, values],
    ] as const) {
      poison(live);
      const found = live.call("run", { a: Numbers.from(first), b: Numbers.from(second) });
      const rowsOf = (list: readonly number[]) => [list.slice(0, 3), list.slice(3, 6), list.slice(6)] as const;
      const columns = rowsOf(first).flatMap((row, n) => [...row, ...(rowsOf(second)[n] as number[])]);
      const beside = first.flatMap((value, n) => [value, second[n] as number]);
      expect(bitDifference("rows", numbersOf(found["rows"]), [...first, ...second])).toBeNull();
      expect(bitDifference("columns", numbersOf(found["columns"]), columns)).toBeNull();
      expect(bitDifference("beside", numbersOf(found["beside"]), beside)).toBeNull();
      expect(numbersOf(found["g"])).toEqual(values.map(() => 0));
    }
  });

  test("a parameter that is read in another order while it is updated", () => {
    const w = param("w", [7, 4], uniform(-1, 1));
    const read = [flip(w), flip(w, 0), triu(w, 1), tile(slice(w, [[0, 1]]), [7, 1]), flip(concat([w, w], 1), 1)];
    const loss = read.reduce((total, each) => {
      const part = slice(each, [null, [0, 4]]);
      return add(total, sum(mul(mul(part, w), part)));
    }, sum(w));
    const made = model("m", { precision, functions: { train: minimize(loss, sgd({ lr: 0.01, momentum: 0.9 })) } });
    const [apart, fused] = (["none", "all"] as const).map((fusion) => {
      const live = build(made, { fusion, target, seed: 3 });
      return [1, 2, 3].map(() => [live.call("train")["loss"], [...(live.parameters["w"] as Float32Array)]]);
    });
    expect(fused).toEqual(apart);
    const { parameters, stages } = build(made, { target, seed: 3 });
    const start = parameters["w"] as Float32Array;
    const { gradients } = evaluate(graphOf(stages).stages.gradient, { parameters: { w: start } });
    const stepped = Array.from(start, (value, i) => value - 0.01 * (gradients["w"]?.data[i] as number));
    const found = (fused?.[0] as [number, number[]])[1];
    expect(difference("w", found, stepped, () => (precision === "float64" ? 1e-14 : 2e-6))).toBeNull();
  });
});
