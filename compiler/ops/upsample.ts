/** Images made larger or smaller. */
import { fail } from "../diagnostics.js";
import { checkOptions, describeValue, requireSwitch, requireWord } from "../ir/guards.js";
import { addMethods, printType, requireTensor, shapeFault, type Expression } from "../ir/op.js";
import type { Shape } from "../ir/shape.js";
import { constantOf, floorDiv, mul, one, size, type Size } from "../ir/size.js";
import { add } from "./add.js";
import { broadcastTo } from "./broadcast.js";
import { constant } from "./constant.js";
import { gather } from "./gather.js";
import { mul as times } from "./mul.js";
import type { Pooled } from "./pool.js";
import { requireElement } from "./elementwise.js";
import { reshape } from "./reshape.js";
import { axisWords, eachAxis, imageText, type EachAxis } from "./slidingOptions.js";
import { transpose } from "./transpose.js";

/** The words for elements in proportion, by the number of axes. */
const proportional = ["linear", "bilinear", "trilinear"] as const;
const modes = ["nearest", "nearest-exact", ...proportional] as const;

export interface UpsampleOptions {
  /** The sizes of the result: whole numbers from 1, or one for all axes. Either these or a factor is given. */
  readonly size?: EachAxis;
  /** By how much each axis grows: positive numbers, or one for all axes. */
  readonly scaleFactor?: number | readonly number[];
  /**
   * Which elements a place of the result takes: the one before it, the nearest, or those around it in proportion, which is
   * "linear" for one axis, "bilinear" for two and "trilinear" for three. Default "nearest".
   */
  readonly mode?: (typeof modes)[number];
  /** In proportion: whether the corners of image and result are the same places. Default false. */
  readonly alignCorners?: boolean;
  /** Whether places follow from the sizes even if factors are given. Default false. */
  readonly recomputeScaleFactor?: boolean;
}

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * The image x [batch, channels, ...] with one, two or three axes in other sizes, as PyTorch's `interpolate`. A factor
     * gives floor(size * factor). The gradient of an element is the sum of those of the places that take it.
     */
    upsample<R extends Shape>(this: Tensor<R>, options: UpsampleOptions): Tensor<Pooled<R>>;
    /**
     * x [batch, channels * factor^2, height, width] as [batch, channels, height * factor, width * factor], as PyTorch's
     * `pixel_shuffle`: nothing is computed.
     */
    pixelShuffle<R extends Shape>(this: Tensor<R>, factor: number): Tensor<Pooled<R>>;
    /** The inverse of `pixelShuffle`: [batch, channels * factor^2, height / factor, width / factor]. */
    pixelUnshuffle<R extends Shape>(this: Tensor<R>, factor: number): Tensor<Pooled<R>>;
  }
}

/** An axis of the image, how many places the result has, and elements of the image from one to the next. */
interface Along {
  readonly axis: number;
  readonly extent: Size;
  readonly out: Size;
  readonly scale: number;
  /** A whole factor, by which elements are repeated. */
  readonly factor: number | null;
}

function factorsOf(name: string, value: unknown, rank: number): readonly number[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : Array.from({ length: rank }, () => value);
  if (all.length === rank && all.every((each) => typeof each === "number" && each > 0 && Number.isFinite(each)))
    return all as readonly number[];
  return fail({
    code: "invalid-argument",
    message: `${name}: the scaleFactor is not usable`,
    expected: `a positive number${rank === 1 ? "" : `, or ${rank} of them: for ${axisWords(rank).join(" and ")}`}`,
    found: describeValue(value),
  });
}

function resolve(name: string, x: Expression, options: UpsampleOptions): readonly Along[] {
  const rank = x.shape.length - 2;
  const { size: wanted, scaleFactor, recomputeScaleFactor = false } = options;
  requireSwitch(name, "recomputeScaleFactor", recomputeScaleFactor);
  if ((wanted === undefined) === (scaleFactor === undefined)) {
    fail({
      code: "invalid-argument",
      message: `${name}: the size of the result is not clear`,
      expected: "either size or scaleFactor",
      found: wanted === undefined ? "neither" : "both",
    });
  }
  const sizes = wanted === undefined ? null : eachAxis(name, "size", wanted, rank);
  const factors = scaleFactor === undefined ? null : factorsOf(name, scaleFactor, rank);
  return x.shape.slice(2).map((extent, axis): Along => {
    const known = constantOf(extent);
    const factor = factors?.[axis] ?? (sizes?.[axis] as number) / (known ?? NaN);
    if (Number.isInteger(factor)) {
      return { axis: 2 + axis, extent, out: mul(extent, size(factor)), scale: 1 / factor, factor };
    }
    if (known === null) {
      return fail({
        code: "invalid-argument",
        message: `${name}: the ${axisWords(rank)[axis] ?? "length"} is named`,
        expected: "a whole factor, by which elements are repeated",
        found: extent.key,
      });
    }
    const out = sizes?.[axis] ?? Math.floor(known * factor);
    if (out < 1) shapeFault(`${name}: the result would be empty`, "a larger factor", String(factor));
    const byFactor = factors !== null && !recomputeScaleFactor;
    return { axis: 2 + axis, extent, out: size(out), scale: byFactor ? 1 / factor : known / out, factor: null };
  });
}

/** Each element along the axis, several times. */
function repeated(x: Expression, { axis, extent, out, factor }: Along): Expression {
  const [before, behind] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const each = reshape.node([x], { shape: [...before, extent, one, ...behind] });
  const all = broadcastTo(each, [...before, extent, size(factor as number), ...behind]);
  return reshape.node([all], { shape: [...before, out, ...behind] });
}

