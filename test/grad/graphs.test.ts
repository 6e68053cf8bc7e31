/** Gradients of random graphs: shared subexpressions, broadcasting, gradients of gradients; and where gradients stop. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Expression } from "../../compiler/ir/op.js";
import { compute, model } from "../../compiler/model/model.js";
import { add } from "../../compiler/ops/add.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { gradient } from "../../compiler/ops/gradient.js";
import { input } from "../../compiler/ops/input.js";
import { matmul } from "../../compiler/ops/matmul.js";
import { mul } from "../../compiler/ops/mul.js";
import { param } from "../../compiler/ops/param.js";
import { square } from "../../compiler/ops/square.js";
import { stopGradient } from "../../compiler/ops/stopGradient.js";
import { tanh } from "../../compiler/ops/tanh.js";
import { transpose } from "../../compiler/ops/transpose.js";
import { between, countOf, generator, type TensorValue } from "../arbitrary.js";
import { callOf, grow, lossOf, makeLeaves, steps, type Step } from "../graphs.js";
import { checkSlope, sizesOf } from "../laws/check.js";
import { accepted } from "../laws/programs.js";
import { build, numbersOf } from "../run.js";
import { runs } from "../runs.js";

const trained = ["w", "b", "k", "s", "o"] as const;

/** The gradients of a random loss by its parameters, against the slope along a random direction. */
function checkGraph(list: readonly Step[], order: 1 | 2): string | null {
  const dims = { batch: 5, time: 3 };
  const leaves = makeLeaves(dims.batch, dims.time);
  const pool = grow(list, leaves, dims);
  const params = trained.map((name) => leaves[name]);
  let loss = lossOf(pool, leaves);
  if (order === 2) {
    const inner = gradient(loss, params) as Expression[];
    loss = inner.map((each) => sum(square(tanh(each)))).reduce((a, b) => add(a, b));
  }
  const gradients = gradient(loss, params) as Expression[];
  const outputs = { loss, ...Object.fromEntries(gradients.map((each, position) => [`g${position}`, each])) };
  const live = build(model("random", { precision: "float64", functions: { run: compute(outputs) } }), { seed: 3 });
  // A parameter that the loss does not reach is not in the model: its gradient is 0.
  const args = trained.map((name, position): TensorValue => {
    const shape = sizesOf(params[position] as Expression);
    const data = Array.from(live.parameters[name] ?? between(-1, 1, countOf(shape), generator(1)));
    return { shape, element: "float", data };
  });
  const inputs = accepted(live.program, "run", callOf(dims, 9));
  const run = (values: readonly (readonly number[])[]) => {
    trained.forEach((name, position) => live.parameters[name]?.set(values[position] as number[]));
    const result = live.call("run", inputs);
    return {
      loss: result["loss"] as number,
      gradients: trained.map((_, position) => numbersOf(result[`g${position}`])),
    };
  };
  return checkSlope("graph", args, run, 5, 1e-6);
}

describe("of random graphs", () => {
  test.each([1, 2] as const)("order %i", (order) => {
    fc.assert(
      fc.property(steps("smooth", order === 1 ? 12 : 6), (list) => {
        const differentiable = list.filter(({ kind }) => kind !== "stop");
        expect(checkGraph(differentiable, order)).toBeNull();
      }),
      runs(order === 1 ? 60 : 30, order),
    );
  });
});

const runOnce = (outputs: Record<string, Expression>, inputs: Record<string, number[]>) =>
  build(model("once", { precision: "float64", functions: { run: compute(outputs) } })).call("run", inputs);

test("a tensor used twice gets both contributions", () => {
  const x = input("x", [3]);
  const shared = square(x);
  const loss = sum(add(mul(shared, shared), mul(shared, 3)));
  // d(x^4 + 3 x^2) = 4 x^3 + 6 x
  const { g } = runOnce({ g: gradient(loss, x) as Expression }, { x: [1, -2, 0.5] });
  expect(numbersOf(g)).toEqual([10, -44, 3.5]);
});

test("the gradient of a broadcast operand is summed", () => {
  const [x, b] = [input("x", [2, 3]), input("b", [1, 3])];
  const { g } = runOnce({ g: gradient(sum(mul(x, b)), b) as Expression }, { x: [1, 2, 3, 4, 5, 6], b: [0, 0, 0] });
  expect(numbersOf(g)).toEqual([5, 7, 9]);
});

test("a weight used in two products is differentiated through both", () => {
  const [x, w] = [input("x", [2, 2]), input("w", [2, 2])];
  const y = matmul(matmul(x, w), transpose(w));
  const loss = sum(y);
  // sum(x w w') = 1' x w w' 1: by w it is x'1 1'w + (1 (1'x w)), each a rank-one product.
  const { g } = runOnce({ g: gradient(loss, w) as Expression }, { x: [1, 2, 3, 4], w: [1, -1, 2, 0.5] });
  const columns = [4, 6];
  const w1 = [3, -0.5];
  const xw = [4 * 1 + 6 * 2, 4 * -1 + 6 * 0.5];
  const wanted = [0, 1].flatMap((i) =>
    [0, 1].map((j) => (columns[i] as number) * (w1[j] as number) + (xw[j] as number)),
  );
  expect(numbersOf(g)).toEqual(wanted);
});

test("no gradient flows through stopGradient", () => {
  const x = input("x", [2]);
  const loss = sum(mul(x, stopGradient(x)));
  const { g } = runOnce({ g: gradient(loss, x) as Expression }, { x: [3, -4] });
  expect(numbersOf(g)).toEqual([3, -4]);
});

test("what a loss does not depend on has gradient 0", () => {
  const [x, w] = [input("x", [2]), param("w", [2, 2], 1)];
  const { g } = runOnce({ g: gradient(sum(x), w) as Expression, s: sum(w) }, { x: [1, 2] });
  expect(numbersOf(g)).toEqual([0, 0, 0, 0]);
});

test("a gradient by an intermediate value is that of a call on it", () => {
  const x = input("x", [3]);
  const middle = mul(x, 2);
  const { g } = runOnce({ g: gradient(sum(square(middle)), middle) as Expression }, { x: [1, 2, 3] });
  expect(numbersOf(g)).toEqual([4, 8, 12]);
});
