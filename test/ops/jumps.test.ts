/** What happens exactly at jumps, kinks and ties, in values and gradients, as PyTorch has it: by table. */
import { describe, expect, test } from "vitest";
import type { Expression } from "../../compiler/ir/op.js";
import { compute, model } from "../../compiler/model/model.js";
import { abs } from "../../compiler/ops/abs.js";
import { argmax, argmin } from "../../compiler/ops/argmax.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { toFloat, toInt } from "../../compiler/ops/cast.js";
import { clamp } from "../../compiler/ops/clamp.js";
import { eq, ge, gt, le, lt, ne } from "../../compiler/ops/compare.js";
import { elu } from "../../compiler/ops/elu.js";
import { erf } from "../../compiler/ops/erf.js";
import { floor } from "../../compiler/ops/floor.js";
import { gelu } from "../../compiler/ops/gelu.js";
import { gradient } from "../../compiler/ops/gradient.js";
import { hardSigmoid } from "../../compiler/ops/hardSigmoid.js";
import { input } from "../../compiler/ops/input.js";
import { leakyRelu } from "../../compiler/ops/leakyRelu.js";
import { log } from "../../compiler/ops/log.js";
import { and, not, or, xor } from "../../compiler/ops/logical.js";
import { logSumExp } from "../../compiler/ops/logSumExp.js";
import { max, min } from "../../compiler/ops/max.js";
import { maximum, minimum } from "../../compiler/ops/maximum.js";
import { mul } from "../../compiler/ops/mul.js";
import { norm } from "../../compiler/ops/norm.js";
import { pow } from "../../compiler/ops/pow.js";
import { prod } from "../../compiler/ops/prod.js";
import { relu } from "../../compiler/ops/relu.js";
import { round } from "../../compiler/ops/round.js";
import { sign } from "../../compiler/ops/sign.js";
import { silu } from "../../compiler/ops/silu.js";
import { logSoftmax, softmax } from "../../compiler/ops/softmax.js";
import { softplus } from "../../compiler/ops/softplus.js";
import { sqrt } from "../../compiler/ops/sqrt.js";
import { square } from "../../compiler/ops/square.js";
import { tanh } from "../../compiler/ops/tanh.js";
import { std, variance } from "../../compiler/ops/variance.js";
import { where } from "../../compiler/ops/where.js";
import { huber, smoothL1, type Tensor } from "../../src/index.js";
import { build, numbersOf } from "../run.js";

const precisions = ["float32", "float64"] as const;
type Precision = (typeof precisions)[number];

/** The values of expressions of inputs `x` and `y`. */
function run(
  precision: Precision,
  outputs: Readonly<Record<string, Expression>>,
  values: Readonly<Record<string, readonly number[]>>,
): Record<string, number[]> {
  const live = build(model("jumps", { precision, functions: { run: compute(outputs) } }));
  const inputs = Object.fromEntries(
    Object.entries(values)
      .filter(([name]) => live.program.leaves.has(`input:run:${name}`))
      .map(([name, data]) => [name, Float64Array.from(data)]),
  );
  const result = live.call("run", inputs);
  return Object.fromEntries(Object.entries(result).map(([name, value]) => [name, numbersOf(value)]));
}

const same = (found: readonly number[] | undefined, wanted: readonly number[]): void => {
  // The sign of a zero is nobody's business.
  expect(found?.map((each) => each + 0)).toEqual(wanted.map((each) => each + 0));
};

interface Row {
  readonly op: (x: Expression) => Expression;
  readonly at: readonly number[];
  readonly value: readonly number[];
  readonly slope?: readonly number[];
}