/** The element that each place takes. As in PyTorch, places are computed in float32. */
function picked(x: Expression, along: Along, isExact: boolean): Expression {
  const [extent, out] = [along.extent, along.out].map(constantOf) as [number, number];
  const scale = Math.fround(along.scale);
  const places = Array.from({ length: out }, (_, at) => {
    const place = Math.fround(Math.fround(isExact ? at + 0.5 : at) * scale);
    return Math.min(Math.floor(place), extent - 1);
  });
  return gather(x, constant(places, "int32"), along.axis);
}

/** The two elements around each place, in proportion. */
function mixed(x: Expression, { axis, extent: length, out: count, scale }: Along, alignCorners: boolean): Expression {
  const [extent, out] = [length, count].map(constantOf) as [number | null, number | null];
  if (extent === null || out === null)
    return shapeFault("upsample: elements in proportion need an image of fixed sizes", "numbers", printType(x));
  const places = Array.from({ length: out }, (_, at) => {
    if (alignCorners) return out === 1 ? 0 : (at * (extent - 1)) / (out - 1);
    return Math.max(0, (at + 0.5) * scale - 0.5);
  });
  const first = places.map((place) => Math.min(Math.floor(place), extent - 1));
  const second = first.map((place) => Math.min(place + 1, extent - 1));
  const shares = places.map((place, at) => place - (first[at] as number));
  const shape = [out, ...x.shape.slice(axis + 1).map(() => 1)];
  const part = (at: readonly number[], share: readonly number[]): Expression =>
    times(gather(x, constant(at, "int32"), axis), constant({ shape, data: share }));
  return add(
    part(
      first,
      shares.map((share) => 1 - share),
    ),
    part(second, shares),
  );
}

export function upsample(given: Expression, options: UpsampleOptions): Expression {
  const name = "upsample";
  checkOptions(name, options, ["size", "scaleFactor", "mode", "alignCorners", "recomputeScaleFactor"]);
  const { mode = "nearest", alignCorners = false } = options;
  requireWord(name, "mode", mode, modes);
  requireSwitch(name, "alignCorners", alignCorners);
  const isMixed = proportional.some((each) => each === mode);
  if (alignCorners && !isMixed) {
    fail({
      code: "invalid-argument",
      message: `${name}: alignCorners has no meaning for the mode "${mode}"`,
      expected: proportional.map((each) => JSON.stringify(each)).join(" or "),
      found: mode,
    });
  }
  const x = requireTensor(name, given, 1);
  requireElement(name, x, ["float"]);
  if (x.shape.length < 3 || x.shape.length > 5)
    shapeFault(
      `${name}: the input is no image`,
      `${imageText(1)}, or two or three axes behind the channels`,
      printType(x),
    );
  const word = proportional[x.shape.length - 3];
  if (isMixed && mode !== word) {
    fail({
      code: "invalid-argument",
      message: `${name}: the mode "${mode}" is for an image of another number of axes`,
      expected: JSON.stringify(word),
      found: mode,
    });
  }
  // The last axis first, as PyTorch mixes elements.
  return [...resolve(name, x, options)].reverse().reduce((image, along) => {
    if (isMixed) return mixed(image, along, alignCorners);
    return along.factor === null ? picked(image, along, mode === "nearest-exact") : repeated(image, along);
  }, x);
}

function requireFactor(name: string, factor: unknown): number {
  if (Number.isSafeInteger(factor) && (factor as number) > 0) return factor as number;
  return fail({
    code: "invalid-argument",
    message: `${name}: the factor is not usable`,
    expected: "a positive whole number",
    found: describeValue(factor),
  });
}

function requirePlane(name: string, given: Expression): Expression {
  const x = requireTensor(name, given, 1);
  if (x.shape.length === 4) return x;
  return shapeFault(`${name}: the input has ${x.shape.length} axes`, imageText(2), printType(x));
}

/** The size divided by the number, which it must be a multiple of. */
function dividedBy(name: string, extent: Size, by: number, what: string): Size {
  const part = floorDiv(extent, size(by));
  if (mul(part, size(by)).key === extent.key) return part;
  return shapeFault(`${name}: ${by} does not divide the ${what}`, `a multiple of ${by}`, extent.key);
}

export function pixelShuffle(given: Expression, factor: number): Expression {
  const name = "pixelShuffle";
  const by = requireFactor(name, factor);
  const x = requirePlane(name, given);
  const [batch, channels, height, width] = x.shape as [Size, Size, Size, Size];
  const each = dividedBy(name, channels, by * by, "channels");
  const parts = reshape.node([x], { shape: [batch, each, size(by), size(by), height, width] });
  const shape = [batch, each, mul(height, size(by)), mul(width, size(by))];
  return reshape.node([transpose(parts, [0, 1, 4, 2, 5, 3])], { shape });
}

export function pixelUnshuffle(given: Expression, factor: number): Expression {
  const name = "pixelUnshuffle";
  const by = requireFactor(name, factor);
  const x = requirePlane(name, given);
  const [batch, channels, ...sizes] = x.shape as [Size, Size, Size, Size];
  const [high, wide] = sizes.map((each, axis) => dividedBy(name, each, by, axisWords(2)[axis] as string)) as [
    Size,
    Size,
  ];
  const parts = reshape.node([x], { shape: [batch, channels, high, size(by), wide, size(by)] });
  return reshape.node([transpose(parts, [0, 1, 3, 5, 2, 4])], {
    shape: [batch, mul(channels, size(by * by)), high, wide],
  });
}

addMethods({ upsample, pixelShuffle, pixelUnshuffle });
