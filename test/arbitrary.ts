/** Random tensors, calls of every operation, and random graphs. Structure is drawn by fast-check, so that it shrinks. */
import fc from "fast-check";
import { between, generator } from "../compiler/check/numbers.js";
import type { Expression } from "../compiler/ir/op.js";
import { size } from "../compiler/ir/size.js";
import { abs } from "../compiler/ops/abs.js";
import { add } from "../compiler/ops/add.js";
import { argmax, argmin } from "../compiler/ops/argmax.js";
import { argsort } from "../compiler/ops/argsort.js";
import { byMode } from "../compiler/ops/byMode.js";
import { broadcast, sum } from "../compiler/ops/broadcast.js";
import { toFloat, toInt } from "../compiler/ops/cast.js";
import { checkpoint } from "../compiler/ops/checkpoint.js";
import { clamp } from "../compiler/ops/clamp.js";
import { eq, ge, gt, le, lt, ne } from "../compiler/ops/compare.js";
import { concat } from "../compiler/ops/concat.js";
import { constant } from "../compiler/ops/constant.js";
import { copy } from "../compiler/ops/copy.js";
import { countOf } from "../compiler/ops/rowMajor.js";
import { crossEntropy } from "./losses/ofExpressions.js";
import { cummax } from "../compiler/ops/cummax.js";
import { cumsum } from "../compiler/ops/cumsum.js";
import { div } from "../compiler/ops/div.js";
import { customGradient } from "../compiler/ops/customGradient.js";
import { dropout, evaluating, training } from "../compiler/ops/dropout.js";
import { einsum } from "../compiler/ops/einsum.js";
import { elu } from "../compiler/ops/elu.js";
import { erf } from "../compiler/ops/erf.js";
import { exp } from "../compiler/ops/exp.js";
import { expand } from "../compiler/ops/expand.js";
import { flatten } from "../compiler/ops/flatten.js";
import { flip } from "../compiler/ops/flip.js";
import { floor } from "../compiler/ops/floor.js";
import { gather, scatterAdd } from "../compiler/ops/gather.js";
import { gelu } from "../compiler/ops/gelu.js";
import { hardSigmoid } from "../compiler/ops/hardSigmoid.js";
import { gradient } from "../compiler/ops/gradient.js";
import * as initializers from "../compiler/ops/initializers.js";
import { input } from "../compiler/ops/input.js";
import { leakyRelu } from "../compiler/ops/leakyRelu.js";
import { log } from "../compiler/ops/log.js";
import { and, not, or, xor } from "../compiler/ops/logical.js";
import { logSumExp } from "../compiler/ops/logSumExp.js";
import { matmul } from "../compiler/ops/matmul.js";
import { max, min } from "../compiler/ops/max.js";
import { maximum, minimum } from "../compiler/ops/maximum.js";
import { mean } from "../compiler/ops/mean.js";
import { mul } from "../compiler/ops/mul.js";
import { neg } from "../compiler/ops/neg.js";
import { norm } from "../compiler/ops/norm.js";
import { normalize } from "../compiler/ops/normalize.js";
import { oneHot } from "../compiler/ops/oneHot.js";
import { outer } from "../compiler/ops/outer.js";
import { param, state } from "../compiler/ops/param.js";
import { pick } from "../compiler/ops/gatherLast.js";
import { pow } from "../compiler/ops/pow.js";
import { prod } from "../compiler/ops/prod.js";
import { randomNormal, randomUniform } from "../compiler/ops/random.js";
import { relu } from "../compiler/ops/relu.js";
import { reshape } from "../compiler/ops/reshape.js";
import { round } from "../compiler/ops/round.js";
import { sigmoid } from "../compiler/ops/sigmoid.js";
import { sign } from "../compiler/ops/sign.js";
import { silu } from "../compiler/ops/silu.js";
import { cos, sin } from "../compiler/ops/sin.js";
import { pad, slice } from "../compiler/ops/slice.js";
import { logSoftmax, softmax } from "../compiler/ops/softmax.js";
import { softplus } from "../compiler/ops/softplus.js";
import { sort, topK } from "../compiler/ops/sort.js";
import { split } from "../compiler/ops/split.js";
import { sqrt } from "../compiler/ops/sqrt.js";
import { square } from "../compiler/ops/square.js";
import { squeeze } from "../compiler/ops/squeeze.js";
import { stack } from "../compiler/ops/stack.js";
import { stopGradient } from "../compiler/ops/stopGradient.js";
import { sub } from "../compiler/ops/sub.js";
import { scatterAlongAxis, takeAlongAxis } from "../compiler/ops/takeAlongAxis.js";
import { tanh } from "../compiler/ops/tanh.js";
import { tile } from "../compiler/ops/tile.js";
import { transpose } from "../compiler/ops/transpose.js";
import { tril, triu } from "../compiler/ops/tril.js";
import { unsqueeze } from "../compiler/ops/unsqueeze.js";
import { std, variance } from "../compiler/ops/variance.js";
import { where } from "../compiler/ops/where.js";
import { withEffects } from "../compiler/ops/withEffects.js";
import { convolutions } from "./convolutions.js";
import { apart, seeds, type OperationCall, type TensorValue } from "./operationCall.js";
import { discretePoolings, kinkedPoolings, smoothPoolings } from "./poolings.js";

