/** Convolutional layers. */
import { published } from "../../compiler/ir/asTensor.js";
import { checkOptions, entry, requireSwitch, requireWord } from "../../compiler/ir/guards.js";
import { shapeFault, type Expression } from "../../compiler/ir/op.js";
import type { Dim } from "../../compiler/ir/shape.js";
import { constantOf, type Size } from "../../compiler/ir/size.js";
import type { Tensor } from "../../compiler/ir/tensorMethods.js";
import { constant } from "../../compiler/ops/constant.js";
import {
  conv1d as convolve1d,
  conv2d as convolve2d,
  conv3d as convolve3d,
  convTranspose1d as spread1d,
  convTranspose2d as spread2d,
  convTranspose3d as spread3d,
  requireGroups,
  resolveConv,
  resolveTransposed,
  type ConvOptions,
  type ConvTransposeOptions,
  type Slid,
} from "../../compiler/ops/conv.js";
import { checkName } from "../../compiler/ops/declarations.js";
import { gather } from "../../compiler/ops/gather.js";
import { uniform } from "../../compiler/ops/initializers.js";
import { param } from "../../compiler/ops/param.js";
import {
  axisWords,
  eachAxis,
  requireChannels,
  requireImage,
  type EachAxis,
} from "../../compiler/ops/slidingOptions.js";
import { applying, checkFeatures } from "./features.js";

const modes = ["zeros", "reflect", "replicate", "circular"] as const;

/** What stands around an image: zeros, the image mirrored in its edge, its edge repeated, or its other end. */
export type PaddingMode = (typeof modes)[number];

/** The options of a convolutional layer. */
export interface ConvLayerOptions extends ConvOptions {
  /** Whether there is a bias. Default true. */
  readonly bias?: boolean;
  /** What stands around the image; all but "zeros" need fixed sizes. Default "zeros". */
  readonly paddingMode?: PaddingMode;
}

/** The options of a transposed convolutional layer. */
export interface ConvTransposeLayerOptions extends ConvTransposeOptions {
  /** Whether there is a bias. Default true. */
  readonly bias?: boolean;
}

/** The axes of an image behind its channels. */
interface Places {
  readonly 1: readonly [Dim];
  readonly 2: readonly [Dim, Dim];
  readonly 3: readonly [Dim, Dim, Dim];
}
type Rank = keyof Places;

type Numbers<S extends readonly Dim[]> = { readonly [I in keyof S]: number };

/** The weight of a convolutional layer. */
export interface ConvWeight<First extends Dim, R extends Rank> {
  /** As PyTorch has it. */
  readonly weight: Tensor<readonly [First, number, ...Numbers<Places[R]>]>;
}

// Members beside one call, in an interface and not an intersection: only so do types flow through `sequential`.
/** A convolutional layer without a bias, for images of R axes; applying it twice shares its weight. */
export interface ConvWithoutBias<In extends Dim, Out extends Dim, R extends Rank, P> extends ConvWeight<Out, R> {
  <N extends Dim, S extends Places[R]>(x: Tensor<readonly [N, In, ...S]>): Tensor<readonly [N, Out, ...Slid<S, P>]>;
}

/** A convolutional layer for images of R axes; applying it twice shares its weight and bias. */
export interface Conv<In extends Dim, Out extends Dim, R extends Rank, P> extends ConvWeight<Out, R> {
  <N extends Dim, S extends Places[R]>(x: Tensor<readonly [N, In, ...S]>): Tensor<readonly [N, Out, ...Slid<S, P>]>;
  readonly bias: Tensor<readonly [Out]>;
}

/** A transposed convolutional layer without a bias, for images of R axes; applying it twice shares its weight. */
export interface ConvTransposeWithoutBias<In extends Dim, Out extends Dim, R extends Rank> extends ConvWeight<In, R> {
  <N extends Dim, S extends Places[R]>(x: Tensor<readonly [N, In, ...S]>): Tensor<readonly [N, Out, ...Numbers<S>]>;
}

