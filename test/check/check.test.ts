/** `optimc check` finds planted faults, at their line and their smallest, and passes what is right. */
import { describe, expect, test } from "vitest";
import { checkModel, type Report } from "../../compiler/check/check.js";
import { formatReport, passed } from "../../compiler/check/report.js";
import type { Expression, Op, OpDefinition } from "../../compiler/ir/op.js";
import { defineOp } from "../../compiler/ir/op.js";
import { minimize, model, type Model } from "../../compiler/model/model.js";
import { broadcast, sum } from "../../compiler/ops/broadcast.js";
import { customGradient } from "../../compiler/ops/customGradient.js";
import { dropout } from "../../compiler/ops/dropout.js";
import { exp } from "../../compiler/ops/exp.js";
import { gather } from "../../compiler/ops/gather.js";
import { gradient } from "../../compiler/ops/gradient.js";
import { uniform } from "../../compiler/ops/initializers.js";
import { input } from "../../compiler/ops/input.js";
import { log } from "../../compiler/ops/log.js";
import { matmul } from "../../compiler/ops/matmul.js";
import { maximum } from "../../compiler/ops/maximum.js";
import { mean } from "../../compiler/ops/mean.js";
import { mul } from "../../compiler/ops/mul.js";
import { neg } from "../../compiler/ops/neg.js";
import { param } from "../../compiler/ops/param.js";
import { relu } from "../../compiler/ops/relu.js";
import { sigmoid } from "../../compiler/ops/sigmoid.js";
import { square } from "../../compiler/ops/square.js";
import { stopGradient } from "../../compiler/ops/stopGradient.js";
import { sub } from "../../compiler/ops/sub.js";
import { tanh } from "../../compiler/ops/tanh.js";
import { transpose } from "../../compiler/ops/transpose.js";
import { adam } from "../../library/optimizers/adam.js";
import { sgd } from "../../library/optimizers/sgd.js";
import { add } from "../../compiler/ops/add.js";
import { js } from "../../compiler/targets/js/js.js";
import { wasm } from "../../compiler/targets/wasm/wasm.js";
import type { Target } from "../../compiler/targets/target.js";

type AnyOp = { readonly definition: unknown };

/** The operation with a part of its definition replaced. */
const broken = (op: AnyOp, change: Partial<OpDefinition>): Op =>
  defineOp({ ...(op.definition as OpDefinition), ...change } as OpDefinition) as Op;

/** The operation with what its gradient rule gives changed. */
const bent = (op: AnyOp, change: (each: Expression, result: Expression) => Expression): Op => {
  const definition = op.definition as OpDefinition;
  return broken(op, {
    gradient: (context) => (definition.gradient?.(context) ?? []).map((each) => each && change(each, context.result)),
  });
};

const plain = (x: Expression): Expression => tanh(x);

/** About thirty operations, one of which is `middle`. */
function deep(middle: (x: Expression) => Expression): Model {
  const x = input("x", ["batch", 6]);
  const y = input("y", ["batch", 4]);
  const weights = [0, 1, 2].map((i) => param(`w${i}`, [6, 6], uniform(-0.5, 0.5)));
  let h = x;
  for (const [i, w] of weights.entries()) {
    h = add(matmul(h, w), param(`b${i}`, [6], uniform(-0.1, 0.1)));
    h = i === 1 ? middle(h) : add(mul(sigmoid(h), 1.5), mul(h, 0.1));
  }
  const out = matmul(h, param("out", [6, 4], uniform(-0.5, 0.5)));
  const loss = add(mean(square(sub(out, y))), mul(mean(square(h)), 0.01));
  return model("deep", {
    dims: { batch: 7 },
    functions: { predict: { out }, train: minimize(loss, adam({ lr: 1e-3 })) },
  });
}

const text = (report: Report): string => formatReport(report);
const only = (report: Report): Report["findings"][0] => {
  expect(report.findings).toHaveLength(1);
  return report.findings[0] ?? expect.fail();
};

