/** Layer normalization. */
import { published } from "../../compiler/ir/asTensor.js";
import { checkOptions, entry, requireOption, requireSwitch } from "../../compiler/ir/guards.js";
import type { Expression } from "../../compiler/ir/op.js";
import type { Dims, Shape } from "../../compiler/ir/shape.js";
import type { Tensor } from "../../compiler/ir/tensorMethods.js";
import { add } from "../../compiler/ops/add.js";
import { ones, zeros } from "../../compiler/ops/initializers.js";
import { mul } from "../../compiler/ops/mul.js";
import { checkName } from "../../compiler/ops/declarations.js";
import { normalize } from "../../compiler/ops/normalize.js";
import { param } from "../../compiler/ops/param.js";
import { applying, featureShape, requireFeatures, type CheckFeatures } from "./features.js";

/** A layer that normalizes over the last axes. */
export interface Normalization<Features extends Shape> {
  /** x with its last axes normalized, separately for each element of the leading axes. */
  <L extends Shape, K extends Dims<Features> = Dims<Features>>(
    x: CheckFeatures<Features, K> & Tensor<[...L, ...Features]>,
  ): Tensor<[...L, ...Features]>;
}

/** A layer that normalizes over the last axes, with a weight for each feature. */
export interface ScaledNormalization<Features extends Shape> extends Normalization<Features> {
  readonly weight: Tensor<Features>;
}

/** A layer that normalizes over the last axes, with a weight and a bias for each feature. */
export interface AffineNormalization<Features extends Shape> extends ScaledNormalization<Features> {
  readonly bias: Tensor<Features>;
}

export interface LayerNormOptions<A extends boolean, B extends boolean> {
  /** Added to the variance. Default 1e-5. */
  readonly eps?: number;
  /** Whether there are a weight and a bias. Default true. */
  readonly affine?: A;
  /** Whether there is a bias beside the weight. Default true. */
  readonly bias?: B;
}

export interface LayerNormLayer {
  /**
   * Declares `(x - mean) / sqrt(variance + eps) * weight + bias` over the last axis, or over the last axes of a shape
   * such as `[4, 128]`, with the biased variance. The parameters `name.weight`, ones, and `name.bias`, zeros, have the
   * shape of those axes. Ba, Kiros and Hinton 2016; options and names as in PyTorch.
   */
  <N extends number, A extends boolean = true, B extends boolean = true, const F extends readonly number[] = [N]>(
    name: string,
    features: N | readonly [...F],
    options?: LayerNormOptions<A, B>,
  ): A extends false ? Normalization<F> : B extends false ? ScaledNormalization<F> : AffineNormalization<F>;
}

/** The last axes of x that features take. */
export const lastAxes = (x: Expression, features: readonly number[]): readonly number[] =>
  features.map((_, axis) => x.shape.length - features.length + axis);

export const layerNorm = published<LayerNormLayer>(
  entry(
    "layerNorm",
    (name: string, features: number | readonly number[], options: LayerNormOptions<boolean, boolean> = {}) => {
      const layer = `layerNorm '${checkName("layerNorm", name)}'`;
      checkOptions(layer, options, ["eps", "affine", "bias"]);
      const { eps = 1e-5, affine = true, bias: withBias = true } = options;
      const shape = featureShape(layer, features);
      requireOption(layer, "eps", eps, eps >= 0, "0 or more");
      requireSwitch(layer, "affine", affine);
      requireSwitch(layer, "bias", withBias);
      const weight = affine ? param(`${name}.weight`, shape, ones()) : null;
      const bias = affine && withBias ? param(`${name}.bias`, shape, zeros()) : null;
      const apply = applying(layer, name, (x) => {
        requireFeatures(layer, x, shape, (found) => `layerNorm("${name}", ${found})`);
        const normal = normalize(x, { axes: lastAxes(x, shape), eps, centered: true });
        const scaled = weight ? mul(normal, weight) : normal;
        return bias ? add(scaled, bias) : scaled;
      });
      return Object.freeze(Object.assign(apply, { ...(weight && { weight }), ...(bias && { bias }) }));
    },
  ),
);