/** A transposed convolutional layer for images of R axes; applying it twice shares its weight and bias. */
export interface ConvTranspose<In extends Dim, Out extends Dim, R extends Rank> extends ConvWeight<In, R> {
  <N extends Dim, S extends Places[R]>(x: Tensor<readonly [N, In, ...S]>): Tensor<readonly [N, Out, ...Numbers<S>]>;
  readonly bias: Tensor<readonly [Out]>;
}

export interface ConvLayer<R extends Rank> {
  /**
   * Declares a convolution of x [batch, in, ...], an image of one axis (`conv1d`), two (`conv2d`: height and width) or three
   * (`conv3d`: depth before them), by the parameter `name.weight` [out, in / groups, ...kernel], to which `name.bias` [out]
   * is added, as `x.conv2d(weight, options)`. Both are uniform in ±1/sqrt(n), n the numbers of a kernel of in / groups
   * channels, as in PyTorch.
   */
  <In extends number, Out extends number, const P extends ConvLayerOptions = ConvLayerOptions>(
    name: string,
    inChannels: In,
    outChannels: Out,
    kernelSize: EachAxis,
    options?: P,
  ): P extends { readonly bias: false } ? ConvWithoutBias<In, Out, R, P> : Conv<In, Out, R, P>;
}

export interface ConvTransposeLayer<R extends Rank> {
  /**
   * Declares a transposed convolution of x [batch, in, ...], an image of one, two or three axes, by the parameter
   * `name.weight` [in, out / groups, ...kernel], to which `name.bias` [out] is added, as `x.convTranspose2d(weight, options)`.
   * Both are uniform in ±1/sqrt(n), n the numbers of a kernel of out / groups channels, as in PyTorch.
   */
  <In extends number, Out extends number, const P extends ConvTransposeLayerOptions = ConvTransposeLayerOptions>(
    name: string,
    inChannels: In,
    outChannels: Out,
    kernelSize: EachAxis,
    options?: P,
  ): P extends { readonly bias: false } ? ConvTransposeWithoutBias<In, Out, R> : ConvTranspose<In, Out, R>;
}

type Apply = (x: Expression, weight: Expression, options: object) => Expression;

/** The place in the image of each place in the padded one, along an axis. */
function placesAround(mode: PaddingMode, extent: number, before: number, behind: number): number[] {
  return Array.from({ length: before + extent + behind }, (_, at) => {
    const place = at - before;
    if (mode === "circular") return (place + extent) % extent;
    if (mode === "replicate") return Math.min(Math.max(place, 0), extent - 1);
    return place < 0 ? -place : place < extent ? place : 2 * (extent - 1) - place;
  });
}

/** The image with its own elements around it. */
function surrounded(
  layer: string,
  x: Expression,
  mode: PaddingMode,
  padding: readonly (readonly [number, number])[],
): Expression {
  return padding.reduce((image, [before, behind], axis) => {
    if (before + behind === 0) return image;
    const size = x.shape[2 + axis] as Size;
    const extent = constantOf(size);
    const most = extent === null ? null : mode === "reflect" ? extent - 1 : mode === "circular" ? extent : Infinity;
    if (extent === null || most === null || Math.max(before, behind) > most) {
      shapeFault(
        `${layer}: the paddingMode "${mode}" does not fit the ${axisWords(padding.length)[axis] ?? "length"}`,
        extent === null ? "a fixed size" : `at most ${most} elements of padding`,
        extent === null ? size.key : `${Math.max(before, behind)}`,
      );
    }
    return gather(image, constant(placesAround(mode, extent, before, behind), "int32"), 2 + axis);
  }, x);
}

interface Declared {
  readonly name: string;
  readonly layer: string;
  readonly inChannels: number;
  readonly weight: readonly number[];
  /** The numbers of which one output is made, by which the parameters are scaled. */
  readonly fan: number;
  readonly outChannels: number;
  readonly bias: boolean;
}