describe("what is right passes", () => {
  test("a net", () => {
    const report = checkModel(deep(plain));
    expect(text(report)).toContain("train    gradients  ok");
    expect(passed(report)).toBe(true);
    // Both functions on both targets, and the gradients.
    expect(report.proofs).toHaveLength(5);
    expect(checkModel(deep(plain))).toEqual(report);
    expect(text(checkModel(deep(plain), { seed: 1 }))).not.toBe(text(report));
  });

  test("kinks, masks, stopped gradients, gathers, gradients as results and gradients of gradients", () => {
    const x = input("x", ["batch", 5]);
    const rows = input("rows", ["batch"], "int32");
    const [w, table] = [param("w", [5, 5], uniform(-1, 1)), param("table", [9, 5], uniform(-1, 1))];
    const h = dropout(relu(matmul(add(x, gather(table, rows)), w)), 0.3);
    const kinked = maximum(h, stopGradient(mul(h, 0.9)));
    const loss = sum(mul(kinked, stopGradient(exp(mul(h, 0.1)))));
    const slopes = gradient(sum(tanh(matmul(x, w))), w) as Expression;
    const made = model("kinks", {
      dims: { batch: 4 },
      functions: {
        train: minimize(loss, sgd({ lr: 1e-2, momentum: 0.9 })),
        slopes: { slopes },
        penalty: minimize(add(loss, sum(square(slopes))), sgd({ lr: 1e-3 })),
      },
    });
    const report = checkModel(made);
    expect(text(report)).not.toContain("failed");
    expect(report.notes).toEqual([]);
    expect(passed(report)).toBe(true);
  });

  test("a rule of the user's", () => {
    expect(passed(checkModel(deep((x) => customGradient(tanh(x), x, (dy) => mul(dy, sub(1, square(tanh(x))))))))).toBe(
      true,
    );
  });
});

