/** Normalization by the root of the mean square. */
import type { Expression } from "../../compiler/ir/op.js";
import { ones } from "../../compiler/ops/initializers.js";
import { mul } from "../../compiler/ops/mul.js";
import { normalize } from "../../compiler/ops/normalize.js";
import { param } from "../../compiler/ops/param.js";
import { checkFeatures, checkOption, requireFeatures } from "./features.js";
import { lastAxes, type Normalization, type ScaledNormalization } from "./layerNorm.js";

export interface RmsNormOptions<A extends boolean> {
  /** Added to the mean square. Default: the machine epsilon of the model's precision, 2^-23 or 2^-52. */
  readonly eps?: number;
  /** Whether there is a weight. Default true. */
  readonly affine?: A;
}

export interface RmsNormLayer {
  /**
   * Declares `x / sqrt(mean(x^2) + eps) * weight` over the last axis, or over the last axes of a shape such as
   * `[4, 128]`. The parameter `name.weight`, ones, has the shape of those axes. Zhang and Sennrich 2019; defaults as in
   * PyTorch.
   */
  <N extends number, A extends boolean = true, const F extends readonly number[] = [N]>(
    name: string,
    features: N | readonly [...F],
    options?: RmsNormOptions<A>,
  ): A extends false ? Normalization<F> : ScaledNormalization<F>;
}

export const rmsNorm = ((name: string, features: number | readonly number[], options: RmsNormOptions<boolean> = {}) => {
  const { eps = null, affine = true } = options;
  const layer = `rmsNorm '${name}'`;
  const shape = typeof features === "number" ? [features] : features;
  checkFeatures(layer, ...(shape.length === 0 ? [0] : shape));
  if (eps !== null) checkOption(layer, "eps", eps, eps >= 0, "0 or more");
  const weight = affine ? param(`${name}.weight`, shape, ones()) : null;
  const apply = (x: Expression): Expression => {
    requireFeatures(layer, x, shape);
    const normal = normalize(x, { axes: lastAxes(x, shape), eps, centered: false, severalOnly: false });
    return weight ? mul(normal, weight) : normal;
  };
  return Object.freeze(Object.assign(apply, { ...(weight && { weight }) }));
}) as unknown as RmsNormLayer;
