/** What is computed at build time, and what is left to the target. */
import { expect, test } from "vitest";
import { buildGraph } from "../../compiler/model/buildGraph.js";
import { literal, type Expression } from "../../compiler/ir/op.js";
import { printGraph } from "../../compiler/ir/print.js";
import { model } from "../../compiler/model/model.js";
import { add } from "../../compiler/ops/add.js";
import { div } from "../../compiler/ops/div.js";
import { exp } from "../../compiler/ops/exp.js";
import { input } from "../../compiler/ops/input.js";
import { mul } from "../../compiler/ops/mul.js";
import { sub } from "../../compiler/ops/sub.js";
import { dead } from "../../compiler/passes/dead.js";
import { fold } from "../../compiler/passes/fold.js";
import { runPass } from "../../compiler/passes/pass.js";

const x = input("x", [3]);
const number = (value: number): Expression => literal(value, "float");

/** How the product of x and the expression is printed after folding. */
function folded(y: Expression): string | undefined {
  const made = model("m", { functions: { f: { y: mul(x, y) } } });
  const graph = buildGraph(made, "f", made.functions["f"] ?? expect.fail());
  const last = [fold, dead].reduce((at, pass) => runPass(at, pass).graph, graph);
  return printGraph(last)
    .split("\n")
    .find((line) => line.includes("x *"))
    ?.trim();
}

test.each([
  ["2 * 3", mul(number(2), number(3)), "%0 = x * 6: [3]"],
  ["1 - 3", sub(number(1), number(3)), "%0 = x * -2: [3]"],
  ["(2 + 3) * 4", mul(add(number(2), number(3)), number(4)), "%0 = x * 20: [3]"],
])("%s is computed", (_, y, line) => {
  expect(folded(y)).toBe(line);
});

test.each([
  ["a fraction", mul(number(0.1), number(3))],
  ["a quotient", div(number(1), number(3))],
  ["an elementary function", exp(number(1))],
  ["what float32 cannot hold", mul(number(5000), number(5000))],
  ["infinity", add(number(Infinity), number(1))],
])("%s is left to the target", (_, y) => {
  expect(folded(y)).toMatch(/x \* %\d/);
});