const unary: Readonly<Record<string, Row>> = {
  relu: {
    op: relu,
    at: [0, -0, 1, -1, NaN, Infinity, -Infinity],
    value: [0, 0, 1, 0, NaN, Infinity, 0],
    slope: [0, 0, 1, 0, 1, 1, 0],
  },
  abs: { op: abs, at: [0, -0, 2, -2, -Infinity, NaN], value: [0, 0, 2, 2, Infinity, NaN], slope: [0, 0, 1, -1, -1, 0] },
  sqrt: { op: sqrt, at: [0, 4, Infinity, -1], value: [0, 2, Infinity, NaN], slope: [Infinity, 0.25, 0, NaN] },
  log: { op: log, at: [0, 1, Infinity, -1], value: [-Infinity, 0, Infinity, NaN], slope: [Infinity, 1, 0, -1] },
  tanh: { op: tanh, at: [0, Infinity, -Infinity, NaN], value: [0, 1, -1, NaN], slope: [1, 0, 0, NaN] },
  floor: { op: floor, at: [0, 1, -1, 0.5, -0.5, 1.9375, -Infinity, NaN], value: [0, 1, -1, 0, -1, 1, -Infinity, NaN] },
  sign: { op: sign, at: [0, -0, 2, -3, Infinity, -Infinity, NaN], value: [0, 0, 1, -1, 1, -1, 0] },
  round: {
    op: round,
    at: [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.4375, -0.5625, 4194303.5, 8388607, -16777216, Infinity, -Infinity, NaN],
    value: [0, 2, 2, 0, -2, -2, 0, -1, 4194304, 8388607, -16777216, Infinity, -Infinity, NaN],
  },
  clamp: {
    op: (x) => clamp(x, -1, 1),
    at: [-1, 1, -2, 2, 0, NaN, Infinity, -Infinity],
    value: [-1, 1, -1, 1, 0, NaN, 1, -1],
    slope: [1, 1, 0, 0, 1, 0, 0, 0],
  },
  "clamp the other way round": {
    op: (x) => clamp(x, 1, -1),
    at: [-1, 1, -2, 2, 0, NaN],
    value: [-1, -1, -1, -1, -1, NaN],
    slope: [0, 0, 0, 0, 0, 0],
  },
  leakyRelu: {
    op: (x) => leakyRelu(x, 0.25),
    at: [0, -0, 1, -4, NaN, Infinity, -Infinity],
    value: [0, 0, 1, -1, NaN, Infinity, -Infinity],
    slope: [0.25, 0.25, 1, 0.25, 0.25, 1, 0.25],
  },
  elu: {
    op: (x) => elu(x, 2),
    at: [0, -0, 1, 1000, NaN, Infinity, -Infinity],
    value: [0, 0, 1, 1000, NaN, Infinity, -2],
    slope: [2, 2, 1, 1, NaN, 1, 0],
  },
  softplus: {
    op: (x) => softplus(x),
    at: [1000, -1000, Infinity, -Infinity, NaN],
    value: [1000, 0, Infinity, 0, NaN],
    slope: [1, 0, 1, 0, NaN],
  },
  silu: {
    op: silu,
    at: [0, 1000, Infinity, -Infinity, NaN],
    value: [0, 1000, Infinity, NaN, NaN],
    slope: [0.5, 1, NaN, NaN, NaN],
  },
  hardSigmoid: {
    op: (x) => mul(hardSigmoid(x), 6),
    at: [-3, 3, 0, 4, -4, Infinity, -Infinity, NaN],
    value: [0, 6, 3, 6, 0, 6, 0, NaN],
    slope: [0, 0, 1, 0, 0, 0, 0, 0],
  },
  erf: { op: erf, at: [0, -0, 7, -7, Infinity, -Infinity, NaN], value: [0, 0, 1, -1, 1, -1, NaN] },
  gelu: {
    op: (x) => gelu(x),
    at: [0, 100, -100, Infinity, -Infinity, NaN],
    value: [0, 100, 0, Infinity, NaN, NaN],
    slope: [0.5, 1, 0, NaN, NaN, NaN],
  },
  "gelu by tanh": {
    op: (x) => gelu(x, { approximate: "tanh" }),
    at: [0, 100, -100, Infinity, -Infinity, NaN],
    value: [0, 100, 0, Infinity, NaN, NaN],
    slope: [0.5, 1, 0, NaN, NaN, NaN],
  },
  square: { op: square, at: [0, -3, Infinity], value: [0, 9, Infinity], slope: [0, -6, Infinity] },
  // Where the base is 0: 0^0 = 1 and its slope is 0, and that of x^1 is 1.
  "pow 0": { op: (x) => pow(x, 0), at: [0, 2, NaN, Infinity], value: [1, 1, 1, 1], slope: [0, 0, 0, 0] },
  "pow 1": { op: (x) => pow(x, 1), at: [0, 2, -3], value: [0, 2, -3], slope: [1, 1, 1] },
  "pow 2": { op: (x) => pow(x, 2), at: [0, 2, -3], value: [0, 4, 9], slope: [0, 4, -6] },
  "pow -1": { op: (x) => pow(x, -1), at: [2, -4], value: [0.5, -0.25], slope: [-0.25, -0.0625] },
  "toInt toFloat": {
    op: (x) => toFloat(toInt(x)),
    at: [0.9375, -0.9375, 1, -1, 2.5, -2.5],
    value: [0, 0, 1, -1, 2, -2],
  },
  "where x > 0": { op: (x) => where(gt(x, 0), x, 5), at: [0, 1, NaN, -1], value: [5, 1, 5, 5], slope: [0, 1, 0, 0] },
  // The side that is not chosen gets a cotangent of 0; but the rule of log divides it by x, and 0 / 0 is NaN.
  "where over a pole": {
    op: (x) => where(gt(x, 0), log(x), 0),
    at: [1, -1, 0],
    value: [0, 0, 0],
    slope: [1, 0, NaN],
  },
};

