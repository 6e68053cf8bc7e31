/** What simplification, merging and dropping do to a graph, and what IEEE arithmetic forbids them. */
import { describe, expect, test } from "vitest";
import { buildGraph } from "../../compiler/model/buildGraph.js";
import type { Expression } from "../../compiler/ir/op.js";
import { printGraph } from "../../compiler/ir/print.js";
import { model } from "../../compiler/model/model.js";
import { add } from "../../compiler/ops/add.js";
import { broadcast, sum } from "../../compiler/ops/broadcast.js";
import { div } from "../../compiler/ops/div.js";
import { dropout, training } from "../../compiler/ops/dropout.js";
import { exp } from "../../compiler/ops/exp.js";
import { input } from "../../compiler/ops/input.js";
import { mul } from "../../compiler/ops/mul.js";
import { neg } from "../../compiler/ops/neg.js";
import { reshape } from "../../compiler/ops/reshape.js";
import { sub } from "../../compiler/ops/sub.js";
import { transpose } from "../../compiler/ops/transpose.js";
import { where } from "../../compiler/ops/where.js";
import { lt } from "../../compiler/ops/compare.js";
import { cse } from "../../compiler/passes/cse.js";
import { dead } from "../../compiler/passes/dead.js";
import { expand } from "../../compiler/passes/expand.js";
import { runPass, type Pass } from "../../compiler/passes/pass.js";
import { simplify } from "../../compiler/passes/simplify.js";

const x = input("x", [2, 3]);

/** The lines of the graph of `y` after passes, without the first. */
function after(y: Expression, ...passes: readonly Pass[]): string[] {
  const made = model("m", { functions: { f: { y } } });
  const graph = buildGraph(made, "f", made.functions["f"] ?? expect.fail());
  const last = [...passes, dead].reduce((at, pass) => runPass(at, pass).graph, graph);
  return printGraph(last)
    .split("\n")
    .slice(1)
    .map((line) => line.trim());
}

const same = ["x = input('x'): [2, 3]", "return y: x"];

describe("what changes no value is removed", () => {
  const rows: readonly (readonly [string, Expression])[] = [
    ["x * 1", mul(x, 1)],
    ["1 * x", mul(1, x)],
    ["x / 1", div(x, 1)],
    ["x - 0", sub(x, 0)],
    ["-(-x)", neg(neg(x))],
    ["transpose of transpose", transpose(transpose(x))],
    ["a permutation that moves nothing", transpose(x, [0, 1])],
    ["reshape of reshape", reshape(reshape(x, [6]), [2, 3])],
    ["broadcast to its own shape", broadcast(x, [2, 3])],
    ["both sides alike", where(lt(x, 0), x, x)],
    ["a sum over no axes", sum(x, [])],
  ];
  test.each(rows)("%s", (_, y) => {
    expect(after(y, simplify, simplify)).toEqual(same);
  });
});

describe("what IEEE arithmetic tells apart stays", () => {
  const rows: readonly (readonly [string, Expression, string])[] = [
    // NaN and infinities make NaN, a negative number -0.
    ["x * 0", mul(x, 0), "%0 = x * 0: [2, 3]"],
    // -0 + 0 is 0.
    ["x + 0", add(x, 0), "%0 = x + 0: [2, 3]"],
    // -0 - -0 is 0.
    ["x - -0", sub(x, -0), "%0 = x - 0: [2, 3]"],
    ["x - x", sub(x, x), "%0 = x - x: [2, 3]"],
    ["x / x", div(x, x), "%0 = x / x: [2, 3]"],
    ["0 - x", sub(0, x), "%0 = 0 - x: [2, 3]"],
  ];
  test.each(rows)("%s", (_, y, line) => {
    expect(after(y, simplify)).toEqual(["x = input('x'): [2, 3]", line, "return y: %0"]);
  });
});

test("two transposes become one", () => {
  const z = input("z", [2, 3, 4]);
  expect(after(transpose(transpose(z, [1, 2, 0]), [1, 2, 0]), simplify)).toEqual([
    "z = input('z'): [2, 3, 4]",
    "%0 = transpose(z, permutation: [2, 0, 1]): [4, 2, 3]",
    "return y: %0",
  ]);
});

describe("equal nodes", () => {
  test("are computed once", () => {
    expect(after(add(exp(x), exp(x)), cse)).toEqual([
      "x = input('x'): [2, 3]",
      "%0 = exp(x): [2, 3]",
      "%1 = %0 + %0: [2, 3]",
      "return y: %1",
    ]);
  });

  test("must have equal attributes and shapes", () => {
    const sums = after(sub(reshape(sum(x, 0), [1, 3]), reshape(sum(x, [1]), [2, 1])), cse);
    expect(sums.filter((line) => line.includes("sum(")).length).toBe(2);
    expect(after(add(mul(x, 0), mul(x, -0)), cse).filter((line) => line.includes("x *")).length).toBe(2);
  });

  test("that draw random numbers are not equal", () => {
    const drawn = after(training(sub(dropout(x), dropout(x))), expand, cse);
    expect(drawn.filter((line) => line.includes("uniform"))).toEqual([
      "%0 = uniform(stream: 0): [2, 3]",
      "%4 = uniform(stream: 1): [2, 3]",
    ]);
  });
});

test("what nothing needs is dropped, with the leaves that only it needs", () => {
  const unused = input("unused", [2, 3]);
  const made = model("m", { functions: { f: { y: mul(x, 2), z: exp(unused) } } });
  const graph = buildGraph(made, "f", made.functions["f"] ?? expect.fail());
  const { graph: small } = runPass({ ...graph, outputs: graph.outputs.slice(0, 1) }, dead);
  expect(printGraph(small)).toBe(
    ["graph f (float32)", "  x = input('x'): [2, 3]", "  %0 = x * 2: [2, 3]", "  return y: %0"].join("\n"),
  );
  expect(runPass(small, dead).graph).toBe(small);
});
