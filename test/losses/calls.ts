/** Random calls of every loss and metric, for the laws of operations and gradients. */
import fc from "fast-check";
import type { Expression } from "../../compiler/ir/op.js";
import { constant } from "../../compiler/ops/constant.js";
import * as optimc from "../../src/index.js";
import { between, countOf, generator, seeds, shapes, type OperationCall, type TensorValue } from "../arbitrary.js";

type Fill = (count: number, next: () => number) => number[];
type Options = Readonly<Record<string, unknown>>;

const made = optimc as unknown as Readonly<Record<string, (...parameters: unknown[]) => Expression>>;
const call = (name: string, ...parameters: unknown[]): Expression =>
  (made[name] as (...parameters: unknown[]) => Expression)(...parameters);

const normal: Fill = (count, next) => between(-3, 3, count, next);
const probabilities: Fill = (count, next) => between(0.125, 0.875, count, next);
const logarithms: Fill = (count, next) => between(-3, -0.25, count, next);
const signs: Fill = (count, next) => Array.from({ length: count }, () => (next() < 0.5 ? -1 : 1));
/** Multiples of 1/4, and the same moved by a part of that: no difference of two such is 0, 1 or any whole number. */
const grid =
  (offset: number): Fill =>
  (count, next) =>
    Array.from({ length: count }, () => Math.floor(next() * 24 - 12) / 4 + offset);

function filled(shape: readonly number[], fill: Fill, next: () => number): TensorValue {
  return { shape, element: "float", data: fill(countOf(shape), next) };
}

const reductions = fc.constantFrom("mean", "sum", "none");

/** A loss of tensors of one shape, of rank `least` at least. */
const alike = (name: string, fills: readonly Fill[], options: Options = {}, least = 0): fc.Arbitrary<OperationCall> =>
  fc.tuple(shapes(least, 3), reductions, seeds).map(([shape, reduction, seed]) => {
    const next = generator(seed);
    return {
      text: `${name} [${shape.join()}] ${reduction} ${JSON.stringify(options)}`,
      args: fills.map((fill) => filled(shape, fill, next)),
      make: (args) => call(name, ...args, { ...options, reduction }),
    };
  });

/** With factors that broadcast to the shape. */
const weighted = (name: string, fills: readonly Fill[], which: readonly string[]): fc.Arbitrary<OperationCall> =>
  fc.tuple(shapes(0, 3), fc.nat(3), reductions, seeds).map(([shape, dropped, reduction, seed]) => {
    const next = generator(seed);
    const narrow = shape.slice(dropped).map((each) => (next() < 0.3 ? 1 : each));
    const factors = which.map((option) => {
      const data = between(0.25, 2, countOf(narrow), next);
      return [option, constant(narrow.length === 0 ? (data[0] as number) : { shape: narrow, data })];
    });
    return {
      text: `${name} [${shape.join()}] ${which.join()} [${narrow.join()}] ${reduction}`,
      args: fills.map((fill) => filled(shape, fill, next)),
      make: (args) => call(name, ...args, { ...Object.fromEntries(factors), reduction }),
    };
  });

/** Labels for classes along any axis; every third row is ignored, if rows are. */
const labelled = (name: string, fill: Fill, smoothing: boolean): fc.Arbitrary<OperationCall> =>
  shapes(1, 3).chain((shape) =>
    fc
      .tuple(
        fc.integer({ min: -shape.length, max: shape.length - 1 }),
        fc.constantFrom(undefined, -100, 0),
        fc.boolean(),
        fc.constantFrom(...(smoothing ? [0, 0.125] : [0])),
        reductions,
        seeds,
      )
      .map(([axis, ignoreIndex, isWeighted, labelSmoothing, reduction, seed]) => {
        const next = generator(seed);
        const classes = shape.at(axis) as number;
        const rows = shape.filter((_, each) => each !== (axis + shape.length) % shape.length);
        const x = filled(shape, fill, next);
        // The first row counts: of none the mean is NaN.
        const data = Array.from({ length: countOf(rows) }, (_, row) =>
          row % 3 === 1 && ignoreIndex !== undefined
            ? ignoreIndex
            : row === 0
              ? classes - 1
              : Math.floor(next() * classes),
        );
        const weight = constant({ shape: [classes], data: between(0.25, 2, classes, next) });
        const isCounted = ignoreIndex === undefined || data.some((label) => label !== ignoreIndex);
        const options = {
          axis,
          reduction: isCounted ? reduction : "sum",
          ...(ignoreIndex !== undefined && { ignoreIndex }),
          ...(isWeighted && { weight }),
          ...(smoothing && { labelSmoothing }),
        };
        return {
          text: `${name} [${shape.join()}] ${JSON.stringify({ ...options, weight: isWeighted })}`,
          args: [x, { shape: rows, element: "int32", data }],
          make: (args) => call(name, ...args, options),
        };
      }),
  );

