/** Calls of convolutions and of what they are made of, with every option. */
import fc from "fast-check";
import type { Expression } from "../compiler/ir/op.js";
import { size } from "../compiler/ir/size.js";
import * as conv from "../compiler/ops/conv.js";
import { convolutionWeight } from "../compiler/ops/convolution.js";
import { countOf } from "../compiler/ops/rowMajor.js";
import { fold, windows, windowsIn } from "../compiler/ops/windows.js";
import { between, generator } from "../compiler/check/numbers.js";
import { seeds, type OperationCall, type TensorValue } from "./operationCall.js";

interface Drawn {
  readonly batch: number;
  readonly groups: number;
  /** Channels and outputs of each group. */
  readonly channels: number;
  readonly outs: number;
  /** For each axis of the image. */
  readonly axes: readonly {
    readonly kernel: number;
    readonly stride: number;
    readonly dilation: number;
    readonly before: number;
    readonly behind: number;
    /** Elements beyond the least that a window needs. */
    readonly more: number;
  }[];
  readonly seed: number;
}

const axis = fc.record({
  kernel: fc.constantFrom(1, 2, 3, 5),
  stride: fc.constantFrom(1, 1, 2, 3),
  dilation: fc.constantFrom(1, 1, 2),
  before: fc.constantFrom(0, 0, 1, 2),
  behind: fc.constantFrom(0, 1, 3),
  more: fc.constantFrom(0, 1, 2, 5, 13),
});

const drawsOf = (...ranks: readonly number[]): fc.Arbitrary<Drawn> =>
  fc
    .record({
      batch: fc.constantFrom(1, 2, 3),
      groups: fc.constantFrom(1, 1, 2, 5),
      channels: fc.constantFrom(1, 2, 3),
      outs: fc.constantFrom(1, 2, 3, 5),
      axes: fc.oneof(...ranks.map((rank) => fc.array(axis, { minLength: rank, maxLength: rank }))),
      seed: seeds,
    })
    .filter((drawn) => {
      const work = countOf(imageOf(drawn)) * drawn.outs * countOf(kernelOf(drawn));
      return countOf(imageOf(drawn)) <= 1500 && work <= 20_000;
    });

const kernelOf = ({ axes }: Drawn): number[] => axes.map(({ kernel }) => kernel);

const sizesOf = ({ axes }: Drawn): number[] =>
  axes.map(
    ({ kernel, dilation, before, behind, more }) => Math.max(1, dilation * (kernel - 1) + 1 - before - behind) + more,
  );

const imageOf = (drawn: Drawn): number[] => [drawn.batch, drawn.groups * drawn.channels, ...sizesOf(drawn)];

const weightOf = (drawn: Drawn): number[] => [drawn.groups * drawn.outs, drawn.channels, ...kernelOf(drawn)];

/** The sizes of the result. */
const countsOf = (drawn: Drawn): number[] =>
  drawn.axes.map(
    ({ kernel, stride, dilation, before, behind }, at) =>
      Math.floor(((sizesOf(drawn)[at] as number) + before + behind - dilation * (kernel - 1) - 1) / stride) + 1,
  );

const optionsOf = ({ axes, groups }: Drawn) => ({
  stride: axes.map(({ stride }) => stride),
  dilation: axes.map(({ dilation }) => dilation),
  padding: axes.map(({ before, behind }) => [before, behind] as const),
  groups,
});

const tensors = (shapes: readonly (readonly number[])[], seed: number): TensorValue[] => {
  const next = generator(seed);
  return shapes.map((shape) => ({ shape, element: "float", data: between(-2, 2, countOf(shape), next) }));
};

const textOf = (name: string, drawn: Drawn): string => `${name} [${imageOf(drawn).join()}] ${JSON.stringify(drawn)}`;

type Convolve = (x: Expression, weight: Expression, options?: object) => Expression;

const convolve = [conv.conv1d, conv.conv2d, conv.conv3d] as readonly Convolve[];
const spread = [conv.convTranspose1d, conv.convTranspose2d, conv.convTranspose3d] as readonly Convolve[];

const convolved = (rank: 1 | 2 | 3): fc.Arbitrary<OperationCall> =>
  drawsOf(rank).map((drawn): OperationCall => ({
    text: textOf(`conv${rank}d`, drawn),
    args: tensors([imageOf(drawn), weightOf(drawn)], drawn.seed),
    make: ([x, weight]) =>
      (convolve[drawn.axes.length - 1] as Convolve)(x as Expression, weight as Expression, optionsOf(drawn)),
  }));

/** The drawn windows are those of the result, here an argument. */
const transposed = (rank: 1 | 2 | 3): fc.Arbitrary<OperationCall> =>
  drawsOf(rank)
    .map((drawn): OperationCall | null => {
      const { axes, groups, outs, channels, batch, seed } = drawn;
      const padding = axes.map(({ before }) => before);
      const outputPadding = axes.map(({ stride, dilation, more }) => more % Math.max(stride, dilation));
      const counts = countsOf(drawn);
      const isEmpty = axes.some(
        ({ kernel, stride, dilation, before }, at) =>
          ((counts[at] as number) - 1) * stride - 2 * before + dilation * (kernel - 1) + 1 < 1,
      );
      if (isEmpty) return null;
      const { stride, dilation } = optionsOf(drawn);
      const options = { stride, dilation, padding, outputPadding, groups };
      return {
        text: textOf(`convTranspose${rank}d`, drawn),
        args: tensors(
          [
            [batch, groups * outs, ...counts],
            [groups * outs, channels, ...kernelOf(drawn)],
          ],
          seed,
        ),
        make: ([x, weight]) => (spread[axes.length - 1] as Convolve)(x as Expression, weight as Expression, options),
      };
    })
    .filter((call) => call !== null);

const inWeight = drawsOf(1, 2, 3).map((drawn): OperationCall => {
  const by = { ...optionsOf(drawn), kernel: kernelOf(drawn) };
  return {
    text: textOf("convolutionWeight", drawn),
    args: tensors([imageOf(drawn), [drawn.batch, drawn.groups * drawn.outs, ...countsOf(drawn)]], drawn.seed),
    make: ([x, y]) =>
      convolutionWeight(x as Expression, y as Expression, {
        ...by,
        windows: windowsIn((x as Expression).shape.slice(2), by),
      }),
  };
});

const slid = (name: string, isFold: boolean): fc.Arbitrary<OperationCall> =>
  drawsOf(1, 2, 3).map((drawn): OperationCall => {
    const plain = { ...drawn, axes: drawn.axes.map((each) => ({ ...each, before: 0, behind: 0 })) };
    const [, , ...sizes] = imageOf(plain);
    const shape = [plain.batch, ...sizes];
    const counts = countsOf(plain);
    const { stride, dilation } = optionsOf(plain);
    const by = { kernel: kernelOf(plain), stride, dilation, windows: counts.map((each) => size(each)) };
    const parts = [plain.batch, ...kernelOf(plain), ...counts];
    return {
      text: textOf(name, plain),
      args: tensors(isFold ? [shape, parts] : [shape], plain.seed),
      make: ([x, y]) => (isFold ? fold(x as Expression, y as Expression, by) : windows(x as Expression, by)),
    };
  });

export const convolutions: Readonly<Record<string, fc.Arbitrary<OperationCall>>> = {
  conv1d: convolved(1),
  conv2d: convolved(2),
  conv3d: convolved(3),
  convTranspose1d: transposed(1),
  convTranspose2d: transposed(2),
  convTranspose3d: transposed(3),
  convolutionWeight: inWeight,
  windows: slid("windows", false),
  fold: slid("fold", true),
};
