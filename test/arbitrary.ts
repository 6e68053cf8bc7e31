/** Random tensors, calls of every operation, and random graphs. Structure is drawn by fast-check, so that it shrinks. */
import fc from "fast-check";
import type { Expression } from "../compiler/ir/op.js";
import { size } from "../compiler/ir/size.js";
import { abs } from "../compiler/ops/abs.js";
import { add } from "../compiler/ops/add.js";
import { argmax } from "../compiler/ops/argmax.js";
import { broadcast, sum } from "../compiler/ops/broadcast.js";
import { toFloat, toInt } from "../compiler/ops/cast.js";
import { eq, ge, gt, le, lt, ne } from "../compiler/ops/compare.js";
import { copy } from "../compiler/ops/copy.js";
import { crossEntropy } from "../compiler/ops/crossEntropy.js";
import { div } from "../compiler/ops/div.js";
import { dropout } from "../compiler/ops/dropout.js";
import { exp } from "../compiler/ops/exp.js";
import { floor } from "../compiler/ops/floor.js";
import { gather, scatterAdd } from "../compiler/ops/gather.js";
import { input } from "../compiler/ops/input.js";
import { log } from "../compiler/ops/log.js";
import { matmul } from "../compiler/ops/matmul.js";
import { max } from "../compiler/ops/max.js";
import { maximum, minimum } from "../compiler/ops/maximum.js";
import { mean } from "../compiler/ops/mean.js";
import { mul } from "../compiler/ops/mul.js";
import { neg } from "../compiler/ops/neg.js";
import { pick } from "../compiler/ops/pick.js";
import { pow } from "../compiler/ops/pow.js";
import { relu } from "../compiler/ops/relu.js";
import { reshape } from "../compiler/ops/reshape.js";
import { sigmoid } from "../compiler/ops/sigmoid.js";
import { cos, sin } from "../compiler/ops/sin.js";
import { pad, slice } from "../compiler/ops/slice.js";
import { logSoftmax, softmax } from "../compiler/ops/softmax.js";
import { sqrt } from "../compiler/ops/sqrt.js";
import { square } from "../compiler/ops/square.js";
import { stopGradient } from "../compiler/ops/stopGradient.js";
import { sub } from "../compiler/ops/sub.js";
import { tanh } from "../compiler/ops/tanh.js";
import { transpose } from "../compiler/ops/transpose.js";
import { where } from "../compiler/ops/where.js";

// --- Numbers ---

/** Uniform numbers in [0, 1) from a seed (mulberry32): values need no shrinking. */
export function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const countOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Float32 numbers in [from, to): exact in both precisions. */
export function between(from: number, to: number, count: number, next: () => number): number[] {
  return Array.from({ length: count }, () => Math.fround(from + (to - from) * next()));
}

/** Numbers in [-2, 2], no two equal and none 0, in random order. */
export function apart(count: number, next: () => number): number[] {
  const values = Array.from({ length: count }, (_, i) => Math.fround(((i + 0.5) / (count + (count % 2))) * 4 - 2));
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [values[i], values[j]] = [values[j] as number, values[i] as number];
  }
  return values;
}

export interface TensorValue {
  readonly shape: readonly number[];
  readonly element: "float" | "int32" | "bool";
  readonly data: readonly number[];
}

export const seeds: fc.Arbitrary<number> = fc.nat(0xffffff);

// --- Shapes ---

export const sizes = fc.constantFrom(1, 3, 5, 17);
export const shapes = (least: number, most: number): fc.Arbitrary<number[]> =>
  fc.array(sizes, { minLength: least, maxLength: most }).filter((shape) => countOf(shape) <= 900);

/** Two shapes that broadcast together. */
const pairs: fc.Arbitrary<readonly [number[], number[]]> = shapes(0, 3).chain((shape) =>
  fc
    .tuple(
      fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
      fc.nat(shape.length),
      fc.boolean(),
    )
    .map(([ones, dropped, swapped]) => {
      const other = shape.map((each, axis) => (ones[axis] ? 1 : each)).slice(dropped);
      return swapped ? [other, shape] : [shape, other];
    }),
);

const axesIn = (rank: number): fc.Arbitrary<number[] | undefined> =>
  fc.option(fc.subarray(Array.from({ length: rank }, (_, axis) => axis)), { nil: undefined });

// --- Calls of operations ---

