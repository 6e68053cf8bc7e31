/** Gradients that the user gives: where they flow, their own gradients, and what is refused. */
import { describe, expect, test } from "vitest";
import { isOptimcError } from "../../compiler/diagnostics.js";
import type { Expression } from "../../compiler/ir/op.js";
import { compute, minimize, model } from "../../compiler/model/model.js";
import { add } from "../../compiler/ops/add.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { customGradient } from "../../compiler/ops/customGradient.js";
import { dropout } from "../../compiler/ops/dropout.js";
import { exp } from "../../compiler/ops/exp.js";
import { gradient } from "../../compiler/ops/gradient.js";
import { zeros } from "../../compiler/ops/initializers.js";
import { input } from "../../compiler/ops/input.js";
import { matmul } from "../../compiler/ops/matmul.js";
import { mul } from "../../compiler/ops/mul.js";
import { assign, param, state } from "../../compiler/ops/param.js";
import { sin } from "../../compiler/ops/sin.js";
import { square } from "../../compiler/ops/square.js";
import { withEffects } from "../../compiler/ops/withEffects.js";
import { sgd } from "../../library/optimizers/sgd.js";
import { build, numbersOf } from "../run.js";
import { eachTarget } from "../targets.js";
import { graphOf } from "../stages.js";

const values = (size: number): number[] => Array.from({ length: size }, (_, i) => Math.sin(i * 1.7 + 0.4));
const faultOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    if (isOptimcError(error)) return error;
    throw error;
  }
  throw new Error("nothing was refused");
};

describe.each(eachTarget)("on %s", (_, target) => {
  const run = (outputs: Record<string, Expression>, inputs: Record<string, number[]>) => {
    const live = build(model("m", { precision: "float64", functions: { run: outputs } }), { target });
    const result = live.call("run", inputs);
    return Object.fromEntries(Object.keys(outputs).map((name) => [name, numbersOf(result[name])]));
  };

  test.each([1, 3, 5, 17])("the rule takes the place of the derived gradient, size %i", (size) => {
    const x = input("x", [size]);
    // Not the gradient of the square, so that it shows which one is taken.
    const y = customGradient(square(x), x, (dy) => mul(dy, sin(x)));
    const { value, slope } = run({ value: y, slope: gradient(sum(mul(y, 3)), x) as Expression }, { x: values(size) });
    expect(value).toEqual(values(size).map((each) => each * each));
    for (const [i, each] of values(size).entries()) expect(slope?.[i]).toBeCloseTo(3 * Math.sin(each), 14);
  });

  test("the gradient of the gradient is that of the rule", () => {
    const x = input("x", [3]);
    const y = customGradient(square(x), x, (dy) => mul(square(dy), exp(x)));
    const first = gradient(sum(mul(y, 3)), x) as Expression;
    const { second } = run({ second: gradient(sum(square(first)), x) as Expression }, { x: values(3) });
    // (9 exp x)^2 has the derivative 162 exp(2 x).
    for (const [i, each] of values(3).entries()) expect(second?.[i]).toBeCloseTo(162 * Math.exp(2 * each), 9);
  });

  test("a list and a record of inputs, null for one that gets nothing", () => {
    const [x, w, b] = [input("x", [2, 3]), input("w", [3, 2]), input("b", [2])];
    const list = customGradient(add(matmul(x, w), b), [x, w, b], (dy) => [mul(x, 2), null, sum(dy, 0)]);
    const record = customGradient(add(matmul(x, w), b), { x, b }, (dy) => ({ x: mul(x, 5), b: sum(dy, 0) }));
    const inputs = { x: values(6), w: values(6), b: values(2) };
    const all = (loss: Expression) => gradient(sum(loss), { x, w, b }) as Record<string, Expression>;
    const one = run(all(list), inputs);
    expect(one).toEqual({ x: values(6).map((each) => 2 * each), w: Array(6).fill(0), b: [2, 2] });
    // What the record does not name gets nothing either, although the output is computed from it.
    expect(run(all(record), inputs)).toEqual({ ...one, x: values(6).map((each) => 5 * each) });
  });

  test("one inside the other, and one used twice", () => {
    const x = input("x", [3]);
    const inner = customGradient(mul(x, 1), x, (dy) => mul(dy, 2));
    const outer = customGradient(mul(inner, 1), inner, (dy) => mul(dy, 3));
    const twice = add(mul(outer, 10), outer);
    expect(run({ slope: gradient(sum(twice), x) as Expression }, { x: values(3) })["slope"]).toEqual([66, 66, 66]);
  });

  test("a rule that holds a gradient and a dropout trains", () => {
    const x = input("x", [4, 3]);
    const weight = param("weight", [3], zeros());
    const product = mul(x, weight);
    const y = customGradient(product, { weight }, (dy) => ({
      weight: gradient(sum(mul(product, dropout(dy, 0.5, { name: "half" }))), weight) as Expression,
    }));
    const live = build(model("m", { functions: { train: minimize(sum(y), sgd({ lr: 1 })) } }), { target });
    live.call("train", { x: Array(12).fill(1) });
    // Each element of the weight is changed by twice the number of rows that were kept.
    for (const each of live.parameters["weight"] ?? []) expect([0, -2, -4, -6, -8]).toContain(each);
    expect(Array.from(live.parameters["weight"] ?? []).some((each) => each !== -4)).toBe(true);
  });
});

