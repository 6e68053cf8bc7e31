/** Normalization by the root of the mean square. */
import { published } from "../../compiler/ir/asTensor.js";
import { checkOptions, entry, requireOption, requireSwitch } from "../../compiler/ir/guards.js";
import { ones } from "../../compiler/ops/initializers.js";
import { checkName } from "../../compiler/ops/declarations.js";
import { mul } from "../../compiler/ops/mul.js";
import { normalize } from "../../compiler/ops/normalize.js";
import { param } from "../../compiler/ops/param.js";
import { applying, featureShape, requireFeatures } from "./features.js";
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

export const rmsNorm = published<RmsNormLayer>(
  entry("rmsNorm", (name: string, features: number | readonly number[], options: RmsNormOptions<boolean> = {}) => {
    const layer = `rmsNorm '${checkName("rmsNorm", name)}'`;
    checkOptions(layer, options, ["eps", "affine"]);
    const { eps, affine = true } = options;
    const shape = featureShape(layer, features);
    if (eps !== undefined) requireOption(layer, "eps", eps, eps >= 0, "0 or more");
    requireSwitch(layer, "affine", affine);
    const weight = affine ? param(`${name}.weight`, shape, ones()) : null;
    const apply = applying(layer, name, (x) => {
      requireFeatures(layer, x, shape, (found) => `rmsNorm("${name}", ${found})`);
      const axes = lastAxes(x, shape);
      const normal = normalize(x, { axes, eps: eps ?? null, centered: false });
      return weight ? mul(normal, weight) : normal;
    });
    return Object.freeze(Object.assign(apply, { ...(weight && { weight }) }));
  }),
);
