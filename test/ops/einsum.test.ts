/** Equations as PyTorch reads them (test/reference/einsum.json), what the build says of wrong ones, and the kernels. */
import { callsOf } from "../../compiler/ir/program.js";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isOptimcError } from "../../compiler/diagnostics.js";
import { visitStatements } from "../../compiler/ir/kernel.js";
import type { Expression } from "../../compiler/ir/op.js";
import { printShape, size } from "../../compiler/ir/size.js";
import { compute, model } from "../../compiler/model/model.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { constant } from "../../compiler/ops/constant.js";
import { einsum } from "../../compiler/ops/einsum.js";
import { gradient } from "../../compiler/ops/gradient.js";
import { input } from "../../compiler/ops/input.js";
import { compareGrowth } from "../../compiler/ops/einsumContraction.js";
import { matmul } from "../../compiler/ops/matmul.js";
import { mul } from "../../compiler/ops/mul.js";
import { compileProgram } from "../../compiler/compile.js";
import { js } from "../../compiler/targets/js/js.js";
import { difference, inputNames, magnitudeOf, sizesOf } from "../laws/check.js";
import { build, numbersOf } from "../run.js";
import { eachTargetAndPrecision, targets } from "../targets.js";

interface Tensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface Case {
  readonly equation: string;
  readonly operands: readonly Tensor[];
  readonly value: Tensor;
  readonly cotangent: readonly number[];
  readonly gradients: readonly (readonly number[])[];
}

const { cases } = JSON.parse(readFileSync(new URL("../reference/einsum.json", import.meta.url), "utf8")) as {
  cases: readonly Case[];
};

const shown = ({ equation, operands }: Case): string =>
  `${equation} ${operands.map(({ shape }) => `[${shape.join()}]`).join(" ")}`;

describe.each(eachTargetAndPrecision)("PyTorch's einsum, on %s in %s", (name, precision) => {
  test.each(cases.map((each) => [shown(each), each] as const))("%s", (_, each) => {
    const args = each.operands.map(({ shape }, n) => input(`x${n}`, shape));
    const result = einsum(each.equation, ...args);
    expect(sizesOf(result)).toEqual(each.value.shape);
    const loss = sum(mul(result, constant({ shape: each.value.shape, data: each.cotangent })));
    const outputs = { result, ...Object.fromEntries(args.map((x, n) => [`g${n}`, gradient(loss, x) as Expression])) };
    const live = build(model("m", { precision, functions: { run: compute(outputs) } }), { target: targets[name] });
    const found = live.call(
      "run",
      Object.fromEntries(
        each.operands
          .map(({ data }, n) => [`x${n}`, data] as const)
          .filter(([n]) => inputNames(live, "run").includes(n)),
      ),
    );
    const [unit, slope] = precision === "float64" ? [1e-10, 1e-10] : [1e-5, 1e-4];
    const compare = (output: string, wanted: readonly number[], by: number): void =>
      expect(
        difference(output, numbersOf(found[output]), wanted, () => by * Math.max(1, magnitudeOf(wanted))),
      ).toBeNull();
    compare("result", each.value.data, unit);
    each.gradients.forEach((wanted, n) => compare(`g${n}`, wanted, slope));
  });
});

const x = input("x", ["batch", 3]);
const w = input("w", [4, 3]);
const v = input("v", [3]);

