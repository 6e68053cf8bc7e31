/** The host computes once what stands in several places. */
import { describe, expect, it } from "vitest";
import { sharedParts } from "../../compiler/emit/hostSubexpressions.js";
import { add, binary, constant, mul, variable } from "../../compiler/ir/scalar.js";
import { input, minimize, model, multiplicativeLR, param, sgd, stepLR } from "../../src/index.js";
import { build } from "../run.js";

const [x, y] = [variable("x", "f64"), variable("y", "f64")];

describe("shared parts", () => {
  it("are those that stand in several places, each after what it is made of", () => {
    const sum = add(x, y);
    const square = mul(add(x, y), sum);
    const [first, second] = [add(square, constant(1)), mul(square, constant(2))];
    const parts = sharedParts([first, second]);
    expect(parts.of(first).map(parts.canonical)).toEqual([sum, square]);
    expect(parts.of(second)).toEqual(parts.of(first));
    expect(parts.canonical(add(x, y))).not.toBe(sum);
    expect(parts.canonical(sum)).toBe(parts.of(first)[0]);
  });

  it("are neither variables nor constants, nor what only looks alike", () => {
    const root = mul(add(x, constant(1)), add(x, constant(-1)));
    expect(sharedParts([root, mul(x, y), binary("sub", x, y), mul(y, x)]).of(root)).toEqual([]);
    const signed = mul(add(x, constant(0)), add(x, constant(-0)));
    expect(sharedParts([signed]).of(signed)).toEqual([]);
  });

  it("cost no time where each is made twice of the one before", () => {
    let root = add(x, y);
    for (let i = 0; i < 2000; i++) root = mul(root, root);
    expect(sharedParts([root]).of(root)).toHaveLength(2000);
  });
});

/** The host's part of a call of `train`. */
function hostOf(options: Parameters<typeof sgd>[0]): string {
  const w = param("w", [], 0);
  const train = minimize(input("x", []).mul(w), sgd(options));
  const { text } = build(model("m", { functions: { train } }) as never);
  const host = text.slice(text.indexOf("train({", text.indexOf("function host")));
  return host.slice(0, host.indexOf("\n      }")).replace(/^ {8}/gm, "");
}

describe("the host's code", () => {
  it("computes a schedule where it is, in parentheses behind an override", () => {
    expect(hostOf({ lr: stepLR(0.1, { stepSize: 30 }) })).toMatchInlineSnapshot(`
      "train({ step, hyper, begin }) {
      const lr = scheduled("lr", hyper.lr ?? (pow(0.1, Math.floor((step - 1) / 30)) * 0.1), true, 0);
      begin();
      train(lr);"
    `);
    expect(hostOf({ lr: (t) => t.lt(5).mul(0.1) })).toMatchInlineSnapshot(`
      "train({ step, hyper, begin }) {
      const lr = scheduled("lr", hyper.lr ?? ((step - 1 < 5 ? 1 : 0) * 0.1), true, 0);
      begin();
      train(lr);"
    `);
  });

  it("names what schedules and kernels share", () => {
    expect(hostOf({ lr: multiplicativeLR(0.1, (t) => t.mul(0.1).add(1).pow(-1)) })).toMatchInlineSnapshot(`
      "train({ step, hyper, begin }) {
      const lrProduct = kept[2];
      const t = step - 1;
      const nextLrProduct = (t === 0 ? 1 : pow(t * 0.1 + 1, -1)) * lrProduct;
      const lr = scheduled("lr", hyper.lr ?? (nextLrProduct * 0.1), true, 0);
      begin();
      train(lr, nextLrProduct);"
    `);
  });

  it("computes constants when the model is built, and composites of scalars", () => {
    expect(hostOf({ lr: (t) => t.sub(t).sigmoid().add(t.mul(0).add(2).square()).clamp(0, 1) })).toMatchInlineSnapshot(`
      "train({ step, hyper, begin }) {
      const t = step - 1;
      const part = t * 0 + 2;
      const part2 = 1 / (exp(-(t - t)) + 1) + part * part;
      const part3 = part2 < 0 ? 0 : part2;
      const lr = scheduled("lr", hyper.lr ?? (1 < part3 ? 1 : part3), true, 0);
      begin();
      train(lr);"
    `);
    expect(hostOf({ lr: (t) => t.mul(0.5).square() })).toMatchInlineSnapshot(`
      "train({ step, hyper, begin }) {
      const part = (step - 1) * 0.5;
      const lr = scheduled("lr", hyper.lr ?? (part * part), true, 0);
      begin();
      train(lr);"
    `);
  });
});
