/** Pooling as the user asks for it. */
import { fail } from "../diagnostics.js";
import { checkOptions, requireOption, requireSwitch } from "../ir/guards.js";
import { addMethods, literal, shapeFault, type Expression } from "../ir/op.js";
import type { Dim, Shape } from "../ir/shape.js";
import { add, constantOf, one, size, type Size } from "../ir/size.js";
import type { IntTensor, Tensor } from "../ir/tensorMethods.js";
import { add as plus } from "./add.js";
import { broadcastTo, sum } from "./broadcast.js";
import { constant } from "./constant.js";
import { div } from "./div.js";
import { dot } from "./dot.js";
import { gather } from "./gather.js";
import { isLarger, maxPool, maxPoolTap, type Pooling } from "./maxPool.js";
import { mean } from "./mean.js";
import { reshape } from "./reshape.js";
import { coordinates } from "./rowMajor.js";
import { axisWords, eachAxis, requireFit, requireImage, type EachAxis } from "./slidingOptions.js";
import { surround } from "./surround.js";
import { transpose } from "./transpose.js";
import { where } from "./where.js";
import { reachesOf, windows, windowsIn, type Windows } from "./windows.js";

/** How windows slide over an image. */
export interface PoolOptions {
  /** From one window to the next: whole numbers from 1. Default the size of the window. */
  readonly stride?: EachAxis;
  /** Elements around the image: at most half of the window. No maximum takes one; in means they are zeros. Default 0. */
  readonly padding?: EachAxis;
  /** Whether a last window may reach beyond the image. Default false. */
  readonly ceilMode?: boolean;
}

export interface MaxPoolOptions<I extends boolean = boolean> extends PoolOptions {
  /** From one element of a window to the next: whole numbers from 1. Default 1. */
  readonly dilation?: EachAxis;
  /** Whether the result is `{ values, indices }`, with the row-major places of the values in each channel. Default false. */
  readonly returnIndices?: I;
}

export interface AvgPoolOptions extends PoolOptions {
  /** Whether the zeros of the padding count. Default true. */
  readonly countIncludePad?: boolean;
  /** What sums are divided by, instead of the number of elements that count; not 0. */
  readonly divisorOverride?: number;
}

/** The shape of a pooled image. */
// prettier-ignore
export type Pooled<R extends Shape> =
  R extends readonly [infer N extends Dim, infer C extends Dim, ...infer S extends Shape]
    ? readonly [N, C, ...{ [I in keyof S]: number }]
    : Shape;

type MaxPooled<R extends Shape, I extends boolean> = I extends true
  ? { readonly values: Tensor<Pooled<R>>; readonly indices: IntTensor<Pooled<R>> }
  : Tensor<Pooled<R>>;

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * The largest element of each window of x [batch, channels, length], as PyTorch's `max_pool1d`: NaN if there is one. The
     * first of equal elements has the gradient. A result has floor((length + 2 padding - dilation (kernel - 1) - 1) / stride)
     * + 1 elements; rounded up with `ceilMode`, if the last window begins inside the image or the padding before it.
     */
    maxPool1d<R extends Shape, I extends boolean = false>(
      this: Tensor<R>,
      kernelSize: EachAxis,
      options?: MaxPoolOptions<I>,
    ): MaxPooled<R, I>;
    /** As `maxPool1d`, of x [batch, channels, height, width]. */
    maxPool2d<R extends Shape, I extends boolean = false>(
      this: Tensor<R>,
      kernelSize: EachAxis,
      options?: MaxPoolOptions<I>,
    ): MaxPooled<R, I>;
    /**
     * The mean of each window of x [batch, channels, length], as PyTorch's `avg_pool1d`. Elements beyond the padding never
     * count.
     */
    avgPool1d<R extends Shape>(this: Tensor<R>, kernelSize: EachAxis, options?: AvgPoolOptions): Tensor<Pooled<R>>;
    /** As `avgPool1d`, of x [batch, channels, height, width]. */
    avgPool2d<R extends Shape>(this: Tensor<R>, kernelSize: EachAxis, options?: AvgPoolOptions): Tensor<Pooled<R>>;
    /**
     * Means of x [batch, channels, height, width] over windows from floor(i size / out) to ceil((i + 1) size / out), so
     * that the result has the given sizes: a number for both, or one for each, null where the size stays. A size of 1 is the
     * mean over the axis, which may be named.
     */
    adaptiveAvgPool2d<R extends Shape>(
      this: Tensor<R>,
      outputSize: number | readonly [number | null, number | null],
    ): Tensor<Pooled<R>>;
    /** The largest elements over the windows of `adaptiveAvgPool2d`; the first of equal elements has the gradient. */
    adaptiveMaxPool2d<R extends Shape>(
      this: Tensor<R>,
      outputSize: number | readonly [number | null, number | null],
    ): Tensor<Pooled<R>>;
  }
}