/** One call of an operation on concrete arguments. */
export interface OperationCall {
  readonly text: string;
  readonly args: readonly TensorValue[];
  readonly make: (args: readonly Expression[]) => Expression;
}

type Fill = (count: number, next: () => number) => number[];

const normal: Fill = (count, next) => between(-2, 2, count, next);
const positive: Fill = (count, next) => between(0.25, 4.25, count, next);
const moderate: Fill = (count, next) => between(0.25, 3, count, next);
const integers =
  (from: number, below: number): Fill =>
  (count, next) =>
    Array.from({ length: count }, () => from + Math.floor(next() * (below - from)));
const bools = integers(0, 2);
/** All of 32 bits, so that results wrap. */
const words = integers(-(2 ** 31), 2 ** 31);

type Element = TensorValue["element"];

/** Fills shapes from a seed; `fills` are by argument, the last one for all that follow. */
function filled(
  shapesOf: readonly (readonly number[])[],
  seed: number,
  fills: readonly Fill[],
  elements: readonly Element[] = [],
): TensorValue[] {
  const next = generator(seed);
  return shapesOf.map((shape, position) => ({
    shape,
    element: elements[position] ?? "float",
    data: (fills[position] ?? (fills[fills.length - 1] as Fill))(countOf(shape), next),
  }));
}

/** All arguments together hold no two equal numbers. */
function filledApart(shapesOf: readonly (readonly number[])[], seed: number): TensorValue[] {
  const all = apart(
    shapesOf.reduce((total, shape) => total + countOf(shape), 0),
    generator(seed),
  );
  return shapesOf.map((shape) => ({ shape, element: "float", data: all.splice(0, countOf(shape)) }));
}

type Unary = (x: Expression) => Expression;
type Binary = (x: Expression | number, y: Expression | number) => Expression;

const unary = (
  name: string,
  op: Unary,
  fill: Fill | "apart" = normal,
  element: Element = "float",
): fc.Arbitrary<OperationCall> =>
  fc.tuple(shapes(0, 3), seeds).map(([shape, seed]) => ({
    text: `${name} [${shape.join()}]`,
    args: fill === "apart" ? filledApart([shape], seed) : filled([shape], seed, [fill], [element]),
    make: ([x]) => op(x as Expression),
  }));

function binary(
  name: string,
  op: Binary,
  fills: readonly Fill[] | "apart" = [normal],
  element: Element = "float",
): fc.Arbitrary<OperationCall> {
  const tensors = fc.tuple(pairs, seeds).map(([[a, b], seed]): OperationCall => ({
    text: `${name} [${a.join()}] [${b.join()}]`,
    args: fills === "apart" ? filledApart([a, b], seed) : filled([a, b], seed, fills, [element, element]),
    make: ([x, y]) => op(x as Expression, y as Expression),
  }));
  const number = element === "int32" ? 3 : 0.75;
  const withNumber = fc.tuple(shapes(0, 2), seeds, fc.boolean()).map(([shape, seed, first]): OperationCall => ({
    text: `${name} [${shape.join()}] ${first ? "after" : "before"} ${number}`,
    args:
      fills === "apart"
        ? filledApart([shape], seed)
        : filled([shape], seed, [fills[first ? 1 : 0] ?? (fills[0] as Fill)], [element]),
    make: ([x]) => (first ? op(number, x as Expression) : op(x as Expression, number)),
  }));
  return fc.oneof({ weight: 3, arbitrary: tensors }, { weight: 1, arbitrary: withNumber });
}

type Reduce = (x: Expression, axes?: readonly number[], options?: { keepDim?: boolean }) => Expression;

const reduction = (
  name: string,
  op: Reduce,
  fill: Fill | "apart" = normal,
  element: Element = "float",
): fc.Arbitrary<OperationCall> =>
  shapes(0, 4).chain((shape) =>
    fc.tuple(axesIn(shape.length), fc.boolean(), seeds).map(([axes, keepDim, seed]) => ({
      text: `${name} [${shape.join()}] axes ${axes?.join() ?? "all"}${keepDim ? " kept" : ""}`,
      args: fill === "apart" ? filledApart([shape], seed) : filled([shape], seed, [fill], [element]),
      make: ([x]) => op(x as Expression, axes, { keepDim }),
    })),
  );

