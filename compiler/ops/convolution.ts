/**
 * Convolution, its two adjoints, and how all three are made of products over windows. Each is linear in both arguments, and
 * the gradients of each are the other two.
 */
import type { Expression } from "../ir/op.js";
import { defineOp, literal } from "../ir/op.js";
import { floorDiv, mul, one, size, zero, type Size } from "../ir/size.js";
import { add as plus } from "./add.js";
import { broadcastTo, sum } from "./broadcast.js";
import { concat } from "./concat.js";
import { dot } from "./dot.js";
import { mul as times } from "./mul.js";
import { reshape } from "./reshape.js";
import { slice } from "./slice.js";
import { interior, surround, surroundedShape, type Around } from "./surround.js";
import { fold, tapsOf, windows, type Sliding } from "./windows.js";

/** How windows lie on an image, for each of its axes but the first two. */
export interface Convolving extends Sliding, Record<string, unknown> {
  /** Zeros before the first and behind the last element. */
  readonly padding: Around;
  /** Channels are convolved in so many groups apart. */
  readonly groups: number;
  /** How many windows there are along each axis. */
  readonly windows: readonly Size[];
}

const spatial = (x: Expression): readonly Size[] => x.shape.slice(2);

const padded = (x: Expression, { padding }: Convolving): Expression => surround(x, padding, "convolution");

/** [first, channels, ...] as [first, groups, channels of a group, ...]; the first axis of a weight holds the groups. */
function grouped(x: Expression, groups: number): Expression {
  const [first, channels, ...others] = x.shape as [Size, Size, ...Size[]];
  return reshape.node([x], { shape: [first, size(groups), floorDiv(channels, size(groups)), ...others] });
}

function groupedWeight(weight: Expression, groups: number): Expression {
  const [outs, ...others] = weight.shape as [Size, ...Size[]];
  return reshape.node([weight], { shape: [size(groups), floorDiv(outs, size(groups)), ...others] });
}

/** [first, groups, channels of a group, ...] with one axis for all channels. */
function ungrouped(x: Expression): Expression {
  const [first, groups, channels, ...others] = x.shape as [Size, Size, Size, ...Size[]];
  return reshape.node([x], { shape: [first, mul(groups, channels), ...others] });
}

/** The windows of an image, by groups: [batch, groups, channels of a group, ...kernel, ...windows]. */
const groupedWindows = (x: Expression, by: Convolving): Expression =>
  windows.node([grouped(padded(x, by), by.groups)], slidingOf(by));

const slidingOf = ({ kernel, stride, dilation, windows: count }: Convolving) => ({
  ...{ kernel, stride, dilation },
  windows: count,
});

/** Numbers of axes, from the first on. */
const axes = (first: number, count: number): number[] => Array.from({ length: count }, (_, each) => first + each);

/** Each weight [groups, outs of a group, channels of a group, ...kernel] for each image. */
const forEachImage = (weight: Expression, groups: number, batch: Size): Expression => {
  const own = groupedWeight(weight, groups);
  return broadcastTo(own, [batch, ...own.shape]);
};

/**
 * `y[n, o, i] = sum over c and k of weight[o, c, k] x[n, c, stride i + dilation k - low]`, for x [batch, channels, ...sizes]
 * and weight [outs, channels / groups, ...kernel]; zeros stand around x.
 */
export const convolution = defineOp<[x: Expression, weight: Expression, by: Convolving], Convolving>({
  name: "convolution",
  parse: (x, weight, by) => ({ args: [x, weight], attributes: { ...by } }),
  infer: ([x, weight], by) => ({
    shape: [x.shape[0] as Size, weight.shape[0] as Size, ...by.windows],
    element: "float",
  }),
  expand([x, weight], by) {
    const rank = by.kernel.length;
    if (isDepthwise(weight, by)) return depthwise(x, weight, by);
    const product = dot.node([forEachImage(weight, by.groups, x.shape[0] as Size), groupedWindows(x, by)], {
      batch: axes(0, 2).map((axis) => [axis, axis] as const),
      contract: [[3, 2], ...axes(0, rank).map((axis) => [4 + axis, 3 + axis] as const)],
    });
    return ungrouped(product);
  },
  gradient: ({ args: [x, weight], attributes, cotangent }): [Expression, Expression] => [
    convolutionInput.node([cotangent, weight], { ...attributes, sizes: spatial(x) }),
    convolutionWeight.node([x, cotangent], { ...attributes }),
  ],
});

/** The adjoint of the convolution in its image: `sizes` are those of the image. */
export const convolutionInput = defineOp<
  [y: Expression, weight: Expression, by: Convolving & { readonly sizes: readonly Size[] }],
  Convolving & { readonly sizes: readonly Size[] }
