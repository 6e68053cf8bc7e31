/** Batch normalization. */
import { published } from "../../compiler/ir/asTensor.js";
import { checkOptions, entry, requireOption, requireSwitch } from "../../compiler/ir/guards.js";
import { printType, shapeFault, type Expression } from "../../compiler/ir/op.js";
import type { Dim, Shape } from "../../compiler/ir/shape.js";
import type { Size } from "../../compiler/ir/size.js";
import type { Tensor } from "../../compiler/ir/tensorMethods.js";
import { add } from "../../compiler/ops/add.js";
import { byMode } from "../../compiler/ops/byMode.js";
import { div } from "../../compiler/ops/div.js";
import { ones, zeros } from "../../compiler/ops/initializers.js";
import { checkName } from "../../compiler/ops/declarations.js";
import { mean } from "../../compiler/ops/mean.js";
import { mul } from "../../compiler/ops/mul.js";
import { normalize } from "../../compiler/ops/normalize.js";
import { assign, param, state } from "../../compiler/ops/param.js";
import { reshape } from "../../compiler/ops/reshape.js";
import { requireChannels } from "../../compiler/ops/slidingOptions.js";
import { sqrt } from "../../compiler/ops/sqrt.js";
import { sub } from "../../compiler/ops/sub.js";
import { variance } from "../../compiler/ops/variance.js";
import { withEffects } from "../../compiler/ops/withEffects.js";
import { applying, checkFeatures, requireFeatures, type CheckFeatures } from "./features.js";

/** A layer that normalizes each feature over the batch. */
export interface BatchNormalization<Features extends Dim> {
  /** x with each feature, the last of its two axes, normalized over the first. */
  <L extends Shape, K extends readonly [Dim] = readonly [Dim]>(
    x: CheckFeatures<[Features], K> & Tensor<[...L, Features]>,
  ): Tensor<[...L, Features]>;
}

/** A layer that normalizes each feature over the batch, with a weight and a bias for each. */
export interface AffineBatchNormalization<Features extends Dim> extends BatchNormalization<Features> {
  readonly weight: Tensor<[Features]>;
  readonly bias: Tensor<[Features]>;
}

/** A layer that normalizes each feature over the batch, and keeps running statistics. */
export interface TrackedBatchNormalization<Features extends Dim> extends BatchNormalization<Features> {
  readonly runningMean: Tensor<[Features]>;
  readonly runningVariance: Tensor<[Features]>;
  readonly batchesTracked: Tensor<[]>;
}

// Of two interfaces that are called it would inherit two signatures.
/** Batch normalization with a weight, a bias and running statistics. */
export interface BatchNorm<Features extends Dim> extends AffineBatchNormalization<Features> {
  readonly runningMean: Tensor<[Features]>;
  readonly runningVariance: Tensor<[Features]>;
  readonly batchesTracked: Tensor<[]>;
}

export interface BatchNormOptions<A extends boolean, T extends boolean> {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
  /** The share of a new batch in the running statistics; null averages over all batches. Default 0.1. */
  readonly momentum?: number | null;
  /** Whether there are a weight and a bias. Default true. */
  readonly affine?: A;
  /** Whether to keep running statistics; without them, evaluation normalizes by its batch too. Default true. */
  readonly trackRunningStatistics?: T;
}

export interface BatchNormLayer {
  /**
   * Declares `(x - mean) / sqrt(variance + eps) * weight + bias` for x [batch, features]. In training, mean and biased
   * variance are those of the batch, which also update the running statistics; in evaluation, they are the running
   * statistics. The parameters `name.weight`, ones, and `name.bias`, zeros, and the states `name.running_mean`, zeros,
   * `name.running_var`, ones (of unbiased variances), are [features]; `name.num_batches_tracked` is one number. A layer
   * that is applied twice in a function takes both batches into its running statistics, in the order of the
   * applications.
   *
   * One row has no variance: a function that normalizes by its batch refuses a call with one row before it changes
   * anything, as PyTorch does. Ioffe and Szegedy 2015; options, names and defaults as in PyTorch.
   */
  <F extends number, A extends boolean = true, T extends boolean = true>(
    name: string,
    features: F,
    options?: BatchNormOptions<A, T>,
  ): A extends false
    ? T extends false
      ? BatchNormalization<F>
      : TrackedBatchNormalization<F>
    : T extends false
      ? AffineBatchNormalization<F>
      : BatchNorm<F>;
}

/** A layer that normalizes each channel of images over the batch and all places. */
export interface BatchNormalization2d<C extends Dim> {
  /** x [batch, channels, ...] with its channels normalized. */
  <N extends Dim, S extends Shape>(x: Tensor<readonly [N, C, ...S]>): Tensor<readonly [N, C, ...S]>;
}

/** A layer that normalizes channels of images, with a weight and a bias for each. */
export interface AffineBatchNormalization2d<C extends Dim> extends BatchNormalization2d<C> {
  readonly weight: Tensor<[C]>;
  readonly bias: Tensor<[C]>;
}

/** A layer that normalizes channels of images, and keeps running statistics. */
export interface TrackedBatchNormalization2d<C extends Dim> extends BatchNormalization2d<C> {
  readonly runningMean: Tensor<[C]>;
  readonly runningVariance: Tensor<[C]>;
  readonly batchesTracked: Tensor<[]>;
}