const alongAxis = (name: string, op: (x: Expression, axis: number) => Expression): fc.Arbitrary<OperationCall> =>
  shapes(1, 3).chain((shape) =>
    fc.tuple(fc.integer({ min: -shape.length, max: shape.length - 1 }), seeds).map(([axis, seed]) => ({
      text: `${name} [${shape.join()}] axis ${axis}`,
      args: filled([shape], seed, [normal]),
      make: ([x]) => op(x as Expression, axis),
    })),
  );

/** A part of an axis: start, end and step, never empty. */
const rangeIn = (extent: number): fc.Arbitrary<readonly [number, number, number] | null> =>
  fc.option(
    fc.tuple(fc.nat(extent - 1), fc.nat(extent - 1), fc.integer({ min: 1, max: 4 })).map(([a, b, step]) => {
      const [start, last] = a < b ? [a, b] : [b, a];
      return [start, last + 1, step] as const;
    }),
    { freq: 3 },
  );

const sliced: fc.Arbitrary<OperationCall> = shapes(1, 3).chain((shape) =>
  fc.tuple(fc.tuple(...shape.map(rangeIn)), seeds, fc.boolean()).map(([ranges, seed, fromEnd]) => {
    // The same part, counted from the end.
    const written = ranges.map((range, axis): readonly [number, number | null, number] | null => {
      if (!range || !fromEnd) return range;
      const extent = shape[axis] as number;
      const [start, end, step] = range;
      return [start - extent, end === extent ? null : end - extent, step];
    });
    return {
      text: `slice [${shape.join()}] ${JSON.stringify(written)}`,
      args: filled([shape], seed, [normal]),
      make: ([x]) => slice(x as Expression, written),
    };
  }),
);

const padded: fc.Arbitrary<OperationCall> = shapes(1, 3).chain((shape) =>
  fc
    .tuple(fc.tuple(...shape.map(() => fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 3 }), fc.nat(3)))), seeds)
    .map(([parts, seed]) => {
      const start = parts.map(([before]) => before);
      const step = parts.map(([, by]) => by);
      const full = parts.map(([before, by, after], axis) => before + ((shape[axis] as number) - 1) * by + 1 + after);
      return {
        text: `pad [${shape.join()}] start ${start.join()} step ${step.join()} to [${full.join()}]`,
        args: filled([shape], seed, [normal]),
        make: ([x]) => pad(x as Expression, { start: start.map(size), step, shape: full.map(size) }),
      };
    }),
);

const transposed: fc.Arbitrary<OperationCall> = shapes(0, 4).chain((shape) => {
  const axes = shape.map((_, axis) => axis);
  return fc
    .tuple(fc.option(fc.shuffledSubarray(axes, { minLength: axes.length }), { nil: undefined }), seeds)
    .map(([permutation, seed]) => ({
      text: `transpose [${shape.join()}] ${permutation?.join() ?? "reversed"}`,
      args: filled([shape], seed, [normal]),
      make: ([x]: readonly Expression[]) => transpose(x as Expression, permutation),
    }));
});

/** Shapes of as many elements: axes split, joined, reversed, and ones put in. */
const reshaped: fc.Arbitrary<OperationCall> = fc
  .tuple(
    fc
      .array(fc.constantFrom(1, 2, 3, 5, 4), { minLength: 0, maxLength: 5 })
      .filter((factors) => countOf(factors) <= 400),
    fc.array(fc.nat(4), { minLength: 0, maxLength: 3 }),
    fc.array(fc.nat(4), { minLength: 0, maxLength: 3 }),
    fc.boolean(),
    fc.boolean(),
    seeds,
  )
  .map(([factors, cutsFrom, cutsTo, reversed, open, seed]) => {
    const grouped = (list: readonly number[], cuts: readonly number[]): number[] => {
      const result: number[] = [];
      list.forEach((factor, i) => {
        if (i === 0 || cuts.includes(i)) result.push(factor);
        else result.push((result.pop() as number) * factor);
      });
      return result;
    };
    const from = grouped(factors, cutsFrom);
    const to = grouped(reversed ? [...factors].reverse() : factors, cutsTo);
    const stated = open && to.length > 0 ? to.map((each, axis) => (axis === 0 ? -1 : each)) : to;
    return {
      text: `reshape [${from.join()}] to [${stated.join()}]`,
      args: filled([from], seed, [normal]),
      make: ([x]) => reshape(x as Expression, stated),
    };
  });

