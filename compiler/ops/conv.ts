/** Convolutions as the user asks for them. */
import { checkOptions } from "../ir/guards.js";
import { fail } from "../diagnostics.js";
import { addMethods, printType, requireTensor, shapeFault, type Expression } from "../ir/op.js";
import type { Dim, Shape } from "../ir/shape.js";
import type { Tensor } from "../ir/tensorMethods.js";
import { add as addSizes, constantOf, mul, size, sub, type Size } from "../ir/size.js";
import { add } from "./add.js";
import { convolution, convolutionInput } from "./convolution.js";
import { requireElement } from "./elementwise.js";
import { reshape } from "./reshape.js";
import {
  eachAxis,
  eachPadding,
  requireChannels,
  requireFit,
  requireImage,
  type EachAxis,
  type Padding,
} from "./slidingOptions.js";
import { reachesOf, windowsIn } from "./windows.js";

/** How a kernel slides over an image. */
export interface ConvOptions {
  /** From one place of the kernel to the next: whole numbers from 1. Default 1. */
  readonly stride?: EachAxis;
  /** Zeros around the image: whole numbers from 0, `[before, behind]` for an axis, "same" or "valid". Default 0. */
  readonly padding?: Padding;
  /** From one element of the image that the kernel meets to the next: whole numbers from 1. Default 1. */
  readonly dilation?: EachAxis;
  /** The channels are divided into so many groups, each with outputs of its own. Default 1. */
  readonly groups?: number;
}

interface Bias {
  /** [outs], added to each output channel. Default none. */
  readonly bias?: Tensor<Shape>;
}

/** How a kernel slides over an image, and what is added to each output channel. */
export interface ConvFunctionOptions extends ConvOptions, Bias {}

/** How the adjoint of a convolution spreads an image. */
export interface ConvTransposeOptions extends Pick<ConvOptions, "stride" | "dilation" | "groups"> {
  /** What is cut off at the ends of each axis of the result: whole numbers from 0. Default 0. */
  readonly padding?: EachAxis;
  /** Elements that the result is longer at the end of an axis: less than the stride or the dilation. Default 0. */
  readonly outputPadding?: EachAxis;
}

/** How the adjoint of a convolution spreads an image, and what is added to each output channel. */
export interface ConvTransposeFunctionOptions extends ConvTransposeOptions, Bias {}

/** The sizes of an image, which stay as they are with the padding "same"; otherwise the build computes them. */
export type Slid<S extends Shape, P> = P extends { readonly padding: "same" } ? S : { [I in keyof S]: number };

/** The shape of a convolution of an image R by a weight W. */
// prettier-ignore
export type Convolved<R extends Shape, W extends Shape, P> =
  R extends readonly [infer N extends Dim, Dim, ...infer S extends Shape]
    ? W extends readonly [infer O extends Dim, ...Shape] ? readonly [N, O, ...Slid<S, P>] : readonly [N, number, ...Slid<S, P>]
    : Shape;

/** The shape of the adjoint of a convolution. */
// prettier-ignore
export type Spread<R extends Shape> =
  R extends readonly [infer N extends Dim, Dim, ...infer S extends Shape]
    ? readonly [N, number, ...{ [I in keyof S]: number }]
    : Shape;

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * The convolution of x [batch, channels, length] by `weight` [outs, channels / groups, kernel]: [batch, outs, length'],
     * length' = floor((length + padding - dilation (kernel - 1) - 1) / stride) + 1. `y[n, o, i]` is the sum over c and k of
     * `weight[o, c, k] x[n, c, stride i + dilation k - before]`, as PyTorch's `conv1d`.
     */
    conv1d<R extends Shape, W extends Shape, const P extends ConvFunctionOptions = ConvFunctionOptions>(
      this: Tensor<R>,
      weight: Tensor<W>,
      options?: P,
    ): Tensor<Convolved<R, W, P>>;
    /** As `conv1d`, of x [batch, channels, height, width] by `weight` [outs, channels / groups, ...kernel]. */
    conv2d<R extends Shape, W extends Shape, const P extends ConvFunctionOptions = ConvFunctionOptions>(
      this: Tensor<R>,
      weight: Tensor<W>,
      options?: P,
    ): Tensor<Convolved<R, W, P>>;
    /** As `conv1d`, of x [batch, channels, depth, height, width] by `weight` [outs, channels / groups, ...kernel]. */
    conv3d<R extends Shape, W extends Shape, const P extends ConvFunctionOptions = ConvFunctionOptions>(
      this: Tensor<R>,
      weight: Tensor<W>,
      options?: P,
    ): Tensor<Convolved<R, W, P>>;
    /**
     * The transposed convolution of x [batch, channels, length] by `weight` [channels, outs / groups, kernel]: the gradient
     * of a convolution in its image, of length (length - 1) stride - 2 padding + dilation (kernel - 1) + outputPadding + 1,
     * as PyTorch's `conv_transpose1d`.
     */
    convTranspose1d<R extends Shape>(
      this: Tensor<R>,
      weight: Tensor<Shape>,
      options?: ConvTransposeFunctionOptions,
    ): Tensor<Spread<R>>;
    /** As `convTranspose1d`, of x [batch, channels, height, width] by `weight` [channels, outs / groups, ...kernel]. */
    convTranspose2d<R extends Shape>(
      this: Tensor<R>,
      weight: Tensor<Shape>,
      options?: ConvTransposeFunctionOptions,
    ): Tensor<Spread<R>>;
    /** As `convTranspose1d`, of x [batch, channels, depth, height, width] by `weight` [channels, outs / groups, ...kernel]. */
    convTranspose3d<R extends Shape>(
      this: Tensor<R>,
      weight: Tensor<Shape>,
      options?: ConvTransposeFunctionOptions,
    ): Tensor<Spread<R>>;
  }
}

