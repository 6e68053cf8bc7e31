/** `optimc check` and rules that are declared not to be derivatives: held, left out and noted; the rest is proved. */
import { expect, test } from "vitest";
import { checkModel, type Report } from "../../compiler/check/check.js";
import { formatReport, passed } from "../../compiler/check/report.js";
import type { Model } from "../../compiler/model/model.js";
import { customGradient, input, linear, minimize, model, sgd } from "../../src/index.js";

/** A straight-through estimator between two layers, the first of which has a way around it. */
function report(surrogate: boolean, sign: number): Report {
  const x = input("x", ["batch", 3]);
  const h = linear("a", 3, 4)(x);
  const rounded = customGradient(h.mul(8).tanh(), h, (dy) => dy, { surrogate });
  const wrong = customGradient(h.sin(), h, (dy) => dy.mul(h.cos()).mul(sign));
  const loss = linear("b", 4, 1)(rounded.add(wrong)).square().mean();
  const made = model("net", { dims: { batch: 8 }, functions: { train: minimize(loss, sgd({ lr: 0.1 })) } });
  return checkModel(made as unknown as Model);
}

test("the rest is proved, and what was left out is noted", () => {
  const right = report(true, 1);
  expect(formatReport(right)).toMatch(/gradients +ok +4 tensors/);
  expect(right.notes).toEqual([
    expect.stringMatching(/^train: the surrogate gradient.* is left out, and what it is computed from is held$/),
  ]);
  expect(passed(right)).toBe(true);
});

test("a fault beside it is found, and without the word so is the rule itself", () => {
  const [beside] = report(true, -1).findings;
  expect(beside?.message).toMatch(/^customGradient: the rule's gradient for input 1 is/);
  const undeclared = report(false, 1);
  expect(undeclared.findings).toHaveLength(1);
  expect(undeclared.notes).toEqual([]);
});
