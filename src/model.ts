/** The types of what puts a model together. */
import type { TrainingOptions } from "../compiler/model/functions.js";
import type { ComputeFunction, MinimizeFunction, Model } from "../compiler/model/model.js";
import type { Loss } from "../compiler/ops/gradient.js";
import type { Configurable as MadeOfValues, Values, ValuesLike } from "../compiler/read/configurable.js";

import type { Optimizer } from "../compiler/optimizers/optimizer.js";
import type { Shape } from "../compiler/ir/shape.js";
import type { BoolTensor, Effect, IntTensor, Tensor } from "../compiler/ir/tensorMethods.js";

type AnyTensor = Tensor<Shape> | IntTensor<Shape> | BoolTensor<Shape>;

/** Named tensors: what a function returns. */
export type Results = Readonly<Record<string, AnyTensor>>;

export interface FunctionOptions {
  /** Capacities of named dimensions in this function, where they differ from the model's. */
  readonly dims?: Readonly<Record<string, number>>;
  /** Assigns that act when the function is called. */
  readonly effects?: readonly Effect[];
}

export interface ComputeOptions extends FunctionOptions {
  /**
   * Whether it reads the averages of parameters and states where a `minimize` keeps some (and the evaluation point of
   * Schedule-Free optimizers). Default true; false: the parameters as they are trained.
   */
  readonly averaged?: boolean;
}

export interface MinimizeOptions extends FunctionOptions, TrainingOptions {
  /** The parameters to train. Default: all that the loss is computed from. */
  readonly params?: readonly Tensor<Shape>[];
  /** Tensors returned beside the loss, with values from before the update. `loss`, `into` and `dims` are reserved. */
  readonly also?: Results;
}

export interface Compute {
  /** A pure function of its inputs: the long form of a record of tensors, with capacities or effects of its own. */
  (results: Results, options?: ComputeOptions): ComputeFunction;
}

export interface Minimize {
  /**
   * A function that computes the loss (a float of shape []), its gradients, and updates the parameters by the
   * optimizer. Each minimize keeps optimizer state of its own. Its graph is compiled in training mode.
   */
  <L extends Shape>(loss: Loss<"minimize", L>, optimizer: Optimizer, options?: MinimizeOptions): MinimizeFunction;
}

export interface ModelOptions {
  /** The capacity of each named dimension: the largest size that a call may bring. */
  readonly dims?: Readonly<Record<string, number>>;
  /** The float type of everything in the model. Default "float32". */
  readonly precision?: "float32" | "float64";
  /** By name, an identifier in any script. A record of tensors is a pure function in evaluation mode. */
  readonly functions: Readonly<Record<string, Results | ComputeFunction | MinimizeFunction>>;
}

export interface ModelFunctionMaker {
  /** A model: named functions over shared parameters and state; the default export of a model file. */
  (name: string, options: ModelOptions): Model;
}

/** A model as a function of values; those that are left out have their defaults. */
export type Configurable<V extends Values = Values> = MadeOfValues<V, Model>;

export interface ConfigurableMaker {
  /**
   * A model that is made of named values: the default export of a model file whose values `optimc build --define
   * hidden=64` or the configuration file sets. In a program, call it: `net({ hidden: 64 })` is the model.
   *
   * @param defaults - each value's name and default: a finite number, a string or a boolean, which is also its type
   * @param make - makes the model of the values
   */
  <const D extends Values>(defaults: D, make: (values: ValuesLike<D>) => Model): Configurable<ValuesLike<D>>;
}
