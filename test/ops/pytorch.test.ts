/** Values and gradients of the operations as PyTorch computes them in float64: test/reference/operations.json. */
import { describe, expect, test } from "vitest";
import type { Expression } from "../../compiler/ir/op.js";
import { abs } from "../../compiler/ops/abs.js";
import { add } from "../../compiler/ops/add.js";
import { argmax, argmin } from "../../compiler/ops/argmax.js";
import { broadcast, sum } from "../../compiler/ops/broadcast.js";
import { clamp } from "../../compiler/ops/clamp.js";
import { concat } from "../../compiler/ops/concat.js";
import { crossEntropy } from "../losses/ofExpressions.js";
import { div } from "../../compiler/ops/div.js";
import { elu } from "../../compiler/ops/elu.js";
import { erf } from "../../compiler/ops/erf.js";
import { exp } from "../../compiler/ops/exp.js";
import { expand } from "../../compiler/ops/expand.js";
import { flatten } from "../../compiler/ops/flatten.js";
import { flip } from "../../compiler/ops/flip.js";
import { gather } from "../../compiler/ops/gather.js";
import { gelu } from "../../compiler/ops/gelu.js";
import { hardSigmoid } from "../../compiler/ops/hardSigmoid.js";
import { leakyRelu } from "../../compiler/ops/leakyRelu.js";
import { log } from "../../compiler/ops/log.js";
import { and, not, or, xor } from "../../compiler/ops/logical.js";
import { logSumExp } from "../../compiler/ops/logSumExp.js";
import { matmul } from "../../compiler/ops/matmul.js";
import { max, min } from "../../compiler/ops/max.js";
import { maximum, minimum } from "../../compiler/ops/maximum.js";
import { mean } from "../../compiler/ops/mean.js";
import { mul } from "../../compiler/ops/mul.js";
import { neg } from "../../compiler/ops/neg.js";
import { norm } from "../../compiler/ops/norm.js";
import { oneHot } from "../../compiler/ops/oneHot.js";
import { outer } from "../../compiler/ops/outer.js";
import { prod } from "../../compiler/ops/prod.js";
import { relu } from "../../compiler/ops/relu.js";
import { reshape } from "../../compiler/ops/reshape.js";
import { round } from "../../compiler/ops/round.js";
import { sigmoid } from "../../compiler/ops/sigmoid.js";
import { sign } from "../../compiler/ops/sign.js";
import { silu } from "../../compiler/ops/silu.js";
import { slice } from "../../compiler/ops/slice.js";
import { logSoftmax, softmax } from "../../compiler/ops/softmax.js";
import { softplus } from "../../compiler/ops/softplus.js";
import { split } from "../../compiler/ops/split.js";
import { sqrt } from "../../compiler/ops/sqrt.js";
import { square } from "../../compiler/ops/square.js";
import { squeeze } from "../../compiler/ops/squeeze.js";
import { stack } from "../../compiler/ops/stack.js";
import { sub } from "../../compiler/ops/sub.js";
import { tanh } from "../../compiler/ops/tanh.js";
import { tile } from "../../compiler/ops/tile.js";
import { transpose } from "../../compiler/ops/transpose.js";
import { tril, triu } from "../../compiler/ops/tril.js";
import { unsqueeze } from "../../compiler/ops/unsqueeze.js";
import { std, variance } from "../../compiler/ops/variance.js";
import { where } from "../../compiler/ops/where.js";
import { eachTarget } from "../targets.js";
import { checkRecorded, decode, recordedIn, type Encoded } from "./recorded.js";

interface Attributes {
  readonly axes: readonly number[];
  readonly axis: number;
  readonly keepDim: boolean;
  readonly shape: readonly number[];
  readonly permutation: readonly number[];
  readonly starts: readonly number[];
  readonly stops: readonly number[];
  readonly steps: readonly number[];
  readonly from?: number;
  readonly to?: number;
  readonly sizes: readonly number[];
  readonly part: number;
  readonly repeats: readonly number[];
  readonly classes: number;
  readonly diagonal: number;
  readonly low: number;
  readonly high: number;
  readonly slope: number;
  readonly alpha: number;
  readonly beta: number;
  readonly approximate: "none" | "tanh";
  readonly correction: number;
  readonly p: Encoded;
}

const cases = recordedIn<Attributes>("operations.json");

type Make = (args: readonly Expression[], attributes: Attributes) => Expression;
const of1 =
  (op: (x: Expression) => Expression): Make =>
  ([x]) =>
    op(x as Expression);
const of2 =
  (op: (x: Expression, y: Expression) => Expression): Make =>
  ([x, y]) =>
    op(x as Expression, y as Expression);