export { apart, seeds, type OperationCall, type TensorValue } from "./operationCall.js";

// --- Numbers ---

export { between, countOf, generator };

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

type Fill = (count: number, next: () => number) => number[];

const normal: Fill = (count, next) => between(-2, 2, count, next);
const positive: Fill = (count, next) => between(0.25, 4.25, count, next);
const moderate: Fill = (count, next) => between(0.25, 3, count, next);
const integers =
  (from: number, below: number): Fill =>
  (count, next) =>
    Array.from({ length: count }, () => from + Math.floor(next() * (below - from)));
const bools = integers(0, 2);
/** Numbers whose products stay moderate. */
const nearOne: Fill = (count, next) => between(0.875, 1.125, count, next).map((each) => (next() < 0.5 ? -each : each));
/** The same with few zeros. */
const sparse: Fill = (count, next) => nearOne(count, next).map((each) => (next() * count < 1.5 ? 0 : each));
/** Numbers of either sign, with no two of one magnitude. */
const spaced: Fill = (count, next) => apart(count, next).map((each) => (next() < 0.5 ? each + 2.5 : -each - 2.5));
/** Multiples of 1/8 in [-2, 2). */
const steps: Fill = (count, next) => integers(-16, 16)(count, next).map((each) => each / 8);
/** Multiples of 1/4 in [-5, 5). */
const halves: Fill = (count, next) => integers(-20, 20)(count, next).map((each) => each / 4);
/** In [0.25, 3.75], with 1/1024 between any two, so that their cosines are apart as well. */
const distant: Fill = (count, next) => apart(count, next).map((each) => Math.fround(2 + each * 0.875));
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

/** Calls over the last axis, which has at least three distinct numbers. */
const deviations: fc.Arbitrary<OperationCall> = fc
  .tuple(shapes(0, 2), fc.constantFrom(3, 5, 17), fc.boolean(), fc.boolean(), seeds)
  .map(([lead, last, whole, keepDim, seed]) => ({
    text: `std [${[...lead, last].join()}] ${whole ? "all" : "last axis"}${keepDim ? " kept" : ""}`,
    args: filledApart([[...lead, last]], seed),
    make: ([x]) => std(x as Expression, whole ? undefined : -1, { keepDim }),
  }));

/** Calls over any axes, with an eps that bounds the slope where all numbers are equal. */
const normalized = (centered: boolean): fc.Arbitrary<OperationCall> =>
  shapes(1, 4).chain((shape) =>
    fc.tuple(axesIn(shape.length), seeds).map(([some, seed]) => {
      const axes = some ?? shape.map((_, axis) => axis);
      return {
        text: `normalize [${shape.join()}] axes ${axes.join()}${centered ? "" : " uncentered"}`,
        args: filled([shape], seed, [normal]),
        make: ([x]) => normalize(x as Expression, { axes, eps: 0.25, centered }),
      };
    }),
  );