const faults: Readonly<Record<string, () => unknown>> = {
  "einsum: 'j' is 3 in operand 1 and 4 in operand 2": () => einsum("ij,jk->ik", x, w),
  "einsum: 'i' is batch in operand 1 and 4 in operand 2": () => einsum("ij,ij->i", x, w),
  "einsum: 'i' is batch and 3 in operand 1": () => einsum("ii->i", x),
  "einsum: 'i' is 1 and 3 in operand 2": () => einsum("j,ii->i", v, input("m", [1, 3])),
  "einsum: '...' is batch in operand 1 and 4 in operand 2": () => einsum("...j,...j", x, w),
  "einsum: 'k' of the result is in no operand": () => einsum("ij->ik", x),
  "einsum: 'i' is twice in the result": () => einsum("ij->ii", x),
  "einsum: '...' is twice in the result": () => einsum("...->......", x),
  "einsum: '...' is twice in '...i...'": () => einsum("...i...->i", x),
  "einsum: '1' is not a letter": () => einsum("i1->i", x),
  "einsum: '-' is not a letter": () => einsum("ij-i", x),
  "einsum: '.' is not a letter": () => einsum("i..->i", x),
  "einsum: '->' stands twice": () => einsum("ij->i->i", x),
  "einsum: the equation has a term for operand 2, which is not given": () => einsum("ij,jk", x),
  "einsum: the equation has no term for operand 2": () => einsum("ij->j", x, w),
  "einsum: the first argument is not an equation": () => einsum(x as never, w),
  "einsum: operand 2 is not a tensor": () => einsum("i,i", v, [1, 2, 3] as never),
  "einsum: 'ijk' does not name the axes of [batch, 3]": () => einsum("ijk->i", x),
  "einsum: 'i' does not name the axes of [batch, 3]": () => einsum("i->i", x),
  "einsum: 'i...jk' does not name the axes of [batch, 3]": () => einsum("i...jk->i", x),
  "einsum: wrong element type": () => einsum("i,i", v, input("n", [3], "int32")),
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

describe("the order of the products", () => {
  /** Sizes of what is made on the way, in the order in which it is made. */
  const made = (result: Expression): string[] => {
    const products: string[] = [];
    const walk = (each: Expression): void => {
      each.args.forEach(walk);
      if (each.op.definition.name === "dot" || each.op.definition.name === "mul") products.push(printShape(each.shape));
    };
    walk(result);
    return products;
  };
  const [a, b, c] = [input("a", [2, 30]), input("b", [30, 40]), input("c", [40, 5])];

  test("begins with the smallest", () => {
    expect(made(einsum("ij,jk,kl->il", a, b, c))).toEqual(["[2, 40]", "[2, 5]"]);
    expect(made(einsum("kl,jk,ij->il", c, b, a))).toEqual(["[40, 2]", "[2, 5]"]);
    expect(made(einsum("ij,jk,k->i", a, b, input("d", [40])))).toEqual(["[30]", "[2]"]);
  });

  test("takes a named dimension for more than any number, and no capacity into account", () => {
    const [rows, other] = [input("rows", ["batch", 30]), input("other", [40, 1000])];
    expect(made(einsum("bj,jk,kl->bl", rows, b, other))).toEqual(["[30, 1000]", "[batch, 1000]"]);
  });

  test("of equal sizes begins with the fewest multiplications", () => {
    const [p, q, r] = [input("p", [3, 100]), input("q", [100, 3]), input("r", [3, 3])];
    expect(made(einsum("ij,jk,kl->il", p, q, r))).toEqual(["[3, 3]", "[3, 3]"]);
    expect(made(einsum("i,ij,j->", input("u", [3]), r, v)).at(-1)).toBe("[]");
  });

  test.each([
    ["batch", 1_000_000, 1],
    ["batch", "time", 0],
    [size("batch"), 0, 1],
    [7, 8, -1],
  ] as const)("%s against %s", (one, other, sign) => {
    expect(Math.sign(compareGrowth(size(one), size(other)))).toBe(sign);
    expect(Math.sign(compareGrowth(size(other), size(one)))).toBe(0 - sign);
  });
});

describe("what is summed over in two operands is one kernel with a contraction, no operand being copied", () => {
  const kernelsOf = (result: Expression) => {
    const [run] = compileProgram(model("m", { dims: { batch: 8, time: 6 }, functions: { run: { result } } }), {
      target: js,
    }).functions;
    return (run ? callsOf(run.steps) : []).map(({ kernel }) => {
      let found = "loops";
      visitStatements(kernel.body, ({ kind }) => void (kind === "contract" && (found = "contraction")));
      return found;
    });
  };
  const of = (name: string, ...shape: readonly (number | string)[]) => input(name, shape);
  const [q, k] = [of("q", "batch", "time", 4, 5), of("k", "batch", 7, 4, 5)];

  test.each<readonly [string, Expression]>([
    ["ij,jk->ik", einsum("ij,jk->ik", of("a", "batch", 5), of("b", 5, 7))],
    ["ij,jk->ki", einsum("ij,jk->ki", of("a", "batch", 5), of("b", 5, 7))],
    ["ji,kj->ki", einsum("ji,kj->ki", of("a", 5, "batch"), of("b", 7, 5))],
    ["bthd,bshd->bhts", einsum("bthd,bshd->bhts", q, k)],
    ["bthd,bshd->hbst", einsum("bthd,bshd->hbst", q, k)],
    ["jbi,jk->ibk", einsum("jbi,jk->ibk", of("a", 5, "batch", 4), of("b", 5, 7))],
    ["ij,klj->lki", einsum("ij,klj->lki", of("a", "batch", 5), of("b", 7, 4, 5))],
    ["iij,jk->ik", einsum("iij,jk->ik", of("a", 5, 5, 4), of("b", 4, 7))],
  ])("%s", (_, result) => {
    expect(kernelsOf(result)).toEqual(["contraction"]);
  });

  test("pairs without a sum are one kernel of loops", () => {
    expect(kernelsOf(einsum("i,j->ji", of("a", "batch"), of("b", 5)))).toEqual(["loops"]);
    expect(kernelsOf(einsum("bi,bi->b", of("a", "batch", 5), of("b", "batch", 5)))).toEqual(["loops"]);
  });

  test("a matrix product is that of matmul, bit for bit and kernel for kernel", () => {
    const [a, b] = [of("a", "batch", 5), of("b", 5, 7)];
    const [one, other] = [einsum("ij,jk->ik", a, b), matmul(a, b)].map((result) =>
      compileProgram(model("m", { dims: { batch: 8 }, functions: { run: { result } } }), { target: js }),
    );
    const bodiesOf = (program: typeof one): unknown[] =>
      (program?.functions ?? []).flatMap(({ steps }) => callsOf(steps).map(({ kernel }) => kernel.body));
    expect(bodiesOf(one)).toEqual(bodiesOf(other));
    expect(bodiesOf(one)).not.toEqual([]);
  });
});