/** Windows with this many elements are compared one by one; larger ones along one axis after the other. */
const mostTaps = 9;

const poolOptions = ["stride", "padding", "ceilMode"];

function resolve(
  name: string,
  x: Expression,
  kernelSize: unknown,
  { stride, padding = 0, dilation = 1, ceilMode = false }: MaxPoolOptions,
): Pooling {
  const rank = x.shape.length - 2;
  requireSwitch(name, "ceilMode", ceilMode);
  const kernel = eachAxis(name, "kernel size", kernelSize, rank);
  const strides = eachAxis(name, "stride", stride ?? kernelSize, rank);
  const dilations = eachAxis(name, "dilation", dilation, rank);
  const paddings = eachAxis(name, "padding", padding, rank, 0);
  const reach = reachesOf({ kernel, dilation: dilations });
  paddings.forEach((each, axis) => {
    if (2 * each <= (reach[axis] as number) + 1) return;
    fail({
      code: "invalid-argument",
      message: `${name}: the padding is more than half of the window`,
      expected: `at most ${Math.floor(((reach[axis] as number) + 1) / 2)}`,
      found: String(each),
    });
  });
  const sizes = x.shape.slice(2);
  const even = paddings.map((each) => [each, each] as const);
  const plain = windowsIn(sizes, { kernel, stride: strides, dilation: dilations, padding: even });
  const along = sizes.map((extent, axis) => {
    const [by, around, far] = [strides, paddings, reach].map((each) => each[axis]) as [number, number, number];
    if (!ceilMode || by === 1) return { count: plain[axis] as Size, behind: around };
    const known = constantOf(extent);
    if (known === null) {
      return fail({
        code: "invalid-argument",
        message: `${name}: ceilMode needs a fixed ${axisWords(rank)[axis] ?? "length"}`,
        expected: "a number, or ceilMode false",
        found: extent.key,
      });
    }
    let count = Math.ceil((known + 2 * around - far - 1) / by) + 1;
    if ((count - 1) * by >= known + around) count--;
    return { count: size(count), behind: Math.max(around, (count - 1) * by + far + 1 - known - around) };
  });
  const counts = along.map(({ count }) => count);
  requireFit(name, sizes, counts, reach);
  return {
    ...{ kernel, stride: strides, dilation: dilations, windows: counts },
    padding: along.map(({ behind }, axis) => [paddings[axis] as number, behind] as const),
  };
}

const maxPooling =
  (name: string, rank: number) =>
  (given: Expression, kernelSize: EachAxis, options: MaxPoolOptions = {}): unknown => {
    checkOptions(name, options, [...poolOptions, "dilation", "returnIndices"]);
    const { returnIndices = false } = options;
    requireSwitch(name, "returnIndices", returnIndices);
    const x = requireImage(name, given, rank);
    const by = resolve(name, x, kernelSize, options);
    if (returnIndices) return { values: maxPool.node([x], by), indices: indicesOf(name, x, by) };
    if (by.kernel.reduce((a, b) => a * b, 1) <= mostTaps) return maxPool.node([x], by);
    // The largest of the largest of each row; equal ones are found in the same order.
    let result = x;
    for (let axis = rank - 1; axis >= 0; axis--) result = maxPool.node([result], along(result, by, axis));
    return result;
  };