test("in a function without gradients nothing of the rule is left", () => {
  const x = input("x", [3]);
  const y = customGradient(square(x), x, (dy) => mul(dy, exp(sin(x))));
  const { stages } = build(model("m", { functions: { run: { y } } }));
  const names = graphOf(stages).stages.final.nodes.map((node) => node.op.definition.name);
  expect(names).not.toContain("exp");
  expect(names).not.toContain("cotangent");
});

describe("refused", () => {
  const x = param("x", [2, 3], zeros());
  test("a gradient of another shape", () => {
    const fault = faultOf(() => customGradient(square(x), x, (dy) => sum(dy, 0)));
    expect(fault).toMatchObject({ code: "shape-mismatch", expected: "[2, 3]", found: "[3]" });
    expect(fault.message).toBe("customGradient: the rule's gradient for the input has another shape");
  });
  test("a result of another form", () => {
    expect(faultOf(() => customGradient(square(x), [x, x], (dy) => [dy]))).toMatchObject({
      expected: "one for each input, as they were given: number 1, number 2",
      found: "number 1",
    });
    expect(faultOf(() => customGradient(square(x), { x }, (dy) => ({ y: dy })))).toMatchObject({ found: "'y'" });
    expect(faultOf(() => customGradient(square(x), x, (dy) => [dy]))).toMatchObject({
      expected: "one tensor, or null: there is one input",
    });
    expect(faultOf(() => customGradient(square(x), x, () => undefined))).toMatchObject({ found: "undefined" });
  });
  test("options that there are none of", () => {
    const fault = faultOf(() => customGradient(x, x, (dy) => dy, { surogate: true } as never));
    expect(fault).toMatchObject({ code: "invalid-argument", hint: "did you mean surrogate?" });
  });
  test("inputs, outputs and rules that are none", () => {
    expect(faultOf(() => customGradient(input("i", [2], "int32"), x, () => x))).toMatchObject({
      code: "type-mismatch",
    });
    expect(faultOf(() => customGradient(x, [x, 3], () => [x, x]))).toMatchObject({
      message: "customGradient: input number 2 is not a float tensor",
      found: "the number 3",
    });
    expect(faultOf(() => customGradient(x, x, 3 as never))).toMatchObject({ code: "invalid-argument" });
  });
  test("a cotangent that left its rule", () => {
    let kept: Expression | undefined;
    customGradient(square(x), x, (dy) => (kept = dy));
    const loss = sum(mul(kept as Expression, x));
    const fault = faultOf(() => build(model("m", { functions: { run: compute({ loss }) } })));
    expect(fault.message).toBe("customGradient: the cotangent is used outside of its rule");
    // Another rule takes it from around it: there too it stands for no number.
    const other = customGradient(square(x), x, (dy) => mul(dy, kept as Expression));
    const inRule = faultOf(() => build(model("m", { functions: { train: minimize(sum(other), sgd({ lr: 1 })) } })));
    expect(inRule.message).toBe("customGradient: the cotangent is used outside of its rule");
  });
  test("an effect in the rule", () => {
    const count = state("count", [2, 3], zeros());
    const fault = faultOf(() =>
      customGradient(square(x), x, (dy) => withEffects(mul(dy, 2), [assign(count, (before) => add(before, 1))])),
    );
    expect(fault).toMatchObject({ code: "invalid-argument", message: "customGradient: the rule has an effect" });
  });
});