const connective = (name: string, op: (x: Expression, y: Expression) => Expression): fc.Arbitrary<OperationCall> =>
  fc.tuple(pairs, seeds).map(([[a, b], seed]) => ({
    text: `${name} [${a.join()}] [${b.join()}]`,
    args: filled([a, b], seed, [bools], ["bool", "bool"]),
    make: ([x, y]) => op(x as Expression, y as Expression),
  }));

const alongAxis = (
  name: string,
  op: (x: Expression, axis: number) => Expression,
  fill: Fill | "apart" = normal,
  element: Element = "float",
): fc.Arbitrary<OperationCall> =>
  shapes(1, 3).chain((shape) =>
    fc.tuple(fc.integer({ min: -shape.length, max: shape.length - 1 }), seeds).map(([axis, seed]) => ({
      text: `${name} [${shape.join()}] axis ${axis}`,
      args: fill === "apart" ? filledApart([shape], seed) : filled([shape], seed, [fill], [element]),
      make: ([x]) => op(x as Expression, axis),
    })),
  );

/** Calls for the first elements in order along an axis; `of` picks the result. */
const chosenFirst = (
  name: string,
  of: (pair: ReturnType<typeof topK>) => Expression,
  fill: Fill | "apart",
): fc.Arbitrary<OperationCall> =>
  shapes(1, 3).chain((shape) =>
    fc
      .tuple(fc.integer({ min: -shape.length, max: shape.length - 1 }), fc.nat(16), fc.boolean(), seeds)
      .map(([axis, most, largest, seed]) => {
        const k = 1 + (most % (shape.at(axis) as number));
        return {
          text: `${name} [${shape.join()}] ${k} ${largest ? "largest" : "smallest"} along axis ${axis}`,
          args: fill === "apart" ? filledApart([shape], seed) : filled([shape], seed, [fill]),
          make: ([x]) => of(topK(x as Expression, k, axis, { largest })),
        };
      }),
  );

/** Two shapes that are equal apart from one axis. */
const besideAxis = shapes(1, 3).chain((shape) =>
  fc
    .tuple(fc.nat(shape.length - 1), fc.constantFrom(1, 2, 3, 5, 17), seeds)
    .map(([axis, length, seed]) => ({ shape, axis, other: shape.with(axis, length), seed })),
);

const takenAlong: fc.Arbitrary<OperationCall> = besideAxis.map(({ shape, axis, other, seed }) => ({
  text: `takeAlongAxis [${shape.join()}] at [${other.join()}] axis ${axis}`,
  args: filled([shape, other], seed, [normal, integers(0, shape[axis] as number)], ["float", "int32"]),
  make: ([x, indices]) => takeAlongAxis(x as Expression, indices as Expression, axis),
}));

const scatteredAlong: fc.Arbitrary<OperationCall> = besideAxis.map(({ shape, axis, other, seed }) => ({
  text: `scatterAlongAxis [${other.join()}] axis ${axis} to [${shape.join()}]`,
  args: filled(
    [shape, other, other],
    seed,
    [normal, integers(0, shape[axis] as number), normal],
    ["float", "int32", "float"],
  ),
  make: ([x, indices, updates]) =>
    scatterAlongAxis(x as Expression, indices as Expression, updates as Expression, axis),
}));

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

/** Shapes with as many elements: axes split, joined, reversed, and axes of size 1 inserted. */
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

const unsqueezed: fc.Arbitrary<OperationCall> = shapes(0, 3).chain((shape) =>
  fc.tuple(fc.integer({ min: -shape.length - 1, max: shape.length }), seeds).map(([axis, seed]) => ({
    text: `unsqueeze [${shape.join()}] axis ${axis}`,
    args: filled([shape], seed, [normal]),
    make: ([x]) => unsqueeze(x as Expression, axis),
  })),
);

