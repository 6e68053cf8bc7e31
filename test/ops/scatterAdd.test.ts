/** Adding at computed places: as PyTorch has it (test/reference/scatterAdd.json), at the edges, and what is refused. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isOptimcError } from "../../compiler/diagnostics.js";
import type { Expression } from "../../compiler/ir/op.js";
import { compute, minimize, model } from "../../compiler/model/model.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { toInt } from "../../compiler/ops/cast.js";
import { constant } from "../../compiler/ops/constant.js";
import { gather, scatterAdd } from "../../compiler/ops/gather.js";
import { gradient } from "../../compiler/ops/gradient.js";
import { normal } from "../../compiler/ops/initializers.js";
import { input } from "../../compiler/ops/input.js";
import { mul } from "../../compiler/ops/mul.js";
import { param } from "../../compiler/ops/param.js";
import { square } from "../../compiler/ops/square.js";
import { sgd } from "../../library/optimizers/sgd.js";
import { difference, sizesOf } from "../laws/check.js";
import { build, numbersOf, poison } from "../run.js";
import { eachTargetAndPrecision, targets } from "../targets.js";

interface Tensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface Case {
  readonly axis: number;
  readonly operands: readonly [x: Tensor, indices: Tensor, updates: Tensor];
  readonly value: Tensor;
  readonly cotangent: readonly number[];
  readonly gradients: readonly [x: readonly number[], indices: null, updates: readonly number[]];
}

const { cases } = JSON.parse(readFileSync(new URL("../reference/scatterAdd.json", import.meta.url), "utf8")) as {
  cases: readonly Case[];
};

const shown = ({ axis, operands: [x, indices] }: Case): string =>
  `[${x.shape.join()}] at [${indices.shape.join()}] axis ${axis}`;

describe.each(eachTargetAndPrecision)("on %s in %s", (name, precision) => {
  const target = targets[name];

  test.each(cases.map((each) => [shown(each), each] as const))("PyTorch's index_add, %s", (_, each) => {
    const [x, indices, updates] = each.operands.map(({ shape }, n) =>
      input(`x${n}`, shape, n === 1 ? "int32" : "float"),
    ) as [Expression, Expression, Expression];
    const result = scatterAdd(x, indices, updates, each.axis);
    expect(sizesOf(result)).toEqual(each.value.shape);
    const loss = sum(mul(result, constant({ shape: each.value.shape, data: each.cotangent })));
    const [gx, gy] = gradient(loss, [x, updates]) as [Expression, Expression];
    const live = build(model("m", { precision, functions: { run: compute({ result, gx, gy }) } }), { target });
    poison(live);
    const found = live.call("run", Object.fromEntries(each.operands.map(({ data }, n) => [`x${n}`, data])));
    const by = precision === "float64" ? 1e-10 : 1e-5;
    const compare = (output: string, wanted: readonly number[]): void =>
      expect(difference(output, numbersOf(found[output]), wanted, () => by)).toBeNull();
    compare("result", each.value.data);
    compare("gx", each.gradients[0]);
    compare("gy", each.gradients[2]);
  });

  test("rows that are named several times add up in order, starting from x", () => {
    const round = precision === "float32" ? Math.fround : (value: number): number => value;
    const [x, at, y] = [input("x", [2]), input("at", ["many"], "int32"), input("y", ["many"])];
    const made = model("m", { precision, dims: { many: 9 }, functions: { run: { result: scatterAdd(x, at, y) } } });
    const live = build(made, { target });
    const updates = [0.1, 1e8, -1e8, 0.3, 1e-3];
    const wanted = updates.reduce((total, each) => round(total + round(each)), round(0.7));
    expect(numbersOf(live.call("run", { x: [5, 0.7], at: [1, 1, 1, 1, 1], y: updates })["result"])).toEqual([
      5,
      wanted,
    ]);
  });

  test("NaN and infinities stay in their rows", () => {
    const [x, at, y] = [input("x", [4]), input("at", [3], "int32"), input("y", [3])];
    const live = build(model("m", { precision, functions: { run: { result: scatterAdd(x, at, y) } } }), { target });
    const Numbers = precision === "float64" ? Float64Array : Float32Array;
    const found = live.call("run", {
      x: Numbers.of(1, Infinity, 3, NaN),
      at: [0, 1, 1],
      y: Numbers.of(NaN, 1, -Infinity),
    });
    expect(numbersOf(found["result"])).toEqual([NaN, NaN, 3, NaN]);
  });

  test.each([[-1], [4], [2 ** 31 - 1], [-(2 ** 31)]])(
    "an index %i from an input is refused before anything is done",
    (wrong) => {
      const w = param("w", [4], normal(0, 1));
      const [at, y] = [input("at", [2], "int32"), input("y", [2])];
      const loss = sum(square(scatterAdd(w, at, y)));
      const live = build(model("m", { precision, functions: { train: minimize(loss, sgd({ lr: 1 })) } }), { target });
      const before = JSON.stringify(live.state());
      expect(() => live.call("train", { at: [0, wrong], y: [1, 1] })).toThrow(
        /^m.train: input 'at' at position 1: .* from 0 .*, found -?\d+/,
      );
      expect(JSON.stringify(live.state())).toBe(before);
    },
  );

  test("computed indices are clamped, in the value and in the gradient", () => {
    const [x, at, y] = [input("x", [3]), input("at", [4]), input("y", [4])];
    const result = scatterAdd(x, toInt(at), y);
    const g = gradient(sum(mul(result, constant([1, 10, 100]))), y) as Expression;
    const live = build(model("m", { precision, functions: { run: compute({ result, g }) } }), { target });
    const found = live.call("run", { x: [0, 0, 0], at: [-7, 3, 99, 1], y: [1, 2, 4, 8] });
    expect(numbersOf(found["result"])).toEqual([1, 8, 6]);
    expect(numbersOf(found["g"])).toEqual([1, 100, 100, 10]);
  });

  test("updates that are computed from x see x as it was", () => {
    const [x, at] = [input("x", [4]), input("at", ["many"], "int32")];
    const result = scatterAdd(x, at, gather(x, at));
    const live = build(model("m", { precision, dims: { many: 8 }, functions: { run: { result } } }), { target });
    expect(numbersOf(live.call("run", { x: [1, 2, 4, 8], at: [0, 0, 3, 0] })["result"])).toEqual([4, 2, 4, 16]);
  });
});

const x = input("x", ["batch", 3]);
const at = input("at", ["many"], "int32");

const faults: Readonly<Record<string, () => unknown>> = {
  "scatterAdd: updates [many, 4] are not [many, 3]": () => scatterAdd(x, at, input("y", ["many", 4])),
  "scatterAdd: updates [many, 3] are not [batch, many]": () => scatterAdd(x, at, input("y", ["many", 3]), 1),
  "scatterAdd: there is no axis 2": () => scatterAdd(x, at, input("y", ["many", 3]), 2),
  "scatterAdd: the indices are not integers": () => scatterAdd(x, input("f", ["many"]), input("y", ["many", 3])),
  "scatterAdd: x and the updates have different element types": () =>
    scatterAdd(x, at, input("y", ["many", 3], "int32")),
  "scatterAdd: wrong element type": () => scatterAdd(input("b", [3], "bool"), at, input("y", ["many"], "bool")),
};

test.each(Object.entries(faults))("%s", (sentence, make) => {
  let message = "";
  try {
    make();
  } catch (error) {
    message = isOptimcError(error) ? error.message : String(error);
  }
  expect(message.split("\n")[0]).toBe(sentence);
});
