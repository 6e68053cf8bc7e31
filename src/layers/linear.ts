/** The fully connected layer. */
import { checkOptions, entry } from "../../compiler/ir/arguments.js";
import { printType, requireTensor, shapeFault, type Expression } from "../../compiler/ir/op.js";
import { inLayer } from "../../compiler/ir/place.js";
import type { Dim, Shape } from "../../compiler/ir/shape.js";
import { constantOf, equal, size } from "../../compiler/ir/size.js";
import type { Tensor } from "../../compiler/ir/tensor.js";
import { checkName } from "../../compiler/ops/leaf.js";
import { add } from "../../compiler/ops/add.js";
import { uniform } from "../../compiler/ops/initializers.js";
import { matmul } from "../../compiler/ops/matmul.js";
import { param } from "../../compiler/ops/param.js";
import { transpose } from "../../compiler/ops/transpose.js";
import { checkFeatures } from "./features.js";

/** A fully connected layer without a bias; applying it twice shares its weights. */
export interface LinearWithoutBias<In extends Dim, Out extends Dim> {
  /** `x @ weight^T` along the last axis of x. */
  <L extends Shape>(x: Tensor<[...L, In]>): Tensor<[...L, Out]>;
  /** [out, in], as PyTorch has it. */
  readonly weight: Tensor<[Out, In]>;
}

/** A fully connected layer; applying it twice shares its weights. */
export interface Linear<In extends Dim, Out extends Dim> {
  /** `x @ weight^T + bias` along the last axis of x. */
  <L extends Shape>(x: Tensor<[...L, In]>): Tensor<[...L, Out]>;
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

export const linear = entry(
  "linear",
  (name: string, inFeatures: number, outFeatures: number, options: { bias?: boolean } = {}) => {
    checkName("linear", name);
    checkOptions(`linear '${name}'`, options, ["bias"]);
    checkFeatures(`linear '${name}'`, inFeatures, outFeatures);
    const bound = 1 / Math.sqrt(inFeatures);
    const weight = param(`${name}.weight`, [outFeatures, inFeatures], uniform(-bound, bound));
    const bias = options.bias === false ? null : param(`${name}.bias`, [outFeatures], uniform(-bound, bound));
    const apply = (given: Expression): Expression =>
      inLayer(name, () => {
        const x = requireTensor(`linear '${name}'`, given, 1);
        const features = x.shape.at(-1);
        if (features === undefined || !equal(features, size(inFeatures))) {
          const found = features === undefined ? null : constantOf(features);
          shapeFault(
            `linear '${name}': the input has ${features === undefined ? "no axis" : `${features.key} features`}, not ${inFeatures}`,
            `[..., ${inFeatures}]`,
            printType(x),
            found === null ? undefined : `declare the layer as linear("${name}", ${found}, ${outFeatures})`,
          );
        }
        const product = matmul(x, transpose(weight));
        return bias ? add(product, bias) : product;
      });
    return Object.freeze(Object.assign(apply, { weight, ...(bias && { bias }) }));
  },
) as unknown as LinearLayer;