const squeezed: fc.Arbitrary<OperationCall> = shapes(0, 4).chain((shape) => {
  const ones = shape.flatMap((each, axis) => (each === 1 ? [axis, axis - shape.length] : []));
  return fc.tuple(fc.constantFrom(undefined, ...ones), seeds).map(([axis, seed]) => ({
    text: `squeeze [${shape.join()}] ${axis === undefined ? "all" : `axis ${axis}`}`,
    args: filled([shape], seed, [normal]),
    make: ([x]: readonly Expression[]) => squeeze(x as Expression, axis),
  }));
});

const flattened: fc.Arbitrary<OperationCall> = shapes(0, 4).chain((shape) =>
  fc.tuple(fc.nat(3), fc.nat(3), fc.boolean(), seeds).map(([a, b, fromEnd, seed]) => {
    const rank = Math.max(1, shape.length);
    const [from, to] = [Math.min(a % rank, b % rank), Math.max(a % rank, b % rank) - (fromEnd ? rank : 0)];
    return {
      text: `flatten [${shape.join()}] ${from} to ${to}`,
      args: filled([shape], seed, [normal]),
      make: ([x]) => flatten(x as Expression, from, to),
    };
  }),
);

const expanded: fc.Arbitrary<OperationCall> = fc.tuple(pairs, fc.boolean(), seeds).map(([[a, b], open, seed]) => {
  const [from, to] = a.length < b.length || countOf(a) < countOf(b) ? [a, b] : [b, a];
  const lead = to.length - from.length;
  const stated = to.map((each, axis) => (open && each === from[axis - lead] ? -1 : each));
  return {
    text: `expand [${from.join()}] to [${stated.join()}]`,
    args: filled([from], seed, [normal]),
    make: ([x]) => expand(x as Expression, stated),
  };
});

const flipped = (fill: Fill = normal, element: Element = "float"): fc.Arbitrary<OperationCall> =>
  shapes(0, 4).chain((shape) =>
    fc.tuple(axesIn(shape.length), seeds).map(([axes, seed]) => ({
      text: `flip [${shape.join()}] axes ${axes?.join() ?? "all"}`,
      args: filled([shape], seed, [fill], [element]),
      make: ([x]) => flip(x as Expression, axes),
    })),
  );

const concatenated = (fill: Fill = normal, element: Element = "float"): fc.Arbitrary<OperationCall> =>
  shapes(1, 3).chain((shape) =>
    fc
      .tuple(
        fc.integer({ min: -shape.length, max: shape.length - 1 }),
        fc.array(fc.constantFrom(1, 2, 3, 5, 17), { minLength: 1, maxLength: 4 }),
        seeds,
      )
      .map(([axis, lengths, seed]) => {
        const list = lengths.map((length) => shape.with(axis, length));
        return {
          text: `concat ${list.map((each) => `[${each.join()}]`).join(" ")} axis ${axis}`,
          args: filled(
            list,
            seed,
            [fill],
            list.map(() => element),
          ),
          make: (args) => concat(args, axis),
        };
      }),
  );

const stacked: fc.Arbitrary<OperationCall> = shapes(0, 2).chain((shape) =>
  fc
    .tuple(fc.integer({ min: -shape.length - 1, max: shape.length }), fc.integer({ min: 1, max: 4 }), seeds)
    .map(([axis, count, seed]) => ({
      text: `stack ${count} of [${shape.join()}] axis ${axis}`,
      args: filled(
        Array.from({ length: count }, () => shape),
        seed,
        [normal],
      ),
      make: (args) => stack(args, axis),
    })),
);