const broadcasted: fc.Arbitrary<OperationCall> = fc.tuple(pairs, seeds).map(([[a, b], seed]) => {
  const [from, to] = a.length < b.length || countOf(a) < countOf(b) ? [a, b] : [b, a];
  return {
    text: `broadcast [${from.join()}] to [${to.join()}]`,
    args: filled([from], seed, [normal]),
    make: ([x]) => broadcast(x as Expression, to),
  };
});

const gathered: fc.Arbitrary<OperationCall> = shapes(1, 3).chain((shape) =>
  fc
    .tuple(fc.nat(shape.length - 1), shapes(0, 2), seeds)
    .filter(([, at]) => countOf(shape) * countOf(at) < 3000)
    .map(([axis, at, seed]) => ({
      text: `gather [${shape.join()}] at [${at.join()}] axis ${axis}`,
      args: filled([shape, at], seed, [normal, integers(0, shape[axis] as number)], ["float", "int32"]),
      make: ([x, indices]) => gather(x as Expression, indices as Expression, axis),
    })),
);

const scattered: fc.Arbitrary<OperationCall> = shapes(1, 3).chain((shape) =>
  fc
    .tuple(fc.nat(shape.length - 1), shapes(0, 2), seeds)
    .filter(([, at]) => countOf(shape) * countOf(at) < 3000)
    .map(([axis, at, seed]) => {
      const updates = [...shape.slice(0, axis), ...at, ...shape.slice(axis + 1)];
      return {
        text: `scatterAdd [${updates.join()}] at [${at.join()}] axis ${axis} to [${shape.join()}]`,
        args: filled([at, updates], seed, [integers(0, shape[axis] as number), normal], ["int32", "float"]),
        make: ([indices, x]) => scatterAdd(indices as Expression, x as Expression, shape.map(size), axis),
      };
    }),
);

const labelled = (name: string, op: (x: Expression, labels: Expression) => Expression): fc.Arbitrary<OperationCall> =>
  fc.tuple(shapes(1, 3), seeds).map(([shape, seed]) => ({
    text: `${name} [${shape.join()}]`,
    args: filled([shape, shape.slice(0, -1)], seed, [normal, integers(0, shape.at(-1) as number)], ["float", "int32"]),
    make: ([x, labels]) => op(x as Expression, labels as Expression),
  }));

const multiplied: fc.Arbitrary<OperationCall> = fc
  .tuple(
    pairs,
    sizes,
    sizes,
    sizes,
    fc.constantFrom("matrices", "matrices", "left vector", "right vector", "vectors"),
    seeds,
  )
  .filter(([[a, b]]) => Math.max(countOf(a), countOf(b)) <= 51 && a.length <= 2 && b.length <= 2)
  .map(([[a, b], m, k, n, kind, seed]) => {
    const left = kind === "left vector" || kind === "vectors" ? [k] : [...a, m, k];
    const right = kind === "right vector" || kind === "vectors" ? [k] : [...b, k, n];
    return {
      text: `matmul [${left.join()}] [${right.join()}]`,
      args: filled([left, right], seed, [normal]),
      make: ([x, y]) => matmul(x as Expression, y as Expression),
    };
  });

const chosen: fc.Arbitrary<OperationCall> = fc.tuple(pairs, fc.nat(3), seeds).map(([[a, b], form, seed]) => {
  const c = a.map((each, axis) => (axis % 2 === 0 ? 1 : each));
  const args = filled([c, a, b], seed, [bools, normal], ["bool", "float", "float"]);
  return {
    text: `where [${c.join()}] [${a.join()}] [${b.join()}]${["", ", a number first", ", a number second", ""][form]}`,
    args:
      form === 1
        ? [args[0] as TensorValue, args[2] as TensorValue]
        : form === 2
          ? [args[0] as TensorValue, args[1] as TensorValue]
          : args,
    make: ([test, x, y]) =>
      form === 1
        ? where(test as Expression, 0.5, x as Expression)
        : form === 2
          ? where(test as Expression, x as Expression, -0.5)
          : where(test as Expression, x as Expression, y as Expression),
  };
});