describe("a wrong rule is found, alone and at its smallest", () => {
  test("a sign, of an operation", () => {
    const wrong = bent(tanh, neg);
    const report = checkModel(deep((x) => wrong.node([x])));
    const { code, message } = only(report);
    expect(code).toBe("wrong-gradient");
    const [, found, wanted, x] =
      /^tanh: the rule's gradient for input 1 is (\S+), finite differences say (\S+) \(x: \[(\S+)\]\)$/.exec(message) ??
      expect.fail(message);
    expect(Number(wanted)).toBeCloseTo(1 - Math.tanh(Number(x)) ** 2, 4);
    expect(Number(found)).toBeCloseTo(-Number(wanted), 6);
    expect(text(report)).toMatch(/train +gradients +failed +wrong for b0, w0, b1, w1/);
  });

  test("a sign, of a rule of the user's", () => {
    const report = checkModel(deep((x) => customGradient(tanh(x), x, (dy) => mul(dy, sub(square(tanh(x)), 1)))));
    expect(only(report).message).toMatch(
      /^customGradient: the rule's gradient for input 1 is -(\d\.\d+), finite differences say \1\d* \(x: \[\S+\]\)$/,
    );
  });

  test("one that several functions have, once", () => {
    const made = deep((x) => bent(tanh, neg).node([x]));
    const { train } = made.functions as { train: NonNullable<Model["functions"][string]> };
    const { message } = only(checkModel(Object.freeze({ ...made, functions: { ...made.functions, again: train } })));
    expect(message).toMatch(/^tanh: .*, in train and again$/);
  });

  test("one that is right at size 1 only", () => {
    // The mean of the rows' cotangents in place of each row's own.
    const rule = bent(tanh, (each) => mul(mean(each, 0, { keepDim: true }), broadcastLike(each)));
    const report = checkModel(deep((x) => rule.node([x])));
    const { message } = only(report);
    expect(message).toMatch(/^tanh: the rule's gradient for input 1 is/);
    expect(message).toMatch(/at element [01], .*\(x: \[\S+, \S+\]\)$/);
  });

  test("a factor that is nearly 1", () => {
    const rule = bent(tanh, (each) => mul(each, 1.0001));
    expect(only(checkModel(deep((x) => rule.node([x])))).message).toMatch(/^tanh: /);
  });

  test("one of many that are right", () => {
    const wrong = bent(sigmoid, neg);
    const report = checkModel(deep((x) => tanh(add(exp(neg(square(x))), mul(wrong.node([x]), 1e-3)))));
    expect(only(report).message).toMatch(/^sigmoid: /);
  });
});

const broadcastLike = (x: Expression): Expression => broadcast(1, x.shape);

describe("a target that computes something else is found", () => {
  const tampered = (target: Target, from: string, to: string): Target => ({
    ...target,
    printKernel(...given) {
      const printed = target.printKernel(...given);
      return { ...printed, body: printed.body.replaceAll(from, to) };
    },
  });

  test("a printed kernel with another number", () => {
    const made = deep((x) => relu(x));
    expect(passed(checkModel(made, { targets: [js] }))).toBe(true);
    const report = checkModel(made, { targets: [tampered(js, "<= 0 ?", "<= 0.25 ?")] });
    expect(report.findings.map(({ code }) => code)).toEqual(["wrong-value"]);
    expect(report.findings[0]?.message).toMatch(
      /^relu on js: the result\[\d+\] is 0 instead of 0\.\d+.*\(x: \[\S+\]\), in predict and train$/,
    );
  });

  test("a fault beyond the blocks of kernels, at a large capacity or in one dimension at a time", () => {
    const late = tampered(js, "<= 0 ?", "<= (i < 256 ? 0 : 0.25) ?");
    const rows = (batch: number): Model => {
      const x = input("x", ["batch"]);
      return model("rows", { dims: { batch }, functions: { f: { y: relu(x) } } });
    };
    expect(passed(checkModel(rows(200), { targets: [late] }))).toBe(true);
    for (const batch of [300, 400, 100_000]) {
      const [finding] = checkModel(rows(batch), { targets: [late] }).findings;
      expect(finding?.code).toBe("wrong-value");
    }
    expect(text(checkModel(rows(400), { targets: [js] }))).toMatch(/5 calls \(batch 1, 3, 5, 261, 400\)/);
  });

  test("of two large dimensions each is tried beyond the blocks", () => {
    const [x, w] = [input("x", ["batch", "time", 8]), param("w", [8, 8], uniform(-1, 1))];
    const scores = matmul(matmul(x, w), transpose(x, [0, 2, 1]));
    const made = model("pairs", { dims: { batch: 300, time: 500 }, functions: { f: { y: mean(exp(scores), [2]) } } });
    expect(text(checkModel(made, { targets: [js] }))).toMatch(/\(batch 1, 3, 5, 261; time 1, 3, 261\)/);
  });

  test("a lowering that does not go with the meaning", () => {
    const { lowering } = exp.definition as unknown as OpDefinition;
    const wrong = broken(tanh, lowering ? { lowering } : {});
    const report = checkModel(
      deep((x) => wrong.node([x])),
      { targets: [js, wasm] },
    );
    expect(report.findings.filter(({ code }) => code === "wrong-value")).toHaveLength(2);
    expect(text(report)).toMatch(/tanh on wasm: the result/);
  });

  test("an update that writes something else", () => {
    const target = tampered(js, "* stepSize", "* stepSize * 1.5");
    const { message } = only(checkModel(deep(plain), { targets: [target] }));
    expect(message).toMatch(
      /^train on js: parameter b0\[0\] is \S+ instead of \S+, allowed \S+, written by update\w+$/,
    );
  });
});

describe("numbers that are not finite", () => {
  const logs = (make: (x: Expression, w: Expression) => Expression): Model => {
    const [x, w] = [input("x", ["batch", 3]), param("w", [3], uniform(0.5, 1.5))];
    const loss = sum(make(x, w));
    return model("logs", { dims: { batch: 5 }, functions: { train: minimize(loss, sgd({ lr: 1e-3 })) } });
  };

  test("positive inputs are drawn where the function asks for them, and it is said", () => {
    const report = checkModel(logs((x, w) => mul(log(x), w)));
    expect(passed(report)).toBe(true);
    expect(report.notes).toEqual(["train: log is not finite for inputs of both signs; positive ones are drawn for x"]);
  });

  test("no input will do: the operation that begins it is named, and no gradient is blamed", () => {
    const report = checkModel(logs((x, w) => log(sub(mul(square(x), 0), square(w)))));
    const { code, message } = only(report);
    expect(code).toBe("not-finite");
    expect(message).toBe("train: log gives NaN (it depends on x), and so a result is not finite");
  });
});