/** Probabilities for classes along any axis. */
const distributed: fc.Arbitrary<OperationCall> = shapes(1, 3).chain((shape) =>
  fc
    .tuple(fc.nat(shape.length - 1), fc.boolean(), fc.constantFrom(0, 0.125), reductions, seeds)
    .map(([axis, isWeighted, labelSmoothing, reduction, seed]) => {
      const next = generator(seed);
      const classes = shape[axis] as number;
      const weight = constant({ shape: [classes], data: between(0.25, 2, classes, next) });
      return {
        text: `crossEntropy [${shape.join()}] axis ${axis} smoothing ${labelSmoothing} ${reduction}`,
        args: [filled(shape, normal, next), filled(shape, probabilities, next)],
        make: (args) =>
          call("crossEntropy", ...args, { axis, labelSmoothing, reduction, ...(isWeighted && { weight }) }),
      };
    }),
);

/** Signs that stay as they are: a loss that compares its target has no slope along it. */
function constantSigns(shape: readonly number[], next: () => number): Expression {
  const data = signs(countOf(shape), next);
  return constant(shape.length === 0 ? (data[0] as number) : { shape, data });
}

/** Rows of vectors with a target each; the margin is beyond nearly every angle. */
const angles: fc.Arbitrary<OperationCall> = fc
  .tuple(shapes(0, 2), fc.constantFrom(3, 5, 17), reductions, seeds)
  .map(([rows, features, reduction, seed]) => {
    const next = generator(seed);
    const shape = [...rows, features];
    const target = constantSigns(rows, next);
    return {
      text: `cosineEmbedding [${shape.join()}] ${reduction}`,
      args: [filled(shape, normal, next), filled(shape, normal, next)],
      make: (args) => call("cosineEmbedding", ...args, target, { margin: -0.9999, reduction }),
    };
  });

/** Distances with a target each. */
const distances: fc.Arbitrary<OperationCall> = fc
  .tuple(shapes(0, 3), reductions, seeds)
  .map(([shape, reduction, seed]) => {
    const next = generator(seed);
    const target = constantSigns(shape, next);
    return {
      text: `hingeEmbedding [${shape.join()}] ${reduction}`,
      args: [filled(shape, grid(0.125), next)],
      make: ([x]) => call("hingeEmbedding", x, target, { margin: 0.5, reduction }),
    };
  });

/** Losses with a gradient that is smooth where these calls are. */
export const smooth: Readonly<Record<string, fc.Arbitrary<OperationCall>>> = {
  mse: alike("mse", [normal, normal]),
  crossEntropy: labelled("crossEntropy", normal, true),
  "crossEntropy of probabilities": distributed,
  nll: labelled("nll", logarithms, false),
  binaryCrossEntropy: alike("binaryCrossEntropy", [probabilities, probabilities]),
  "binaryCrossEntropy with weights": weighted("binaryCrossEntropy", [probabilities, probabilities], ["weight"]),
  binaryCrossEntropyWithLogits: alike("binaryCrossEntropyWithLogits", [normal, probabilities]),
  "binaryCrossEntropyWithLogits with weights": weighted(
    "binaryCrossEntropyWithLogits",
    [normal, probabilities],
    ["weight", "posWeight"],
  ),
  kl: alike("kl", [logarithms, probabilities]),
  "kl of logarithms": alike("kl", [logarithms, logarithms], { logTarget: true }),
  cosineEmbedding: angles,
};

/** Losses with jumps in the gradient, which these calls keep away from. */
export const kinked: Readonly<Record<string, fc.Arbitrary<OperationCall>>> = {
  l1: alike("l1", [grid(0), grid(0.125)]),
  huber: alike("huber", [grid(0), grid(0.125)]),
  "huber with delta": alike("huber", [grid(0), grid(0.125)], { delta: 0.5 }),
  smoothL1: alike("smoothL1", [grid(0), grid(0.125)]),
  "smoothL1 with beta": alike("smoothL1", [grid(0), grid(0.125)], { beta: 1.5 }),
  hinge: alike("hinge", [grid(0.125), signs]),
  hingeEmbedding: distances,
  triplet: alike("triplet", [grid(0), grid(0.125), grid(0.0625)], { margin: 100 }, 1),
  "triplet with p": alike("triplet", [grid(0), grid(0.125), grid(0.0625)], { margin: 100, p: 3 }, 1),
};