/** Batch normalization of images with a weight, a bias and running statistics. */
export interface BatchNorm2d<C extends Dim> extends AffineBatchNormalization2d<C> {
  readonly runningMean: Tensor<[C]>;
  readonly runningVariance: Tensor<[C]>;
  readonly batchesTracked: Tensor<[]>;
}

export interface BatchNorm2dLayer {
  /**
   * As `batchNorm`, for images [batch, channels, ...]: each channel is normalized over the batch and all places, of one, two
   * or three axes. One value for each channel has no variance and is refused. As PyTorch's `BatchNorm1d`, `2d` and `3d`.
   */
  <C extends number, A extends boolean = true, T extends boolean = true>(
    name: string,
    channels: C,
    options?: BatchNormOptions<A, T>,
  ): A extends false
    ? T extends false
      ? BatchNormalization2d<C>
      : TrackedBatchNormalization2d<C>
    : T extends false
      ? AffineBatchNormalization2d<C>
      : BatchNorm2d<C>;
}

interface Tracked {
  readonly runningMean: Expression;
  readonly runningVariance: Expression;
  readonly batchesTracked: Expression;
}

/** The shares of the last of `count` batches in their average, and of those before it. */
function shares(count: Expression): readonly [Expression, Expression] {
  const share = div(1, count);
  return [share, sub(1, share)];
}

/** All axes but that of the features, which is axis 1. */
const beside = ({ shape }: Expression): number[] => shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));

/** A number for each feature, as x has them. */
const perFeature = (each: Expression, x: Expression): Expression =>
  x.shape.length === 2 ? each : reshape(each, [each.shape[0] as Size, ...x.shape.slice(2).map(() => 1)]);

/** The effects by which running statistics take in a batch. */
function takeIn(x: Expression, tracked: Tracked, momentum: number | null): Expression[] {
  const over = beside(x);
  const counting = assign(tracked.batchesTracked, (count) => add(count, 1));
  // What `counting` leaves, and not what the state held when the call began: the layer may have been applied before.
  const count = counting.args[1] as Expression;
  const [share, rest] = momentum === null ? shares(count) : [momentum, 1 - momentum];
  const toward = (batch: Expression) => (now: Expression) => add(mul(now, rest), mul(batch, share));
  return [
    counting,
    assign(tracked.runningMean, toward(mean(x, over))),
    assign(tracked.runningVariance, toward(variance(x, over))),
  ];
}

const batchNormLayer = (operation: "batchNorm" | "batchNorm2d") =>
  entry(operation, (name: string, features: number, options: BatchNormOptions<boolean, boolean> = {}) => {
    const layer = `${operation} '${checkName(operation, name)}'`;
    checkOptions(layer, options, ["eps", "momentum", "affine", "trackRunningStatistics"]);
    const { eps = 1e-5, momentum = 0.1, affine = true, trackRunningStatistics = true } = options;
    checkFeatures(layer, features);
    requireOption(layer, "eps", eps, eps >= 0, "0 or more");
    if (momentum !== null)
      requireOption(layer, "momentum", momentum, momentum >= 0 && momentum <= 1, "a number in [0, 1], or null");
    requireSwitch(layer, "affine", affine);
    requireSwitch(layer, "trackRunningStatistics", trackRunningStatistics);
    const weight = affine ? param(`${name}.weight`, [features], ones()) : null;
    const bias = affine ? param(`${name}.bias`, [features], zeros()) : null;
    const tracked = trackRunningStatistics
      ? {
          runningMean: state(`${name}.running_mean`, [features], zeros()),
          runningVariance: state(`${name}.running_var`, [features], ones()),
          batchesTracked: state(`${name}.num_batches_tracked`, [], zeros()),
        }
      : null;
    const normalized = (x: Expression): Expression => {
      const byBatch = normalize(x, { axes: beside(x), eps, centered: true, several: layer });
      if (!tracked) return byBatch;
      const inverseDeviation = perFeature(div(1, sqrt(add(tracked.runningVariance, eps))), x);
      return byMode({
        training: withEffects(byBatch, takeIn(x, tracked, momentum)),
        evaluation: mul(sub(x, perFeature(tracked.runningMean, x)), inverseDeviation),
      });
    };
    const apply = applying(layer, name, (x) => {
      if (operation === "batchNorm2d") requireChannels(layer, x, features);
      else requireFeatures(layer, x, [features], (found) => `batchNorm("${name}", ${found})`);
      const isImage = x.shape.length > 2;
      if (isImage !== (operation === "batchNorm2d")) {
        shapeFault(
          `${layer}: the input has ${x.shape.length === 1 ? "1 axis" : `${x.shape.length} axes`}`,
          isImage ? `[batch, ${features}]` : `[batch, ${features}, ...]`,
          printType(x),
          isImage
            ? `x.reshape([-1, ${features}]) has a row for each that the statistics count; batchNorm2d is for images`
            : `batchNorm("${name}", ${features}) is for features`,
        );
      }
      const normal = normalized(x);
      return weight && bias ? add(mul(normal, perFeature(weight, x)), perFeature(bias, x)) : normal;
    });
    return Object.freeze(Object.assign(apply, { ...(weight && { weight }), ...(bias && { bias }), ...tracked }));
  });

export const batchNorm = published<BatchNormLayer>(batchNormLayer("batchNorm"));
export const batchNorm2d = published<BatchNorm2dLayer>(batchNormLayer("batchNorm2d"));