const argmaxed: fc.Arbitrary<OperationCall> = shapes(1, 3).chain((shape) =>
  fc
    .tuple(fc.option(fc.nat(shape.length - 1), { nil: undefined }), fc.boolean(), fc.boolean(), seeds)
    .map(([axis, keepDim, tied, seed]) => ({
      text: `argmax [${shape.join()}] axis ${axis ?? "all"}${keepDim ? " kept" : ""}${tied ? ", ties" : ""}`,
      args: tied ? filled([shape], seed, [integers(-2, 3)]) : filledApart([shape], seed),
      make: ([x]) => argmax(x as Expression, axis, { keepDim }),
    })),
);

/** Operations with a gradient that is smooth where these calls are. */
export const smooth: Readonly<Record<string, fc.Arbitrary<OperationCall>>> = {
  neg: unary("neg", neg),
  sqrt: unary("sqrt", sqrt, positive),
  exp: unary("exp", exp),
  log: unary("log", log, positive),
  sin: unary("sin", sin),
  cos: unary("cos", cos),
  tanh: unary("tanh", tanh),
  square: unary("square", square),
  sigmoid: unary("sigmoid", sigmoid),
  copy: unary("copy", copy),
  add: binary("add", add),
  sub: binary("sub", sub),
  mul: binary("mul", mul),
  div: binary("div", div, [normal, positive]),
  pow: binary("pow", pow, [moderate, normal]),
  where: chosen,
  sum: reduction("sum", sum),
  mean: reduction("mean", mean),
  reshape: reshaped,
  transpose: transposed,
  broadcast: broadcasted,
  slice: sliced,
  pad: padded,
  gather: gathered,
  scatterAdd: scattered,
  pick: labelled("pick", pick),
  crossEntropy: labelled("crossEntropy", crossEntropy),
  softmax: alongAxis("softmax", softmax),
  logSoftmax: alongAxis("logSoftmax", logSoftmax),
  matmul: multiplied,
};

/** Operations with a gradient and with jumps in it, which these calls keep away from. */
export const kinked: Readonly<Record<string, fc.Arbitrary<OperationCall>>> = {
  abs: unary("abs", abs, "apart"),
  relu: unary("relu", relu, "apart"),
  maximum: binary("maximum", maximum, "apart"),
  minimum: binary("minimum", minimum, "apart"),
  max: reduction("max", max, "apart"),
};

/** Operations without a gradient. */
export const discrete: Readonly<Record<string, fc.Arbitrary<OperationCall>>> = {
  floor: unary("floor", floor),
  stopGradient: unary("stopGradient", stopGradient),
  dropout: unary("dropout", (x) => dropout(x, 0.3)),
  "toInt of floats": unary("toInt", toInt),
  "toFloat of integers": unary("toFloat", toFloat, integers(-1000, 1000), "int32"),
  "toFloat of bools": unary("toFloat", toFloat, bools, "bool"),
  "toInt of bools": unary("toInt", toInt, bools, "bool"),
  eq: binary("eq", eq, [integers(-2, 3)]),
  ne: binary("ne", ne, [integers(-2, 3)]),
  lt: binary("lt", lt, [integers(-2, 3)]),
  le: binary("le", le, [integers(-2, 3)]),
  gt: binary("gt", gt, [integers(-2, 3)]),
  ge: binary("ge", ge, [integers(-2, 3)]),
  "eq of bools": fc.tuple(pairs, seeds).map(([[a, b], seed]) => ({
    text: `eq of bools [${a.join()}] [${b.join()}]`,
    args: filled([a, b], seed, [bools], ["bool", "bool"]),
    make: ([x, y]) => eq(x as Expression, y as Expression),
  })),
  argmax: argmaxed,
  "add of integers": binary("add", add, [words], "int32"),
  "sub of integers": binary("sub", sub, [words], "int32"),
  "mul of integers": binary("mul", mul, [words], "int32"),
  "maximum of integers": binary("maximum", maximum, [words], "int32"),
  "minimum of integers": binary("minimum", minimum, [words], "int32"),
  "lt of integers": binary("lt", lt, [words], "int32"),
  "neg of integers": unary("neg", neg, words, "int32"),
  "abs of integers": unary("abs", abs, words, "int32"),
  "relu of integers": unary("relu", relu, words, "int32"),
  "square of integers": unary("square", square, words, "int32"),
  "sum of integers": reduction("sum", sum, words, "int32"),
  "max of integers": reduction("max", max, words, "int32"),
};

/** The inputs that a call's arguments become. */
export function inputsOf(args: readonly TensorValue[]): Expression[] {
  return args.map(({ shape, element }, position) => input(`x${position}`, shape, element));
}
