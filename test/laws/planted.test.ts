/** The laws themselves: a planted fault is found. */
import { describe, expect, test } from "vitest";
import { buildGraph } from "../../compiler/model/buildGraph.js";
import { isOp, nodeAt, type NodeId } from "../../compiler/ir/graph.js";
import type { Expression, Op, OpDefinition } from "../../compiler/ir/op.js";
import { defineOp } from "../../compiler/ir/op.js";
import { topologicalOrder } from "../../compiler/ir/order.js";
import { model } from "../../compiler/model/model.js";
import { div } from "../../compiler/ops/div.js";
import { exp } from "../../compiler/ops/exp.js";
import { input } from "../../compiler/ops/input.js";
import { matmul } from "../../compiler/ops/matmul.js";
import { mul } from "../../compiler/ops/mul.js";
import { neg } from "../../compiler/ops/neg.js";
import { logSoftmax } from "../../compiler/ops/softmax.js";
import { stopGradient } from "../../compiler/ops/stopGradient.js";
import { sub } from "../../compiler/ops/sub.js";
import { tanh } from "../../compiler/ops/tanh.js";
import { transpose } from "../../compiler/ops/transpose.js";
import type { Pass } from "../../compiler/passes/pass.js";
import { between, generator, type OperationCall, type TensorValue } from "../arbitrary.js";
import { checkGradient, checkValue } from "./check.js";
import { checkPass } from "./meaning.js";
import { nodeId } from "../ids.js";

const tensor = (...shape: number[]): TensorValue => ({
  shape,
  element: "float",
  data: between(
    0.5,
    2,
    shape.reduce((a, b) => a * b, 1),
    generator(shape.length + 5),
  ),
});

type AnyOp = { readonly definition: unknown };

/** The operation with a part of its definition replaced. */
const broken = (op: AnyOp, change: Partial<OpDefinition>): Op =>
  defineOp({ ...(op.definition as OpDefinition), ...change } as OpDefinition) as Op;

const rule = (op: AnyOp): NonNullable<OpDefinition["gradient"]> =>
  (op.definition as OpDefinition).gradient as NonNullable<OpDefinition["gradient"]>;

const call = (
  text: string,
  args: readonly TensorValue[],
  make: (...args: Expression[]) => Expression,
): OperationCall => ({
  text,
  args,
  make: (given) => make(...given),
});

describe("a broken gradient rule is caught", () => {
  const flipped = (op: AnyOp): Op =>
    broken(op, { gradient: (context) => rule(op)(context).map((each) => each && neg(each)) });

  test("a wrong sign", () => {
    const wrong = flipped(tanh);
    expect(checkGradient(call("tanh", [tensor(3, 5)], (x) => tanh(x)))).toBeNull();
    expect(checkGradient(call("tanh", [tensor(3, 5)], (x) => wrong.node([x])))).toMatch(/tanh: the gradient gives/);
  });

  test("the cotangents of two operands exchanged", () => {
    const wrong = broken(div, { gradient: (context) => [...rule(div)(context)].reverse() });
    expect(checkGradient(call("div", [tensor(5), tensor(5)], (x, y) => wrong.node([x, y])))).not.toBeNull();
  });

  test("a contribution left out", () => {
    const wrong = broken(mul, { gradient: (context) => [rule(mul)(context)[0] ?? null, null] });
    expect(checkGradient(call("mul", [tensor(5)], (x) => wrong.node([x, x])))).not.toBeNull();
  });

  test("a factor that is 1 almost everywhere", () => {
    const wrong = broken(exp, {
      gradient: ({ cotangent, result }) => [mul(cotangent, mul(result, 1.000001))],
    });
    expect(checkGradient(call("exp", [tensor(3)], (x) => wrong.node([x])))).not.toBeNull();
  });

  test("a composite's own rule that does not go with its expansion", () => {
    const wrong = broken(logSoftmax, { gradient: ({ cotangent, result }) => [sub(cotangent, exp(result))] });
    expect(checkGradient(call("logSoftmax", [tensor(3, 5)], (x) => wrong.node([x], { axis: 1 })))).not.toBeNull();
  });

  test("a rule that is right in value and has no derivative of its own", () => {
    const wrong = broken(tanh, {
      gradient: (context) => rule(tanh)(context).map((each) => each && stopGradient(each)),
    });
    const planted = call("tanh", [tensor(3)], (x) => wrong.node([x]));
    expect(checkGradient(planted, 1)).toBeNull();
    expect(checkGradient(planted, 2)).not.toBeNull();
  });
});

test("a lowering that does not go with the meaning is caught", () => {
  const { lowering } = exp.definition as unknown as OpDefinition;
  const wrong = broken(tanh, lowering ? { lowering } : {});
  expect(
    checkValue(
      call("tanh", [tensor(3)], (x) => tanh(x)),
      "float64",
    ),
  ).toBeNull();
  expect(
    checkValue(
      call("tanh", [tensor(3)], (x) => wrong.node([x])),
      "float64",
    ),
  ).toMatch(/instead of/);
});

describe("a broken pass is caught", () => {
  const [x, w] = [input("x", [3, 5]), input("w", [3, 5])];
  const result = sub(matmul(x, transpose(w)), matmul(w, transpose(x)));
  const made = model("planted", { precision: "float64", functions: { run: { result, other: tanh(sub(x, w)) } } });
  const graph = buildGraph(made, "run", made.functions["run"] ?? expect.fail());
  const given = { inputs: { x: tensor(3, 5).data, w: between(-1, 1, 15, generator(1)) } };

  const pass = (name: string, run: Pass["run"]): Pass => ({ name, doc: "planted", run });
  const find = (op: AnyOp): NodeId =>
    topologicalOrder(graph).find((id) => isOp(nodeAt(graph, id), op)) ?? expect.fail();

  test("operands exchanged", () => {
    const swap = pass("swap", ({ nodes }) => {
      const id = find(sub);
      const node = nodeAt(graph, id);
      return {
        added: [{ ...node, args: [...node.args].reverse() }],
        redirected: new Map([[id, nodeId(nodes.length)]]),
      };
    });
    expect(checkPass(graph, swap, given)).toMatch(/after swap/);
  });

  test("two nodes taken for equal", () => {
    const merge = pass("merge", () => {
      const [first, second] = topologicalOrder(graph).filter((id) => isOp(nodeAt(graph, id), transpose));
      return { redirected: new Map([[second ?? expect.fail(), first ?? expect.fail()]]) };
    });
    expect(checkPass(graph, merge, given)).toMatch(/after merge/);
  });

  test("an output lost", () => {
    const lose = pass("lose", ({ outputs }) => ({ outputs: outputs.slice(1) }));
    expect(checkPass(graph, lose, given)).toMatch(/'result' is gone/);
  });

  test("a graph that is no longer one is refused before it is interpreted", () => {
    const twist = pass("twist", ({ nodes }) => {
      const id = find(tanh);
      return { added: [{ ...nodeAt(graph, id), shape: [] }], redirected: new Map([[id, nodeId(nodes.length)]]) };
    });
    expect(() => checkPass(graph, twist, given)).toThrow(/after pass 'twist'/);
  });
});