>({
  name: "convolutionInput",
  parse: (y, weight, by) => ({ args: [y, weight], attributes: { ...by } }),
  infer: ([y, weight], { groups, sizes }) => ({
    shape: [y.shape[0] as Size, mul(weight.shape[1] as Size, size(groups)), ...sizes],
    element: "float",
  }),
  expand([y, weight], by) {
    const [batch] = y.shape as [Size];
    const { groups, sizes } = by;
    const parts =
      isDepthwise(weight, by) && weight.shape[0]?.key === size(groups).key
        ? depthwiseParts(y, weight, by)
        : dot.node([forEachImage(weight, groups, batch), grouped(y, groups)], {
            batch: axes(0, 2).map((axis) => [axis, axis] as const),
            contract: [[2, 2]],
          });
    const base = broadcastTo(literal(0, "float"), surroundedShape([...parts.shape.slice(0, 3), ...sizes], by.padding));
    const all = ungrouped(fold.node([base, parts], slidingOf(by)));
    return interior(all, by.padding, [...all.shape.slice(0, 2), ...sizes], "convolution");
  },
  gradient: ({ args: [y, weight], attributes: { sizes: _, ...by }, cotangent }): [Expression, Expression] => [
    convolution.node([cotangent, weight], by as Convolving),
    convolutionWeight.node([cotangent, y], by as Convolving),
  ],
});

/** The adjoint of the convolution in its weight. */
export const convolutionWeight = defineOp<[x: Expression, y: Expression, by: Convolving], Convolving>({
  name: "convolutionWeight",
  parse: (x, y, by) => ({ args: [x, y], attributes: { ...by } }),
  infer: ([x, y], { groups, kernel }) => ({
    shape: [y.shape[1] as Size, floorDiv(x.shape[1] as Size, size(groups)), ...kernel.map((each) => size(each))],
    element: "float",
  }),
  expand([x, y], by) {
    const { groups, kernel } = by;
    const rank = kernel.length;
    const [outs, channels] = [y.shape[1] as Size, floorDiv(x.shape[1] as Size, size(groups))];
    const shape = [outs, channels, ...kernel.map((each) => size(each))];
    if (channels.key === one.key && groups > 1) return depthwiseWeight(x, y, by, shape);
    const product = dot.node([grouped(y, groups), groupedWindows(x, by)], {
      batch: [[1, 1]],
      contract: [[0, 0], ...axes(0, rank).map((axis) => [3 + axis, 3 + rank + axis] as const)],
    });
    return reshape.node([product], { shape });
  },
  gradient: ({ args: [x, y], attributes, cotangent }): [Expression, Expression] => [
    convolutionInput.node([y, cotangent], { ...attributes, sizes: spatial(x) }),
    convolution.node([x, cotangent], { ...attributes }),
  ],
});

/** Whether each output channel is made of one of several input channels. */
const isDepthwise = (weight: Expression, { groups }: Convolving): boolean =>
  groups > 1 && weight.shape[1]?.key === one.key;

const taps = (x: Expression, by: Convolving) => tapsOf(grouped(padded(x, by), by.groups), slidingOf(by), "convolution");

/** The sum of products with one tap of the weight after another: a product over one channel would fill no tile. */
function depthwise(x: Expression, weight: Expression, by: Convolving): Expression {
  const own = groupedWeight(weight, by.groups);
  let sum: Expression | null = null;
  for (const { at, part } of taps(x, by)) {
    const start = [zero, zero, zero, ...at.map((each) => size(each))];
    const shape = [...own.shape.slice(0, 3), ...at.map(() => one)];
    const tap = slice.node([own], { start, step: shape.map(() => 1), shape, partOf: "convolution" });
    const factor = reshape.node([tap], { shape: [...own.shape.slice(0, 2), ...at.map(() => one)] });
    const product = times(part, factor);
    sum = sum ? plus(sum, product) : product;
  }
  return ungrouped(sum as Expression);
}

/** What each window of the image gets of the cotangent, if each channel has one output: [batch, groups, 1, ...kernel, ...windows]. */
function depthwiseParts(y: Expression, weight: Expression, { kernel, groups, windows: count }: Convolving): Expression {
  const [batch, channels] = [y.shape[0] as Size, size(groups)];
  const along = kernel.map(() => one);
  const each = reshape.node([y], { shape: [batch, channels, one, ...along, ...count] });
  const factor = reshape.node([weight], { shape: [channels, one, ...kernel.map((of) => size(of)), ...along] });
  return times(each, factor);
}

/** One sum for each tap. */
function depthwiseWeight(x: Expression, y: Expression, by: Convolving, shape: readonly Size[]): Expression {
  const each = grouped(y, by.groups);
  const over = [0, ...axes(3, by.kernel.length)];
  const [outs] = shape as [Size];
  const sums = [...taps(x, by)].map(({ part }) => reshape.node([sum(times(part, each), over)], { shape: [outs, one] }));
  return reshape.node([concat(sums, 1)], { shape });
}
