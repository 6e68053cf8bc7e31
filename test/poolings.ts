/** Calls of pooling, with every option. */
import fc from "fast-check";
import type { Expression } from "../compiler/ir/op.js";
import * as pool from "../compiler/ops/pool.js";
import { square } from "../compiler/ops/square.js";
import { pixelShuffle, pixelUnshuffle, upsample } from "../compiler/ops/upsample.js";
import { countOf } from "../compiler/ops/rowMajor.js";
import { generator } from "../compiler/check/numbers.js";
import { apart, seeds, type OperationCall } from "./operationCall.js";

type Pool = (x: Expression, size: number | readonly number[], options?: object) => unknown;

const axis = fc.record({
  kernel: fc.constantFrom(1, 2, 3, 5),
  stride: fc.constantFrom(1, 2, 3),
  dilation: fc.constantFrom(1, 1, 2),
  padding: fc.nat(2),
  more: fc.constantFrom(0, 1, 2, 4, 9),
});

const drawn = (rank: 1 | 2, dilated: boolean) =>
  fc
    .record({
      lead: fc.tuple(fc.constantFrom(1, 3), fc.constantFrom(1, 3)),
      axes: fc.array(axis, { minLength: rank, maxLength: rank }),
      ceilMode: fc.boolean(),
      countIncludePad: fc.boolean(),
      divisorOverride: fc.constantFrom(undefined, undefined, 3, -2.5),
      byDefault: fc.boolean(),
      seed: seeds,
    })
    .map(({ axes, lead, ...others }) => {
      const fitting = axes.map((each) => {
        const reach = (dilated ? each.dilation : 1) * (each.kernel - 1) + 1;
        const padding = Math.min(each.padding, Math.floor(reach / 2));
        return { ...each, padding, size: Math.max(1, reach - 2 * padding) + each.more };
      });
      return { ...others, axes: fitting, shape: [...lead, ...fitting.map(({ size }) => size)] };
    })
    .filter(({ shape }) => countOf(shape) <= 900);

type Drawn = ReturnType<typeof drawn> extends fc.Arbitrary<infer D> ? D : never;

const sliding = ({ axes, ceilMode, byDefault }: Drawn) => ({
  ...(byDefault ? {} : { stride: axes.map(({ stride }) => stride) }),
  padding: axes.map(({ padding }) => padding),
  ceilMode,
});

const called = (
  name: string,
  { shape, seed, ...others }: Drawn,
  make: (x: Expression) => Expression,
): OperationCall => ({
  text: `${name} [${shape.join()}] ${JSON.stringify(others)}`,
  args: [{ shape, element: "float", data: apart(countOf(shape), generator(seed)) }],
  make: ([x]) => make(x as Expression),
});

const largest = (name: string, op: Pool, rank: 1 | 2, of: (y: Expression) => Expression = (y) => y) =>
  drawn(rank, true).map((each) => {
    const options = { ...sliding(each), dilation: each.axes.map(({ dilation }) => dilation) };
    const kernel = each.axes.map((at) => at.kernel);
    return called(name, each, (x) => of(op(x, kernel, options) as Expression));
  });

const places = (name: string, op: Pool, rank: 1 | 2) =>
  drawn(rank, true).map((each) => {
    const options = { ...sliding(each), dilation: each.axes.map(({ dilation }) => dilation), returnIndices: true };
    const kernel = each.axes.map((at) => at.kernel);
    return called(name, each, (x) => (op(x, kernel, options) as { indices: Expression }).indices);
  });

const means = (name: string, op: Pool, rank: 1 | 2) =>
  drawn(rank, false).map((each) => {
    const { countIncludePad, divisorOverride } = each;
    const options = { ...sliding(each), countIncludePad, ...(divisorOverride !== undefined && { divisorOverride }) };
    const kernel = each.axes.map((at) => at.kernel);
    return called(name, each, (x) => op(x, kernel, options) as Expression);
  });

const adaptive = (name: string, op: (x: Expression, size: readonly (number | null)[]) => Expression) =>
  fc
    .record({
      shape: fc.tuple(
        fc.constantFrom(1, 3),
        fc.constantFrom(1, 2),
        fc.constantFrom(1, 3, 5, 12, 17),
        fc.constantFrom(1, 4, 7),
      ),
      out: fc.tuple(fc.constantFrom(null, 1, 2, 3, 5), fc.constantFrom(null, 1, 2, 4)),
      seed: seeds,
    })
    .map(({ shape, out, seed }): OperationCall => ({
      text: `${name} [${shape.join()}] to [${out.join()}]`,
      args: [{ shape, element: "float", data: apart(countOf(shape), generator(seed)) }],
      make: ([x]) => op(x as Expression, out),
    }));