/** The windows along one axis alone. */
function along(x: Expression, by: Pooling, axis: number): Pooling {
  const only = <T>(list: readonly T[], other: T): readonly T[] => list.map((each, at) => (at === axis ? each : other));
  return {
    kernel: only(by.kernel, 1),
    stride: only(by.stride, 1),
    dilation: only(by.dilation, 1),
    padding: only<readonly [number, number]>(by.padding, [0, 0]),
    windows: by.windows.map((count, at) => (at === axis ? count : (x.shape[2 + at] as Size))),
  };
}

/** The row-major place in a channel of each window's largest element. */
function indicesOf(name: string, x: Expression, by: Pooling): Expression {
  const [sizes, counts] = [x.shape.slice(2), by.windows].map((list) => list.map(constantOf)) as [number[], number[]];
  if ([...sizes, ...counts].some((each) => each === null)) {
    return fail({
      code: "invalid-argument",
      message: `${name}: returnIndices needs an image of fixed sizes`,
      expected: "numbers",
      found: x.shape
        .slice(2)
        .map(({ key }) => key)
        .join(", "),
    });
  }
  const linear = (at: readonly number[]): number =>
    at.reduce((all, each, axis) => all * (sizes[axis] as number) + each, 0);
  const places = (extents: readonly number[], place: (each: number, axis: number) => number): number[] =>
    Array.from(coordinates(extents), (at) => linear(at.map(place)));
  const taps = places(by.kernel, (each, axis) => each * (by.dilation[axis] as number));
  const firsts = places(counts, (each, axis) => each * (by.stride[axis] as number) - (by.padding[axis]?.[0] as number));
  const found = gather(constant(taps, "int32"), maxPoolTap.node([x], by));
  return plus(found, constant({ shape: counts, data: firsts }, "int32"));
}

const avgPooling =
  (name: string, rank: number) =>
  (given: Expression, kernelSize: EachAxis, options: AvgPoolOptions = {}): Expression => {
    checkOptions(name, options, [...poolOptions, "countIncludePad", "divisorOverride"]);
    const { countIncludePad = true, divisorOverride } = options;
    requireSwitch(name, "countIncludePad", countIncludePad);
    if (divisorOverride !== undefined)
      requireOption(name, "divisorOverride", divisorOverride, divisorOverride !== 0, "a number that is not 0");
    const x = requireImage(name, given, rank);
    const by = resolve(name, x, kernelSize, options);
    const total = windowSums(x, by);
    if (divisorOverride !== undefined) return div(total, divisorOverride);
    const isEven = by.padding.every(([first, behind]) => behind === first && (countIncludePad || first === 0));
    const elements = by.kernel.reduce((a, b) => a * b, 1);
    if (isEven) return div(total, elements);
    // Not all windows have the same number of elements that count: they are counted.
    const sizes = x.shape.slice(2);
    const counted = countIncludePad
      ? sizes.map((extent, axis) => add(extent, size(2 * (by.padding[axis]?.[0] as number))))
      : sizes;
    const padding = by.padding.map(([first, behind]): readonly [number, number] =>
      countIncludePad ? [0, behind - first] : [first, behind],
    );
    const ones = broadcastTo(literal(1, "float"), [one, one, ...counted]);
    return div(total, windowSums(ones, { ...by, padding }));
  };

/** The sum of each window, with zeros around x. */
function windowSums(x: Expression, { padding, ...by }: Pooling): Expression {
  return sum(
    windows.node([surround(x, padding, "pooling")], by as Windows),
    by.kernel.map((_, axis) => 2 + axis),
  );
}

