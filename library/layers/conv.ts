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
} from "../../compiler/ops/conv.js";
import { checkName } from "../../compiler/ops/declarations.js";
import { gather } from "../../compiler/ops/gather.js";
import { uniform } from "../../compiler/ops/initializers.js";
import { param } from "../../compiler/ops/param.js";
import { axisWords, eachAxis, requireImage, type EachAxis } from "../../compiler/ops/slidingOptions.js";
import { applying, checkFeatures, requireChannels } from "./features.js";

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

/** The weight of a convolutional layer, and its bias if it has one. */
export type ConvParameters<W extends readonly Dim[], Out extends Dim, P> = {
  /** As PyTorch has it. */
  readonly weight: Tensor<W>;
} & (P extends { readonly bias: false } ? unknown : { readonly bias: Tensor<readonly [Out]> });

type Sizes<S extends readonly Dim[], P> = P extends { readonly padding: "same" } ? S : { [I in keyof S]: number };

/** A convolutional layer; applying it twice shares its weights. */
export type Conv1d<In extends Dim, Out extends Dim, P> = ConvParameters<readonly [Out, number, number], Out, P> &
  (<N extends Dim, L extends Dim>(
    x: Tensor<readonly [N, In, L]>,
  ) => Tensor<readonly [N, Out, ...Sizes<readonly [L], P>]>);

/** A convolutional layer; applying it twice shares its weights. */
export type Conv2d<In extends Dim, Out extends Dim, P> = ConvParameters<
  readonly [Out, number, number, number],
  Out,
  P
> &
  (<N extends Dim, H extends Dim, W extends Dim>(
    x: Tensor<readonly [N, In, H, W]>,
  ) => Tensor<readonly [N, Out, ...Sizes<readonly [H, W], P>]>);

/** A convolutional layer; applying it twice shares its weights. */
export type Conv3d<In extends Dim, Out extends Dim, P> = ConvParameters<
  readonly [Out, number, number, number, number],
  Out,
  P
> &
  (<N extends Dim, D extends Dim, H extends Dim, W extends Dim>(
    x: Tensor<readonly [N, In, D, H, W]>,
  ) => Tensor<readonly [N, Out, ...Sizes<readonly [D, H, W], P>]>);

/** A transposed convolutional layer; applying it twice shares its weights. */
export type ConvTranspose1d<In extends Dim, Out extends Dim, P> = ConvParameters<
  readonly [In, number, number],
  Out,
  P
> &
  (<N extends Dim, L extends Dim>(x: Tensor<readonly [N, In, L]>) => Tensor<readonly [N, Out, number]>);

/** A transposed convolutional layer; applying it twice shares its weights. */
export type ConvTranspose2d<In extends Dim, Out extends Dim, P> = ConvParameters<
  readonly [In, number, number, number],
  Out,
  P
> &
  (<N extends Dim, H extends Dim, W extends Dim>(
    x: Tensor<readonly [N, In, H, W]>,
  ) => Tensor<readonly [N, Out, number, number]>);

/** A transposed convolutional layer; applying it twice shares its weights. */
export type ConvTranspose3d<In extends Dim, Out extends Dim, P> = ConvParameters<
  readonly [In, number, number, number, number],
  Out,
  P
> &
  (<N extends Dim, D extends Dim, H extends Dim, W extends Dim>(
    x: Tensor<readonly [N, In, D, H, W]>,
  ) => Tensor<readonly [N, Out, number, number, number]>);

export interface Conv1dLayer {
  /**
   * Declares a convolution of x [batch, in, length] by the parameter `name.weight` [out, in / groups, kernel], to which
   * `name.bias` [out] is added: [batch, out, length'], as `x.conv1d(weight, options)`. Both are uniform in
   * ±1/sqrt(in / groups * kernel), as in PyTorch.
   */
  <In extends number, Out extends number, const P extends ConvLayerOptions = ConvLayerOptions>(
    name: string,
    inChannels: In,
    outChannels: Out,
    kernelSize: EachAxis,
    options?: P,
  ): Conv1d<In, Out, P>;
}

export interface Conv2dLayer {
  /**
   * Declares a convolution of x [batch, in, height, width] by the parameter `name.weight` [out, in / groups, ...kernel], to
   * which `name.bias` [out] is added, as `x.conv2d(weight, options)`. Both are uniform in ±1/sqrt(n), n the numbers of a
   * kernel, in / groups * height * width, as in PyTorch.
   */
  <In extends number, Out extends number, const P extends ConvLayerOptions = ConvLayerOptions>(
    name: string,
    inChannels: In,
    outChannels: Out,
    kernelSize: EachAxis,
    options?: P,
  ): Conv2d<In, Out, P>;
}

export interface Conv3dLayer {
  /** As `conv2d`, for x [batch, in, depth, height, width]. */
  <In extends number, Out extends number, const P extends ConvLayerOptions = ConvLayerOptions>(
    name: string,
    inChannels: In,
    outChannels: Out,
    kernelSize: EachAxis,
    options?: P,
  ): Conv3d<In, Out, P>;
}

