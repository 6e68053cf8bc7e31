import type { Dim, Shape } from "../../compiler/ir/shape.js";
import type { Tensor } from "../../compiler/ir/tensor.js";

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