/** The windows of adaptive pooling along an axis. */
const adaptiveWindows = (extent: number, out: number): readonly { readonly from: number; readonly to: number }[] =>
  Array.from({ length: out }, (_, i) => ({
    from: Math.floor((i * extent) / out),
    to: Math.ceil(((i + 1) * extent) / out),
  }));

const adaptive =
  (name: string, pool: (name: string, x: Expression, axis: number, out: number) => Expression) =>
  (given: Expression, outputSize: number | readonly (number | null)[]): Expression => {
    const x = requireImage(name, given, 2);
    const wanted: readonly unknown[] = Array.isArray(outputSize) ? outputSize : [outputSize, outputSize];
    const isSize = (each: unknown): boolean => each === null || (Number.isSafeInteger(each) && (each as number) > 0);
    if (wanted.length !== 2 || !wanted.every(isSize)) {
      fail({
        code: "invalid-argument",
        message: `${name}: the size of the result is not usable`,
        expected: "a positive whole number, or two of them: for height and width, null for one that stays",
        found: String(outputSize),
      });
    }
    // The last axis first: of equal elements the first in row-major order is found.
    return [1, 0].reduce((result, at) => {
      const out = wanted[at] as number | null;
      return out === null ? result : pool(name, result, 2 + at, out);
    }, x);
  };

function extentOf(name: string, x: Expression, axis: number): number {
  const extent = x.shape[axis] as Size;
  const known = constantOf(extent);
  if (known !== null) return known;
  return shapeFault(`${name}: the ${axisWords(2)[axis - 2]} is named`, "a number, or a result of size 1", extent.key);
}

/** x with the axis in two: as many windows as asked for, of equal length. */
function divided(x: Expression, axis: number, out: number): Expression {
  const length = (constantOf(x.shape[axis] as Size) as number) / out;
  return reshape.node([x], { shape: [...x.shape.slice(0, axis), size(out), size(length), ...x.shape.slice(axis + 1)] });
}

function adaptiveMean(name: string, x: Expression, axis: number, out: number): Expression {
  if (out === 1) return mean(x, axis, { keepDim: true });
  const extent = extentOf(name, x, axis);
  if (extent % out === 0) return mean(divided(x, axis, out), axis + 1);
  const shares = adaptiveWindows(extent, out).flatMap(({ from, to }) =>
    Array.from({ length: extent }, (_, i) => (i >= from && i < to ? 1 / (to - from) : 0)),
  );
  const product = dot(x, constant({ shape: [out, extent], data: shares }), { batch: [], contract: [[axis, 1]] });
  // The product has the axis of the windows last.
  const order = x.shape.map((_, at) => (at < axis ? at : at === axis ? x.shape.length - 1 : at - 1));
  return transpose(product, order);
}

function adaptiveLargest(name: string, x: Expression, axis: number, out: number): Expression {
  const extent = extentOf(name, x, axis);
  const found = adaptiveWindows(extent, out);
  const longest = Math.max(...found.map(({ from, to }) => to - from));
  let best: Expression | null = null;
  for (let tap = 0; tap < longest; tap++) {
    // A shorter window repeats its last element, which is no better than itself.
    const places = found.map(({ from, to }) => Math.min(from + tap, to - 1));
    const value = gather(x, constant(places, "int32"), axis);
    best = best ? where(isLarger(value, best), value, best) : value;
  }
  return best as Expression;
}

export const maxPool1d = maxPooling("maxPool1d", 1);
export const maxPool2d = maxPooling("maxPool2d", 2);
export const avgPool1d = avgPooling("avgPool1d", 1);
export const avgPool2d = avgPooling("avgPool2d", 2);
export const adaptiveAvgPool2d = adaptive("adaptiveAvgPool2d", adaptiveMean);
export const adaptiveMaxPool2d = adaptive("adaptiveMaxPool2d", adaptiveLargest);

addMethods({ maxPool1d, maxPool2d, avgPool1d, avgPool2d, adaptiveAvgPool2d, adaptiveMaxPool2d });