/** The layer with its parameters; `apply` is given the image, the weight and, if there is one, the bias as an option. */
function declared(
  { name, layer, inChannels, weight: shape, fan, outChannels, bias: withBias }: Declared,
  apply: (x: Expression, weight: Expression, bias: { readonly bias?: Expression }) => Expression,
) {
  const bound = 1 / Math.sqrt(fan);
  const weight = param(`${name}.weight`, shape, uniform(-bound, bound));
  const bias = withBias ? { bias: param(`${name}.bias`, [outChannels], uniform(-bound, bound)) } : {};
  const call = applying(layer, name, (given) => {
    const x = requireImage(layer, given, shape.length - 2);
    requireChannels(layer, x, inChannels);
    return apply(x, weight, bias);
  });
  return Object.freeze(Object.assign(call, { weight, ...bias }));
}

const product = (numbers: readonly number[]): number => numbers.reduce((a, b) => a * b, 1);

const convLayer = (operation: string, rank: Rank, convolve: Apply) =>
  entry(
    operation,
    (name: string, inChannels: number, outChannels: number, kernelSize: EachAxis, options: ConvLayerOptions = {}) => {
      const layer = `${operation} '${checkName(operation, name)}'`;
      checkOptions(layer, options, ["stride", "padding", "dilation", "groups", "bias", "paddingMode"]);
      const { bias = true, paddingMode = "zeros", ...sliding } = options;
      checkFeatures(layer, inChannels, outChannels);
      requireSwitch(layer, "bias", bias);
      requireWord(layer, "paddingMode", paddingMode, modes);
      const kernel = eachAxis(layer, "kernel size", kernelSize, rank);
      const { groups, padding } = resolveConv(layer, kernel, sliding);
      requireGroups(layer, groups, inChannels, outChannels);
      const channels = inChannels / groups;
      const weight = [outChannels, channels, ...kernel];
      const fan = channels * product(kernel);
      return declared({ name, layer, inChannels, outChannels, weight, fan, bias }, (x, by, added) => {
        if (paddingMode === "zeros") return convolve(x, by, { ...sliding, ...added });
        return convolve(surrounded(layer, x, paddingMode, padding), by, { ...sliding, ...added, padding: 0 });
      });
    },
  );

const transposedLayer = (operation: string, rank: Rank, spread: Apply) =>
  entry(
    operation,
    (
      name: string,
      inChannels: number,
      outChannels: number,
      kernelSize: EachAxis,
      options: ConvTransposeLayerOptions = {},
    ) => {
      const layer = `${operation} '${checkName(operation, name)}'`;
      checkOptions(layer, options, ["stride", "padding", "outputPadding", "dilation", "groups", "bias"]);
      const { bias = true, ...sliding } = options;
      checkFeatures(layer, inChannels, outChannels);
      requireSwitch(layer, "bias", bias);
      const kernel = eachAxis(layer, "kernel size", kernelSize, rank);
      const { groups } = resolveTransposed(layer, kernel, sliding);
      requireGroups(layer, groups, inChannels, outChannels);
      const channels = outChannels / groups;
      const weight = [inChannels, channels, ...kernel];
      const fan = channels * product(kernel);
      return declared({ name, layer, inChannels, outChannels, weight, fan, bias }, (x, by, added) =>
        spread(x, by, { ...sliding, ...added }),
      );
    },
  );

export const conv1d = published<ConvLayer<1>>(convLayer("conv1d", 1, convolve1d));
export const conv2d = published<ConvLayer<2>>(convLayer("conv2d", 2, convolve2d));
export const conv3d = published<ConvLayer<3>>(convLayer("conv3d", 3, convolve3d));
export const convTranspose1d = published<ConvTransposeLayer<1>>(transposedLayer("convTranspose1d", 1, spread1d));
export const convTranspose2d = published<ConvTransposeLayer<2>>(transposedLayer("convTranspose2d", 2, spread2d));
export const convTranspose3d = published<ConvTransposeLayer<3>>(transposedLayer("convTranspose3d", 3, spread3d));