export interface ConvTranspose1dLayer {
  /**
   * Declares a transposed convolution of x [batch, in, length] by the parameter `name.weight` [in, out / groups, kernel], to
   * which `name.bias` [out] is added, as `x.convTranspose1d(weight, options)`. Both are uniform in ±1/sqrt(out / groups *
   * kernel), as in PyTorch.
   */
  <In extends number, Out extends number, const P extends ConvTransposeLayerOptions = ConvTransposeLayerOptions>(
    name: string,
    inChannels: In,
    outChannels: Out,
    kernelSize: EachAxis,
    options?: P,
  ): ConvTranspose1d<In, Out, P>;
}

export interface ConvTranspose2dLayer {
  /** As `convTranspose1d`, for x [batch, in, height, width]. */
  <In extends number, Out extends number, const P extends ConvTransposeLayerOptions = ConvTransposeLayerOptions>(
    name: string,
    inChannels: In,
    outChannels: Out,
    kernelSize: EachAxis,
    options?: P,
  ): ConvTranspose2d<In, Out, P>;
}

export interface ConvTranspose3dLayer {
  /** As `convTranspose1d`, for x [batch, in, depth, height, width]. */
  <In extends number, Out extends number, const P extends ConvTransposeLayerOptions = ConvTransposeLayerOptions>(
    name: string,
    inChannels: In,
    outChannels: Out,
    kernelSize: EachAxis,
    options?: P,
  ): ConvTranspose3d<In, Out, P>;
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

function imageOf(layer: string, given: Expression, rank: number, channels: number): Expression {
  const x = requireImage(layer, given, rank);
  requireChannels(layer, x, channels);
  return x;
}

const convLayer = (operation: string, rank: number, apply: Apply) =>
  entry(
    operation,
    (name: string, inChannels: number, outChannels: number, kernelSize: EachAxis, options: ConvLayerOptions = {}) => {
      const layer = `${operation} '${checkName(operation, name)}'`;
      checkOptions(layer, options, ["stride", "padding", "dilation", "groups", "bias", "paddingMode"]);
      const { bias: withBias = true, paddingMode = "zeros", ...sliding } = options;
      checkFeatures(layer, inChannels, outChannels);
      requireSwitch(layer, "bias", withBias);
      requireWord(layer, "paddingMode", paddingMode, modes);
      const kernel = eachAxis(layer, "kernel size", kernelSize, rank);
      const { groups, padding } = resolveConv(layer, kernel, sliding);
      requireGroups(layer, groups, inChannels, outChannels);
      const bound = 1 / Math.sqrt(kernel.reduce((a, b) => a * b, inChannels / groups));
      const weight = param(`${name}.weight`, [outChannels, inChannels / groups, ...kernel], uniform(-bound, bound));
      const bias = withBias ? param(`${name}.bias`, [outChannels], uniform(-bound, bound)) : null;
      const call = applying(layer, name, (given) => {
        const x = imageOf(layer, given, rank, inChannels);
        const own = { ...sliding, ...(bias && { bias }) };
        if (paddingMode === "zeros") return apply(x, weight, own);
        return apply(surrounded(layer, x, paddingMode, padding), weight, { ...own, padding: 0 });
      });
      return Object.freeze(Object.assign(call, { weight, ...(bias && { bias }) }));
    },
  );

const transposedLayer = (operation: string, rank: number, apply: Apply) =>
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
      const { bias: withBias = true, ...sliding } = options;
      checkFeatures(layer, inChannels, outChannels);
      requireSwitch(layer, "bias", withBias);
      const kernel = eachAxis(layer, "kernel size", kernelSize, rank);
      const { groups } = resolveTransposed(layer, kernel, sliding);
      requireGroups(layer, groups, inChannels, outChannels);
      const bound = 1 / Math.sqrt(kernel.reduce((a, b) => a * b, outChannels / groups));
      const weight = param(`${name}.weight`, [inChannels, outChannels / groups, ...kernel], uniform(-bound, bound));
      const bias = withBias ? param(`${name}.bias`, [outChannels], uniform(-bound, bound)) : null;
      const call = applying(layer, name, (given) =>
        apply(imageOf(layer, given, rank, inChannels), weight, { ...sliding, ...(bias && { bias }) }),
      );
      return Object.freeze(Object.assign(call, { weight, ...(bias && { bias }) }));
    },
  );

export const conv1d = published<Conv1dLayer>(convLayer("conv1d", 1, convolve1d));
export const conv2d = published<Conv2dLayer>(convLayer("conv2d", 2, convolve2d));
export const conv3d = published<Conv3dLayer>(convLayer("conv3d", 3, convolve3d));
export const convTranspose1d = published<ConvTranspose1dLayer>(transposedLayer("convTranspose1d", 1, spread1d));
export const convTranspose2d = published<ConvTranspose2dLayer>(transposedLayer("convTranspose2d", 2, spread2d));
export const convTranspose3d = published<ConvTranspose3dLayer>(transposedLayer("convTranspose3d", 3, spread3d));