describe.each(precisions)("in %s", (precision) => {
  test.each(Object.entries(unary))("%s", (_, { op, at, value, slope }) => {
    const x = input("x", [at.length]);
    const outputs: Record<string, Expression> = { value: op(x) };
    if (slope) outputs["slope"] = gradient(sum(op(x)), x) as Expression;
    const found = run(precision, outputs, { x: at });
    same(found["value"], value);
    if (slope) same(found["slope"], slope);
  });

  test("maximum and minimum: ties split evenly, NaN wins", () => {
    const [x, y] = [input("x", [6]), input("y", [6])];
    const [most, least] = [maximum(x, y), minimum(x, y)];
    const [mx, my] = gradient(sum(most), [x, y]) as [Expression, Expression];
    const [lx, ly] = gradient(sum(least), [x, y]) as [Expression, Expression];
    const found = run(
      precision,
      { most, least, mx, my, lx, ly },
      { x: [1, 2, 3, 0, NaN, 1], y: [1, 3, 2, -0, 1, NaN] },
    );
    same(found["most"], [1, 3, 3, 0, NaN, NaN]);
    same(found["least"], [1, 2, 2, 0, NaN, NaN]);
    same(found["mx"], [0.5, 0, 1, 0.5, 1, 1]);
    same(found["my"], [0.5, 1, 0, 0.5, 1, 1]);
    same(found["lx"], [0.5, 1, 0, 0.5, 1, 1]);
    same(found["ly"], [0.5, 0, 1, 0.5, 1, 1]);
  });

  test("pow: no gradient to the exponent where the base is 0 and it is not negative", () => {
    const [x, y] = [input("x", [7]), input("y", [7])];
    const slope = gradient(sum(pow(x, y)), y) as Expression;
    const found = run(precision, { slope }, { x: [0, 0, 0, 0, Infinity, Infinity, 1], y: [0, 1, 0.5, -1, -1, 1, 3] });
    same(found["slope"], [0, 0, 0, -Infinity, NaN, Infinity, 0]);
  });

  test("where: the side that is not chosen receives 0, what it is computed from 0 times its slope", () => {
    const x = input("x", [3]);
    const late = where(gt(x, 0), log(x), 0);
    const early = where(gt(x, 0), log(where(gt(x, 0), x, 1)), 0);
    const slopes = [late, early].map((each) => gradient(sum(each), x) as Expression) as [Expression, Expression];
    const found = run(precision, { late, early, slope: slopes[0], earlySlope: slopes[1] }, { x: [0, 2, -1] });
    same(found["late"], found["early"] as number[]);
    same(found["slope"], [NaN, 0.5, 0]);
    same(found["earlySlope"], [0, 0.5, 0]);
  });

  test("max over an axis: ties split evenly, a NaN is the result", () => {
    const x = input("x", [4, 3]);
    const most = max(x, 1);
    const data = [5, 5, 1, 2, 2, 2, -Infinity, -Infinity, -Infinity, 1, NaN, 3];
    const found = run(precision, { most, slope: gradient(sum(most), x) as Expression }, { x: data });
    same(found["most"], [5, 2, -Infinity, NaN]);
    const third = precision === "float32" ? Math.fround(1 / 3) : 1 / 3;
    same(found["slope"]?.slice(0, 9), [0.5, 0.5, 0, third, third, third, third, third, third]);
  });

  test("min over an axis: ties split evenly, a NaN is the result", () => {
    const x = input("x", [4, 3]);
    const least = min(x, 1);
    const data = [1, 1, 5, 2, 3, 2, Infinity, Infinity, Infinity, 1, NaN, 3];
    const found = run(precision, { least, slope: gradient(sum(least), x) as Expression }, { x: data });
    same(found["least"], [1, 2, Infinity, NaN]);
    const third = precision === "float32" ? Math.fround(1 / 3) : 1 / 3;
    same(found["slope"]?.slice(0, 9), [0.5, 0.5, 0, 0.5, 0, 0.5, third, third, third]);
  });

  test("argmin: the first of ties, or the first NaN", () => {
    const x = input("x", [5, 3]);
    const data = [1, 1, 5, 4, 2, 2, Infinity, Infinity, Infinity, 1, NaN, NaN, 0, -0, 1];
    same(run(precision, { at: argmin(x, 1), all: argmin(x) }, { x: data })["at"], [0, 1, 0, 1, 0]);
    same(run(precision, { at: argmin(x, 1), all: argmin(x) }, { x: data })["all"], [10]);
  });

  test("prod: the gradient is the product of the others, zeros among them", () => {
    const x = input("x", [5, 3]);
    const whole = prod(x, 1);
    const data = [2, 4, 8, 2, 0, 3, 0, 0, 3, -0, 4, 2, 0, 0, 0];
    const slope = gradient(sum(whole), x) as Expression;
    const found = run(precision, { whole, slope, second: gradient(sum(slope), x) as Expression }, { x: data });
    same(found["whole"], [64, 0, 0, 0, 0]);
    same(found["slope"], [32, 16, 8, 0, 6, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0]);
    // a b + b c + c a has the slope b + c.
    same(found["second"], [12, 10, 6, 3, 5, 2, 3, 3, 0, 6, 2, 4, 0, 0, 0]);
  });

  test.each<readonly [string, (x: Tensor<[3]>) => unknown, readonly number[], readonly number[]]>([
    ["huber", (x) => huber(x, x.mul(0), { reduction: "sum" }), [-1, 1, 0.5], [0, 0, 1]],
    ["huber, smaller", (x) => huber(x, x.mul(0), { delta: 0.5, reduction: "sum" }), [-0.5, 0.5, 0.25], [0, 0, 1]],
    ["smoothL1", (x) => smoothL1(x, x.mul(0), { reduction: "sum" }), [-1, 1, 0.5], [0, 0, 1]],
    ["smoothL1, smaller", (x) => smoothL1(x, x.mul(0), { beta: 0.5, reduction: "sum" }), [-0.5, 0.5, 0.25], [0, 0, 2]],
    ["elu", (x) => x.elu(1.5).sum(), [0, -0, 1], [0, 0, 0]],
  ])("the second derivative of %s where it has a kink, as PyTorch has it", (_, of, at, wanted) => {
    const x = input("x", [3]);
    const slope = gradient(of(x as never) as Expression, x) as Expression;
    same(run(precision, { second: gradient(sum(slope), x) as Expression }, { x: at })["second"], wanted);
  });

  test("variance and std of equal elements, and of too few", () => {
    const x = input("x", [2, 3]);
    const one = input("y", [1]);
    const slopes = (y: Expression, of: Expression) => gradient(sum(y), of) as Expression;
    const found = run(
      precision,
      {
        variance: variance(x, 1),
        std: std(x, 1),
        slope: slopes(std(x, 1), x),
        one: variance(one),
        deviation: std(one),
        none: variance(one, 0, { correction: 0 }),
        still: slopes(std(one, 0, { correction: 0 }), one),
      },
      { x: [2, 2, 2, 1, 3, 5], y: [7] },
    );
    same(found["variance"], [0, 4]);
    same(found["std"], [0, 2]);
    same(found["slope"], [0, 0, 0, -0.5, 0, 0.5]);
    same(found["one"], [NaN]);
    same(found["deviation"], [NaN]);
    same(found["none"], [0]);
    same(found["still"], [0]);
  });

  test.each([
    [1, [0, 7, 2], [0, 0, 0, -1, 1, 0, 1, -1, 0]],
    [2, [0, 5, Math.SQRT2], [0, 0, 0, -0.6, 0.8, 0, Math.SQRT1_2, -Math.SQRT1_2, 0]],
    [
      3,
      [0, 91 ** (1 / 3), 2 ** (1 / 3)],
      [0, 0, 0, -9 / 91 ** (2 / 3), 16 / 91 ** (2 / 3), 0, 2 ** (-2 / 3), -(2 ** (-2 / 3)), 0],
    ],
    [Infinity, [0, 4, 1], [0, 0, 0, 0, 1, 0, 0.5, -0.5, 0]],
  ] as const)("the %d-norm of zeros and with zeros", (p, values, slope) => {
    const x = input("x", [3, 3]);
    const size = norm(x, p, 1);
    const outputs = { size, slope: gradient(sum(size), x) as Expression };
    const found = run(precision, outputs, { x: [0, 0, 0, -3, 4, 0, 1, -1, 0] });
    const digits = precision === "float32" ? 6 : 14;
    for (const [i, value] of values.entries()) expect(found["size"]?.[i]).toBeCloseTo(value, digits);
    for (const [i, value] of slope.entries()) expect(found["slope"]?.[i]).toBeCloseTo(value, digits);
    same(found["slope"]?.slice(0, 3), [0, 0, 0]);
  });

  test("logSumExp of large and infinite numbers", () => {
    const x = input("x", [6, 2]);
    const total = logSumExp(x, 1);
    const data = [1000, -1000, -Infinity, -Infinity, Infinity, 0, Infinity, -Infinity, 5, -Infinity, NaN, 0];
    const found = run(precision, { total, slope: gradient(sum(total), x) as Expression }, { x: data });
    same(found["total"], [1000, -Infinity, Infinity, Infinity, 5, NaN]);
    same(found["slope"], [1, 0, NaN, NaN, NaN, 0, NaN, 0, 1, 0, NaN, NaN]);
  });

  test("not, and, or, xor", () => {
    const [x, y] = [gt(input("x", [4]), 0), gt(input("y", [4]), 0)];
    const found = run(
      precision,
      { not: not(x), and: and(x, y), or: or(x, y), xor: xor(x, y) },
      { x: [0, 0, 1, 1], y: [0, 1, 0, 1] },
    );
    same(found["not"], [1, 1, 0, 0]);
    same(found["and"], [0, 0, 0, 1]);
    same(found["or"], [0, 1, 1, 1]);
    same(found["xor"], [0, 1, 1, 0]);
  });

  test("argmax: the first of ties, or the first NaN", () => {
    const x = input("x", [5, 3]);
    const data = [5, 5, 1, 0, 2, 2, -Infinity, -Infinity, -Infinity, 1, NaN, NaN, -0, 0, -1];
    same(run(precision, { at: argmax(x, 1), all: argmax(x) }, { x: data })["at"], [0, 1, 0, 1, 0]);
    same(run(precision, { at: argmax(x, 1), all: argmax(x) }, { x: data })["all"], [10]);
  });

  test("comparisons: NaN is unequal to all, zeros are equal", () => {
    const [x, y] = [input("x", [6]), input("y", [6])];
    const found = run(
      precision,
      { eq: eq(x, y), ne: ne(x, y), lt: lt(x, y), le: le(x, y), gt: gt(x, y), ge: ge(x, y) },
      { x: [NaN, NaN, 1, 0, Infinity, 1], y: [NaN, 1, NaN, -0, Infinity, 2] },
    );
    same(found["eq"], [0, 0, 0, 1, 1, 0]);
    same(found["ne"], [1, 1, 1, 0, 0, 1]);
    same(found["lt"], [0, 0, 0, 0, 0, 1]);
    same(found["le"], [0, 0, 0, 1, 1, 1]);
    same(found["gt"], [0, 0, 0, 0, 0, 0]);
    same(found["ge"], [0, 0, 0, 1, 1, 0]);
  });

  test("softmax of equal, large and infinite logits", () => {
    const x = input("x", [3, 2]);
    const data = [1000, 1000, -1000, -1000, 0, -Infinity];
    const found = run(precision, { soft: softmax(x, 1), logs: logSoftmax(x, 1) }, { x: data });
    same(found["soft"], [0.5, 0.5, 0.5, 0.5, 1, 0]);
    const half = precision === "float32" ? Math.fround(-Math.LN2) : -Math.LN2;
    same(found["logs"], [half, half, half, half, 0, -Infinity]);
  });
});