/** One of the parts, or all of them in another order. */
const parted: fc.Arbitrary<OperationCall> = shapes(1, 3).chain((shape) =>
  fc
    .tuple(
      fc.integer({ min: -shape.length, max: shape.length - 1 }),
      fc.array(fc.constantFrom(1, 2, 3, 5), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      fc.option(fc.nat(3)),
      seeds,
    )
    .map(([axis, lengths, open, chosen, seed]) => {
      const stated: number[] = open ? [-1, ...lengths.slice(1)] : lengths;
      return {
        text: `split [${shape.join()}] ${stated.join()} axis ${axis}, part ${chosen}`,
        args: filled(
          [
            shape.with(
              axis,
              lengths.reduce<number>((a, b) => a + b, 0),
            ),
          ],
          seed,
          [normal],
        ),
        make: ([x]) => {
          const parts = split(x as Expression, stated, axis);
          return chosen === null ? concat(parts.reverse(), axis) : (parts[chosen % parts.length] as Expression);
        },
      };
    }),
);

const tiled: fc.Arbitrary<OperationCall> = fc
  .tuple(shapes(0, 3), fc.array(fc.constantFrom(1, 2, 3), { minLength: 0, maxLength: 4 }), seeds)
  .filter(([shape, repeats]) => countOf(shape) * countOf(repeats) < 3000)
  .map(([shape, repeats, seed]) => ({
    text: `tile [${shape.join()}] [${repeats.join()}]`,
    args: filled([shape], seed, [normal]),
    make: ([x]) => tile(x as Expression, repeats),
  }));

const outerProducts: fc.Arbitrary<OperationCall> = fc.tuple(sizes, sizes, seeds).map(([n, m, seed]) => ({
  text: `outer [${n}] [${m}]`,
  args: filled([[n], [m]], seed, [normal]),
  make: ([a, b]) => outer(a as Expression, b as Expression),
}));

/** Labels, some of which are no class. */
const hot: fc.Arbitrary<OperationCall> = fc.tuple(shapes(0, 2), sizes, seeds).map(([shape, classes, seed]) => ({
  text: `oneHot [${shape.join()}] of ${classes}`,
  args: filled([shape], seed, [integers(-1, classes + 1)], ["int32"]),
  make: ([indices]) => oneHot(indices as Expression, classes),
}));

const triangular = (
  name: string,
  op: (x: Expression, diagonal: number) => Expression,
  fill: Fill = normal,
  element: Element = "float",
): fc.Arbitrary<OperationCall> =>
  fc.tuple(shapes(2, 4), fc.integer({ min: -5, max: 5 }), seeds).map(([shape, diagonal, seed]) => ({
    text: `${name} [${shape.join()}] diagonal ${diagonal}`,
    args: filled([shape], seed, [fill], [element]),
    make: ([x]) => op(x as Expression, diagonal),
  }));

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

const scattered = (fill: Fill = normal, element: Element = "float"): fc.Arbitrary<OperationCall> =>
  shapes(1, 3).chain((shape) =>
    fc
      .tuple(fc.nat(shape.length - 1), shapes(0, 2), seeds)
      .filter(([, at]) => countOf(shape) * countOf(at) < 3000)
      .map(([axis, at, seed]) => {
        const updates = [...shape.slice(0, axis), ...at, ...shape.slice(axis + 1)];
        return {
          text: `scatterAdd [${shape.join()}] with [${updates.join()}] at [${at.join()}] axis ${axis}`,
          args: filled(
            [shape, at, updates],
            seed,
            [fill, integers(0, shape[axis] as number), fill],
            [element, "int32", element],
          ),
          make: ([x, indices, y]) => scatterAdd(x as Expression, indices as Expression, y as Expression, axis),
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

/** Any equation: letters twice in a term, in one term only, of size 1 in some; axes without letters; a stated result or none. */
const equations: fc.Arbitrary<OperationCall> = fc
  .tuple(
    fc.record({ a: sizes, b: sizes, c: sizes, D: sizes }),
    fc.array(
      fc.record({
        letters: fc.array(fc.tuple(fc.constantFrom("a", "b", "c", "D"), fc.nat(9)), { maxLength: 3 }),
        spread: fc.option(fc.constantFrom([], [2], [5, 2], [1, 2], [5, 1]), { freq: 2 }),
        at: fc.nat(3),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    fc.option(fc.array(fc.constantFrom("a", "b", "c", "D"), { maxLength: 4 })),
    seeds,
  )
  .map(([sizeOf, operands, wanted, seed]): OperationCall & { readonly work: number } => {
    const made = operands.map(({ letters, spread, at }) => {
      const names = letters.map(([letter]) => letter);
      // A letter may have size 1 in a term only if it is in the term once.
      const shape = letters.map(([letter, one]) =>
        one === 0 && names.indexOf(letter) === names.lastIndexOf(letter) ? 1 : sizeOf[letter],
      );
      if (spread === null) return { term: names.join(""), shape };
      return {
        term: [...names.slice(0, at), "...", ...names.slice(at)].join(""),
        shape: [...shape.slice(0, at), ...spread, ...shape.slice(at)],
      };
    });
    const known = new Set(operands.flatMap(({ letters }) => letters.map(([letter]) => letter)));
    const output = wanted && [...new Set(wanted)].filter((letter) => known.has(letter)).join("");
    const equation = made.map(({ term }) => term).join() + (output === null ? "" : `->...${output}`);
    return {
      text: `einsum ${equation} ${made.map(({ shape }) => `[${shape.join()}]`).join(" ")}`,
      args: filled(
        made.map(({ shape }) => shape),
        seed,
        [normal],
      ),
      make: (args) => einsum(equation, ...args),
      work: 10 * [...known].reduce((product, letter) => product * sizeOf[letter], 1),
    };
  })
  .filter(({ args, work }) => work <= 20_000 && args.every(({ shape }) => countOf(shape) <= 1500));

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

const positioned = (
  name: string,
  op: (x: Expression, axis?: number, options?: { keepDim?: boolean }) => Expression,
): fc.Arbitrary<OperationCall> =>
  shapes(1, 3).chain((shape) =>
    fc
      .tuple(fc.option(fc.nat(shape.length - 1), { nil: undefined }), fc.boolean(), fc.boolean(), seeds)
      .map(([axis, keepDim, tied, seed]) => ({
        text: `${name} [${shape.join()}] axis ${axis ?? "all"}${keepDim ? " kept" : ""}${tied ? ", ties" : ""}`,
        args: tied ? filled([shape], seed, [integers(-2, 3)]) : filledApart([shape], seed),
        make: ([x]) => op(x as Expression, axis, { keepDim }),
      })),
  );

/** Calls of operations without operands, which make a tensor of a shape. */
const made = (name: string, op: (shape: readonly number[]) => Expression): fc.Arbitrary<OperationCall> =>
  shapes(2, 3).map((shape) => ({ text: `${name} [${shape.join()}]`, args: [], make: () => op(shape) }));

const initialized = (name: string, initializer: initializers.Initializer): fc.Arbitrary<OperationCall> =>
  made(name, (shape) => initializer(shape.map(size), "weight"));

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
  softplus: unary("softplus", softplus),
  "softplus with beta": unary("softplus 3", (x) => softplus(x, 3)),
  silu: unary("silu", silu),
  erf: unary("erf", erf),
  gelu: unary("gelu", (x) => gelu(x)),
  "gelu by tanh": unary("gelu by tanh", (x) => gelu(x, { approximate: "tanh" })),
  copy: unary("copy", copy),
  input: unary("input", (x) => x),
  gradient: unary("gradient", (x) => gradient(sum(mul(sin(x), x)), x) as Expression),
  training: unary("training", (x) => training(square(x))),
  byMode: unary("byMode", (x) => byMode({ training: square(x), evaluation: sin(x) })),
  "byMode in training": unary("byMode in training", (x) =>
    training(byMode({ training: square(x), evaluation: sin(x) })),
  ),
  withEffects: unary("withEffects", (x) => withEffects(square(x), [])),
  checkpoint: unary("checkpoint", (x) => checkpoint((inner) => mul(tanh(inner as Expression), x))(x) as Expression),
  customGradient: unary("customGradient", (x) => customGradient(sin(x), { x }, (dy) => ({ x: mul(dy, cos(x)) }))),
  evaluating: unary("evaluating", (x) => evaluating(dropout(square(x), 0.3))),
  add: binary("add", add),
  sub: binary("sub", sub),
  mul: binary("mul", mul),
  div: binary("div", div, [normal, positive]),
  pow: binary("pow", pow, [moderate, normal]),
  where: chosen,
  sum: reduction("sum", sum),
  mean: reduction("mean", mean),
  prod: reduction("prod", prod, nearOne),
  "prod with zeros": reduction("prod", prod, sparse),
  variance: reduction("variance", (x, axes, options) => variance(x, axes, { ...options, correction: 0.5 })),
  logSumExp: reduction("logSumExp", logSumExp),
  norm: reduction("norm", (x, axes, options) => norm(x, 2, axes, options), moderate),
  "norm 3": reduction("norm 3", (x, axes, options) => norm(x, 3, axes, options), moderate),
  normalize: normalized(true),
  "normalize uncentered": normalized(false),
  reshape: reshaped,
  transpose: transposed,
  broadcast: broadcasted,
  unsqueeze: unsqueezed,
  squeeze: squeezed,
  flatten: flattened,
  expand: expanded,
  flip: flipped(),
  concat: concatenated(),
  stack: stacked,
  split: parted,
  tile: tiled,
  outer: outerProducts,
  tril: triangular("tril", tril),
  triu: triangular("triu", triu),
  slice: sliced,
  pad: padded,
  gather: gathered,
  scatterAdd: scattered(),
  pick: labelled("pick", pick),
  crossEntropy: labelled("crossEntropy", crossEntropy),
  softmax: alongAxis("softmax", softmax),
  logSoftmax: alongAxis("logSoftmax", logSoftmax),
  cumsum: alongAxis("cumsum", cumsum),
  "cumsum of what is computed": alongAxis("cumsum of sin", (x, axis) => cumsum(sin(x), axis)),
  "square of cummax": alongAxis("square of cummax", (x, axis) => square(cummax(x, axis)), "apart"),
  "square of sort": alongAxis("square of sort", (x, axis) => square(sort(x, axis).values), "apart"),
  "sort of what is computed": alongAxis("sort of cos", (x, axis) => sort(cos(mul(x, 0.75)), axis).values, distant),
  "square of topK": chosenFirst("square of topK", ({ values }) => square(values), "apart"),
  takeAlongAxis: takenAlong,
  scatterAlongAxis: scatteredAlong,
  matmul: multiplied,
  einsum: equations,
  ...convolutions,
  ...smoothPoolings,
};

/** Operations with a gradient that has jumps; these calls keep away from the jumps. */
export const kinked: Readonly<Record<string, fc.Arbitrary<OperationCall>>> = {
  abs: unary("abs", abs, "apart"),
  relu: unary("relu", relu, "apart"),
  leakyRelu: unary("leakyRelu", (x) => leakyRelu(x, 0.25), "apart"),
  elu: unary("elu", (x) => elu(x, 1.5), "apart"),
  clamp: unary("clamp", (x) => clamp(x, -1.03125, 0.53125), steps),
  hardSigmoid: unary("hardSigmoid", (x) => hardSigmoid(mul(x, 3.5)), steps),
  maximum: binary("maximum", maximum, "apart"),
  minimum: binary("minimum", minimum, "apart"),
  max: reduction("max", max, "apart"),
  min: reduction("min", min, "apart"),
  "norm 1": reduction("norm 1", (x, axes, options) => norm(x, 1, axes, options), "apart"),
  "norm 1.5": reduction("norm 1.5", (x, axes, options) => norm(x, 1.5, axes, options), "apart"),
  "norm of the largest": reduction(
    "norm of the largest",
    (x, axes, options) => norm(x, Infinity, axes, options),
    spaced,
  ),
  std: deviations,
  cummax: alongAxis("cummax", cummax, "apart"),
  sort: alongAxis("sort", (x, axis) => sort(x, axis).values, "apart"),
  "sort descending": alongAxis("sort", (x, axis) => sort(x, axis, { descending: true }).values, "apart"),
  topK: chosenFirst("topK", ({ values }) => values, "apart"),
  ...kinkedPoolings,
};

/** Operations without a gradient. */
export const discrete: Readonly<Record<string, fc.Arbitrary<OperationCall>>> = {
  floor: unary("floor", floor),
  sign: unary("sign", sign, integers(-2, 3)),
  round: unary("round", round, halves),
  stopGradient: unary("stopGradient", stopGradient),
  dropout: unary("dropout", (x) => dropout(x, 0.3)),
  "dropout in training": unary("dropout in training", (x) => training(dropout(x, 0.3))),
  constant: made("constant", (shape) => constant({ shape, data: between(-2, 2, countOf(shape), generator(7)) })),
  param: made("param", (shape) => param("weight", shape, 0.75)),
  state: made("state", (shape) => state("seen", shape, -0.25)),
  full: initialized("full", initializers.full(0.75)),
  zeros: initialized("zeros", initializers.zeros()),
  ones: initialized("ones", initializers.ones()),
  uniform: initialized("uniform", initializers.uniform(-1, 2)),
  normal: initialized("normal", initializers.normal(1, 2)),
  xavierUniform: initialized("xavierUniform", initializers.xavierUniform()),
  xavierNormal: initialized("xavierNormal", initializers.xavierNormal()),
  kaimingUniform: initialized("kaimingUniform", initializers.kaimingUniform()),
  kaimingNormal: initialized("kaimingNormal", initializers.kaimingNormal()),
  randomNormal: made("randomNormal", (shape) => randomNormal(shape, { mean: 1, std: 2, name: "drawn" })),
  randomUniform: made("randomUniform", (shape) => randomUniform(shape, { low: -1, high: 2, name: "drawn" })),
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
  "eq of bools": connective("eq of bools", eq),
  argmax: positioned("argmax", argmax),
  argmin: positioned("argmin", argmin),
  not: unary("not", not, bools, "bool"),
  and: connective("and", and),
  or: connective("or", or),
  xor: connective("xor", xor),
  "add of integers": binary("add", add, [words], "int32"),
  "sub of integers": binary("sub", sub, [words], "int32"),
  "mul of integers": binary("mul", mul, [words], "int32"),
  "maximum of integers": binary("maximum", maximum, [words], "int32"),
  "minimum of integers": binary("minimum", minimum, [words], "int32"),
  "lt of integers": binary("lt", lt, [words], "int32"),
  "neg of integers": unary("neg", neg, words, "int32"),
  "abs of integers": unary("abs", abs, words, "int32"),
  "sign of integers": unary("sign", sign, words, "int32"),
  "clamp of integers": unary("clamp", (x) => clamp(x, -(2 ** 30), 1000), words, "int32"),
  "relu of integers": unary("relu", relu, words, "int32"),
  "square of integers": unary("square", square, words, "int32"),
  "sum of integers": reduction("sum", sum, words, "int32"),
  "max of integers": reduction("max", max, words, "int32"),
  "min of integers": reduction("min", min, words, "int32"),
  "prod of integers": reduction("prod", prod, words, "int32"),
  oneHot: hot,
  "tril of integers": triangular("tril", tril, words, "int32"),
  "triu of bools": triangular("triu", triu, bools, "bool"),
  "concat of integers": concatenated(words, "int32"),
  "concat of bools": concatenated(bools, "bool"),
  "flip of integers": flipped(words, "int32"),
  "scatterAdd of integers": scattered(words, "int32"),
  "flip of bools": flipped(bools, "bool"),
  "cumsum of integers": alongAxis("cumsum", cumsum, words, "int32"),
  "cummax of integers": alongAxis("cummax", cummax, words, "int32"),
  // Not a row of the table of operations: at ties there is no slope to compare with.
  "ties in cummax": alongAxis("cummax", cummax, integers(-3, 4)),
  argsort: alongAxis("argsort", argsort, integers(-3, 4)),
  "argsort descending": alongAxis("argsort", (x, axis) => argsort(x, axis, { descending: true }), integers(-3, 4)),
  "argsort of integers": alongAxis("argsort", argsort, words, "int32"),
  "places of topK": chosenFirst("places of topK", ({ indices }) => indices, integers(-3, 4)),
  ...discretePoolings,
};

/** The inputs that a call's arguments become. */
export function inputsOf(args: readonly TensorValue[]): Expression[] {
  return args.map(({ shape, element }, position) => input(`x${position}`, shape, element));
}
