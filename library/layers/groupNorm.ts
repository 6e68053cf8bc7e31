/** Normalization of images: over groups of channels, or over each channel. */
import { fail } from "../../compiler/diagnostics.js";
import { published } from "../../compiler/ir/asTensor.js";
import { checkOptions, entry, requireOption, requireSwitch } from "../../compiler/ir/guards.js";
import { printType, shapeFault, type Expression } from "../../compiler/ir/op.js";
import type { Dim, Shape } from "../../compiler/ir/shape.js";
import { size, type Size } from "../../compiler/ir/size.js";
import type { Tensor } from "../../compiler/ir/tensorMethods.js";
import { add } from "../../compiler/ops/add.js";
import { checkName } from "../../compiler/ops/declarations.js";
import { ones, zeros } from "../../compiler/ops/initializers.js";
import { mul } from "../../compiler/ops/mul.js";
import { normalize } from "../../compiler/ops/normalize.js";
import { param } from "../../compiler/ops/param.js";
import { reshape } from "../../compiler/ops/reshape.js";
import { requireChannels } from "../../compiler/ops/slidingOptions.js";
import { applying, checkFeatures } from "./features.js";

/** A layer that normalizes each image by itself. */
export interface ImageNormalization<Channels extends Dim> {
  /** x [batch, channels, ...] with its channels normalized. */
  <N extends Dim, S extends Shape>(x: Tensor<readonly [N, Channels, ...S]>): Tensor<readonly [N, Channels, ...S]>;
}

/** A layer that normalizes each image by itself, with a weight and a bias for each channel. */
export interface AffineImageNormalization<Channels extends Dim> extends ImageNormalization<Channels> {
  readonly weight: Tensor<[Channels]>;
  readonly bias: Tensor<[Channels]>;
}

/** The options of a layer that normalizes each image by itself. */
export interface ImageNormOptions<A extends boolean> {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
  /** Whether there are a weight and a bias for each channel. */
  readonly affine?: A;
}

export interface GroupNormLayer {
  /**
   * Declares `(x - mean) / sqrt(variance + eps) * weight + bias` for x [batch, channels, ...]: mean and biased variance of an
   * image are those of a group of its channels at all places. The parameters `name.weight`, ones, and `name.bias`, zeros, are
   * [channels]; `affine: false` leaves them out. Wu and He 2018; options and defaults as in PyTorch.
   */
  <C extends number, A extends boolean = true>(
    name: string,
    groups: number,
    channels: C,
    options?: ImageNormOptions<A>,
  ): A extends false ? ImageNormalization<C> : AffineImageNormalization<C>;
}

export interface InstanceNormLayer {
  /**
   * Declares `(x - mean) / sqrt(variance + eps)` for x [batch, channels, ...]: mean and biased variance are those of each
   * channel of each image. With `affine: true` it has the parameters `name.weight`, ones, and `name.bias`, zeros, [channels];
   * default false. An image of one place has no variance and is refused. Ulyanov, Vedaldi and Lempitsky 2016; as in PyTorch.
   */
  <C extends number, A extends boolean = false>(
    name: string,
    channels: C,
    options?: ImageNormOptions<A>,
  ): A extends true ? AffineImageNormalization<C> : ImageNormalization<C>;
}

interface Norm {
  readonly layer: string;
  readonly name: string;
  readonly groups: number;
  readonly channels: number;
  readonly eps: number;
  readonly affine: boolean;
  /** Whether one value alone is refused. */
  readonly several: boolean;
}

function normLayer({ layer, name, groups, channels, eps, affine, several }: Norm) {
  const weight = affine ? param(`${name}.weight`, [channels], ones()) : null;
  const bias = affine ? param(`${name}.bias`, [channels], zeros()) : null;
  const apply = applying(layer, name, (x) => {
    requireChannels(layer, x, channels);
    if (x.shape.length < 3 && several)
      shapeFault(`${layer}: the input is no image`, `[batch, ${channels}, ...]`, printType(x));
    const [batch, , ...places] = x.shape as [Size, Size, ...Size[]];
    const parts = reshape(x, [batch, size(groups), size(channels / groups), ...places]);
    const axes = parts.shape.map((_, axis) => axis).slice(2);
    const normal = reshape(
      normalize(parts, { axes, eps, centered: true, ...(several && { several: layer }) }),
      x.shape,
    );
    const each = (of: Expression): Expression => reshape(of, [channels, ...places.map(() => 1)]);
    return weight && bias ? add(mul(normal, each(weight)), each(bias)) : normal;
  });
  return Object.freeze(Object.assign(apply, { ...(weight && { weight }), ...(bias && { bias }) }));
}

function resolve(layer: string, channels: number, options: ImageNormOptions<boolean>, byDefault: boolean) {
  checkOptions(layer, options, ["eps", "affine"]);
  const { eps = 1e-5, affine = byDefault } = options;
  checkFeatures(layer, channels);
  requireOption(layer, "eps", eps, eps >= 0, "0 or more");
  requireSwitch(layer, "affine", affine);
  return { channels, eps, affine };
}

export const groupNorm = published<GroupNormLayer>(
  entry("groupNorm", (name: string, groups: number, channels: number, options: ImageNormOptions<boolean> = {}) => {
    const layer = `groupNorm '${checkName("groupNorm", name)}'`;
    const resolved = resolve(layer, channels, options, true);
    checkFeatures(layer, groups);
    if (channels % groups !== 0) {
      fail({
        code: "invalid-argument",
        message: `${layer}: ${groups} groups do not divide ${channels} channels`,
        expected: "a number of groups that divides the channels",
        found: String(groups),
      });
    }
    return normLayer({ ...resolved, layer, name, groups, several: false });
  }),
);

export const instanceNorm = published<InstanceNormLayer>(
  entry("instanceNorm", (name: string, channels: number, options: ImageNormOptions<boolean> = {}) => {
    const layer = `instanceNorm '${checkName("instanceNorm", name)}'`;
    const resolved = resolve(layer, channels, options, false);
    return normLayer({ ...resolved, layer, name, groups: channels, several: true });
  }),
);