/** The options without a bias, as numbers for each axis. */
export function resolveConv(name: string, kernel: readonly number[], options: ConvOptions) {
  const rank = kernel.length;
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  const strides = eachAxis(name, "stride", stride, rank);
  const dilations = eachAxis(name, "dilation", dilation, rank);
  const [only] = eachAxis(name, "number of groups", groups, 1) as [number];
  const reach = reachesOf({ kernel, dilation: dilations });
  const paddings = eachPadding(name, padding, { stride: strides, reach });
  return { kernel, stride: strides, dilation: dilations, padding: paddings, groups: only, reach };
}

/** Refuses groups that do not divide the numbers of channels. */
export function requireGroups(name: string, groups: number, ...channels: readonly number[]): void {
  if (channels.every((each) => each % groups === 0)) return;
  fail({
    code: "invalid-argument",
    message: `${name}: ${groups} groups do not divide the channels`,
    expected: "numbers of input and output channels that the number of groups divides",
    found: channels.join(" and "),
  });
}

/** The weight, and its sizes. */
function requireWeight(name: string, given: unknown, rank: number): { weight: Expression; sizes: readonly number[] } {
  const weight = requireTensor(name, given, 2);
  requireElement(name, weight, ["float"]);
  const sizes = weight.shape.map(constantOf);
  if (sizes.length === rank + 2 && sizes.every((each) => each !== null)) return { weight, sizes };
  return shapeFault(
    `${name}: the weight is not usable`,
    `numbers for outs, channels and each axis of the kernel`,
    printType(weight),
  );
}

const biased = (name: string, product: Expression, outs: number, rank: number, given: unknown): Expression => {
  if (given === undefined) return product;
  const bias = requireTensor(name, given, 2);
  if (bias.shape.length !== 1 || constantOf(bias.shape[0] as Size) !== outs)
    shapeFault(`${name}: the bias does not have one number for each output channel`, `[${outs}]`, printType(bias));
  return add(product, reshape(bias, [outs, ...Array.from({ length: rank }, () => 1)]));
};

const optionNames = ["stride", "padding", "dilation", "groups"];

const conv =
  (name: string, rank: number) =>
  (given: Expression, givenWeight: Expression, options: ConvFunctionOptions = {}): Expression => {
    checkOptions(name, options, [...optionNames, "bias"]);
    const x = requireImage(name, given, rank);
    const { weight, sizes } = requireWeight(name, givenWeight, rank);
    const [outs, channels, ...kernel] = sizes as [number, number, ...number[]];
    const { reach, ...by } = resolveConv(name, kernel, options);
    requireGroups(name, by.groups, outs);
    requireChannels(name, x, channels * by.groups);
    const windows = windowsIn(x.shape.slice(2), by);
    requireFit(name, x.shape.slice(2), windows, reach);
    return biased(name, convolution.node([x, weight], { ...by, windows }), outs, rank, options.bias);
  };

/** The options of a transposed convolution as numbers for each axis. */
export function resolveTransposed(name: string, kernel: readonly number[], options: ConvTransposeOptions) {
  const { padding = 0, outputPadding = 0, ...others } = options;
  const rank = kernel.length;
  const resolved = resolveConv(name, kernel, { ...others, padding: eachAxis(name, "padding", padding, rank, 0) });
  const behind = eachAxis(name, "outputPadding", outputPadding, rank, 0);
  behind.forEach((each, axis) => {
    const [stride, dilation] = [resolved.stride[axis] as number, resolved.dilation[axis] as number];
    if (each < Math.max(stride, dilation)) return;
    fail({
      code: "invalid-argument",
      message: `${name}: the outputPadding is too large`,
      expected: `less than the stride ${stride} or the dilation ${dilation}`,
      found: String(each),
    });
  });
  return { ...resolved, behind };
}

const convTranspose =
  (name: string, rank: number) =>
  (given: Expression, givenWeight: Expression, options: ConvTransposeFunctionOptions = {}): Expression => {
    checkOptions(name, options, [...optionNames, "outputPadding", "bias"]);
    const x = requireImage(name, given, rank);
    const { weight, sizes } = requireWeight(name, givenWeight, rank);
    const [channels, outs, ...kernel] = sizes as [number, number, ...number[]];
    const { bias, ...own } = options;
    const { reach, behind, ...by } = resolveTransposed(name, kernel, own);
    requireGroups(name, by.groups, channels);
    requireChannels(name, x, channels);
    const windows = x.shape.slice(2);
    const image = windows.map((each, axis) => {
      const [before, after] = by.padding[axis] as readonly [number, number];
      const last = mul(sub(each, size(1)), size(by.stride[axis] as number));
      return addSizes(last, size((reach[axis] as number) + 1 - before - after + (behind[axis] as number)));
    });
    image.forEach((each) => {
      if ((constantOf(each) ?? 1) < 1)
        shapeFault(`${name}: the padding cuts off the whole result`, "less padding", each.key);
    });
    const result = convolutionInput.node([x, weight], { ...by, windows, sizes: image });
    return biased(name, result, outs * by.groups, rank, bias);
  };

export const conv1d = conv("conv1d", 1);
export const conv2d = conv("conv2d", 2);
export const conv3d = conv("conv3d", 3);
export const convTranspose1d = convTranspose("convTranspose1d", 1);
export const convTranspose2d = convTranspose("convTranspose2d", 2);
export const convTranspose3d = convTranspose("convTranspose3d", 3);

addMethods({ conv1d, conv2d, conv3d, convTranspose1d, convTranspose2d, convTranspose3d });