const operations: Readonly<Record<string, Make>> = {
  add: of2(add),
  sub: of2(sub),
  mul: of2(mul),
  div: of2(div),
  maximum: of2(maximum),
  minimum: of2(minimum),
  neg: of1(neg),
  square: of1(square),
  sqrt: of1(sqrt),
  exp: of1(exp),
  log: of1(log),
  tanh: of1(tanh),
  sigmoid: of1(sigmoid),
  relu: of1(relu),
  abs: of1(abs),
  where: ([test, x, y]) => where(test as Expression, x as Expression, y as Expression),
  sum: ([x], { axes, keepDim }) => sum(x as Expression, axes, { keepDim }),
  mean: ([x], { axes, keepDim }) => mean(x as Expression, axes, { keepDim }),
  max: ([x], { axes, keepDim }) => max(x as Expression, axes, { keepDim }),
  argmax: ([x], { axis, keepDim }) => argmax(x as Expression, axis, { keepDim }),
  reshape: ([x], { shape }) => reshape(x as Expression, shape),
  transpose: ([x], { permutation }) => transpose(x as Expression, permutation),
  broadcast: ([x], { shape }) => broadcast(x as Expression, shape),
  slice: ([x], { starts, stops, steps }) =>
    slice(
      x as Expression,
      starts.map((start, axis) => [start, stops[axis] as number, steps[axis] as number] as const),
    ),
  unsqueeze: ([x], { axis }) => unsqueeze(x as Expression, axis),
  squeeze: ([x], { axis }) => squeeze(x as Expression, axis),
  flatten: ([x], { from, to }) => flatten(x as Expression, from, to),
  expand: ([x], { shape }) => expand(x as Expression, shape),
  flip: ([x], { axes }) => flip(x as Expression, axes),
  concat: (tensors, { axis }) => concat(tensors, axis),
  stack: (tensors, { axis }) => stack(tensors, axis),
  split: ([x], { sizes, axis, part }) => split(x as Expression, sizes, axis)[part] as Expression,
  tile: ([x], { repeats }) => tile(x as Expression, repeats),
  oneHot: ([indices], { classes }) => oneHot(indices as Expression, classes),
  outer: of2(outer),
  tril: ([x], { diagonal }) => tril(x as Expression, diagonal),
  triu: ([x], { diagonal }) => triu(x as Expression, diagonal),
  sign: of1(sign),
  round: of1(round),
  clamp: ([x], { low, high }) => clamp(x as Expression, low, high),
  leakyRelu: ([x], { slope }) => leakyRelu(x as Expression, slope),
  elu: ([x], { alpha }) => elu(x as Expression, alpha),
  softplus: ([x], { beta }) => softplus(x as Expression, beta),
  silu: of1(silu),
  hardSigmoid: of1(hardSigmoid),
  erf: of1(erf),
  gelu: ([x], { approximate }) => gelu(x as Expression, { approximate }),
  not: of1(not),
  and: of2(and),
  or: of2(or),
  xor: of2(xor),
  min: ([x], { axes, keepDim }) => min(x as Expression, axes, { keepDim }),
  argmin: ([x], { axis, keepDim }) => argmin(x as Expression, axis, { keepDim }),
  prod: ([x], { axes, keepDim }) => prod(x as Expression, axes, { keepDim }),
  variance: ([x], { axes, correction, keepDim }) => variance(x as Expression, axes, { correction, keepDim }),
  std: ([x], { axes, correction, keepDim }) => std(x as Expression, axes, { correction, keepDim }),
  norm: ([x], { p, axes, keepDim }) => norm(x as Expression, decode(p), axes, { keepDim }),
  logSumExp: ([x], { axes, keepDim }) => logSumExp(x as Expression, axes, { keepDim }),
  matmul: of2(matmul),
  gather: ([x, indices], { axis }) => gather(x as Expression, indices as Expression, axis),
  softmax: ([x], { axis }) => softmax(x as Expression, axis),
  logSoftmax: ([x], { axis }) => logSoftmax(x as Expression, axis),
  crossEntropy: of2(crossEntropy),
};

const operationsAndTargets = Object.keys(operations).flatMap((operation) =>
  eachTarget.map(([name, target]) => [operation, name, target] as const),
);

describe.each(operationsAndTargets)("%s on %s", (operation, _, target) => {
  test.each(cases.filter((each) => each.operation === operation))("$name", (each) => {
    checkRecorded(each, operations[operation] as Make, target);
  });
});

test("every recorded operation is tested", () => {
  expect(new Set(cases.map((each) => each.operation))).toEqual(new Set(Object.keys(operations)));
});
