/** The fully connected layer. */
import { published } from "../../compiler/ir/asTensor.js";
import { checkOptions, entry, requireSwitch } from "../../compiler/ir/guards.js";
import type { Dim, Shape } from "../../compiler/ir/shape.js";
import type { Tensor } from "../../compiler/ir/tensorMethods.js";
import { checkName } from "../../compiler/ops/declarations.js";
import { add } from "../../compiler/ops/add.js";
import { uniform } from "../../compiler/ops/initializers.js";
import { matmul } from "../../compiler/ops/matmul.js";
import { param } from "../../compiler/ops/param.js";
import { transpose } from "../../compiler/ops/transpose.js";
import { applying, checkFeatures, requireFeatures, type CheckFeatures } from "./features.js";

/** A fully connected layer without a bias; applying it twice shares its weights. */
export interface LinearWithoutBias<In extends Dim, Out extends Dim> {
  /** `x @ weight^T` along the last axis of x. */
  <L extends Shape, K extends readonly [Dim] = readonly [Dim]>(
    x: CheckFeatures<[In], K> & Tensor<[...L, In]>,
  ): Tensor<[...L, Out]>;
  /** [out, in], as PyTorch has it. */
  readonly weight: Tensor<[Out, In]>;
}

/** A fully connected layer; applying it twice shares its weights. */
export interface Linear<In extends Dim, Out extends Dim> {
  /** `x @ weight^T + bias` along the last axis of x. */
  <L extends Shape, K extends readonly [Dim] = readonly [Dim]>(
    x: CheckFeatures<[In], K> & Tensor<[...L, In]>,
  ): Tensor<[...L, Out]>;
  /** [out, in], as PyTorch has it. */
  readonly weight: Tensor<[Out, In]>;
  readonly bias: Tensor<[Out]>;
}

export interface LinearLayer {
  /**
   * Declares a fully connected layer with the parameters `name.weight` [out, in] and `name.bias` [out], both uniform in
   * ±1/sqrt(in) as in PyTorch. `{ bias: false }` leaves the bias out.
   */
  <In extends number, Out extends number, B extends boolean = true>(
    name: string,
    inFeatures: In,
    outFeatures: Out,
    options?: { readonly bias?: B },
  ): B extends false ? LinearWithoutBias<In, Out> : Linear<In, Out>;
}

export const linear = published<LinearLayer>(
  entry("linear", (name: string, inFeatures: number, outFeatures: number, options: { bias?: boolean } = {}) => {
    const layer = `linear '${checkName("linear", name)}'`;
    checkOptions(layer, options, ["bias"]);
    const { bias: withBias = true } = options;
    checkFeatures(layer, inFeatures, outFeatures);
    requireSwitch(layer, "bias", withBias);
    const bound = 1 / Math.sqrt(inFeatures);
    const weight = param(`${name}.weight`, [outFeatures, inFeatures], uniform(-bound, bound));
    const bias = withBias ? param(`${name}.bias`, [outFeatures], uniform(-bound, bound)) : null;
    const apply = applying(layer, name, (x) => {
      requireFeatures(layer, x, [inFeatures], (found) => `linear("${name}", ${found}, ${outFeatures})`);
      const product = matmul(x, transpose(weight));
      return bias ? add(product, bias) : product;
    });
    return Object.freeze(Object.assign(apply, { weight, ...(bias && { bias }) }));
  }),
);