const resized = fc
  .record({
    lead: fc.tuple(fc.constantFrom(1, 3), fc.constantFrom(1, 2)),
    sizes: fc.array(fc.constantFrom(1, 2, 3, 5, 7), { minLength: 1, maxLength: 3 }),
    grown: fc.array(fc.constantFrom(0.5, 1, 2, 3, 1.5, 0.7), { minLength: 3, maxLength: 3 }),
    how: fc.constantFrom("nearest", "nearest-exact", "proportional"),
    bySize: fc.boolean(),
    alignCorners: fc.boolean(),
    recomputeScaleFactor: fc.boolean(),
    seed: seeds,
  })
  .map(({ lead, sizes, grown, how, bySize, alignCorners, recomputeScaleFactor, seed }): OperationCall => {
    const factors = sizes.map((extent, axis) => Math.max(grown[axis] as number, 1 / extent));
    const isProportional = how === "proportional";
    const options = {
      ...(bySize
        ? { size: sizes.map((extent, axis) => Math.floor(extent * (factors[axis] as number))) }
        : { scaleFactor: factors, recomputeScaleFactor }),
      mode: isProportional ? (["linear", "bilinear", "trilinear"] as const)[sizes.length - 1]! : how,
      ...(isProportional && { alignCorners }),
    };
    const shape = [...lead, ...sizes];
    return {
      text: `upsample [${shape.join()}] ${JSON.stringify(options)}`,
      args: [{ shape, element: "float", data: apart(countOf(shape), generator(seed)) }],
      make: ([x]) => upsample(x as Expression, options),
    };
  });

const shuffled = (name: string, isInverse: boolean): fc.Arbitrary<OperationCall> =>
  fc
    .record({
      by: fc.constantFrom(1, 2, 3),
      sizes: fc.tuple(fc.constantFrom(1, 3), fc.constantFrom(1, 2), fc.constantFrom(1, 3), fc.constantFrom(1, 2, 5)),
      seed: seeds,
    })
    .map(({ by, sizes: [batch, channels, height, width], seed }): OperationCall => {
      const shape = isInverse ? [batch, channels, by * height, by * width] : [batch, by * by * channels, height, width];
      return {
        text: `${name} [${shape.join()}] by ${by}`,
        args: [{ shape, element: "float", data: apart(countOf(shape), generator(seed)) }],
        make: ([x]) => (isInverse ? pixelUnshuffle : pixelShuffle)(x as Expression, by),
      };
    });

/** Pooling and resizing with a gradient that is smooth. */
export const smoothPoolings: Readonly<Record<string, fc.Arbitrary<OperationCall>>> = {
  avgPool1d: means("avgPool1d", pool.avgPool1d as Pool, 1),
  avgPool2d: means("avgPool2d", pool.avgPool2d as Pool, 2),
  adaptiveAvgPool2d: adaptive("adaptiveAvgPool2d", pool.adaptiveAvgPool2d),
  upsample: resized,
  pixelShuffle: shuffled("pixelShuffle", false),
  pixelUnshuffle: shuffled("pixelUnshuffle", true),
  "square of maxPool2d": largest("square of maxPool2d", pool.maxPool2d as Pool, 2, square),
};

/** Pooling with a gradient that has jumps, from which these calls keep away. */
export const kinkedPoolings: Readonly<Record<string, fc.Arbitrary<OperationCall>>> = {
  maxPool1d: largest("maxPool1d", pool.maxPool1d as Pool, 1),
  maxPool2d: largest("maxPool2d", pool.maxPool2d as Pool, 2),
  adaptiveMaxPool2d: adaptive("adaptiveMaxPool2d", pool.adaptiveMaxPool2d),
};

/** Places of what is pooled. */
export const discretePoolings: Readonly<Record<string, fc.Arbitrary<OperationCall>>> = {
  "places of maxPool1d": places("places of maxPool1d", pool.maxPool1d as Pool, 1),
  "places of maxPool2d": places("places of maxPool2d", pool.maxPool2d as Pool, 2),
};
