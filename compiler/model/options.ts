/** The options of functions, as users write them. */
import type { Shape } from "../ir/shape.js";
import type { BoolTensor, Effect, IntTensor, Tensor } from "../ir/tensorMethods.js";
import type { Average } from "../optimizers/average.js";
import type { Clip } from "../optimizers/clip.js";

/** Named tensors: the results of a function. */
export type Results = Readonly<Record<string, Tensor<Shape> | IntTensor<Shape> | BoolTensor<Shape>>>;

export interface FunctionOptions {
  /** Capacities of named dimensions in this function, where they differ from the model's. */
  readonly dims?: Readonly<Record<string, number>>;
  /** The assigns that run when the function is called. */
  readonly effects?: readonly Effect[];
}

export interface ComputeOptions extends FunctionOptions {
  /**
   * Whether the function reads averages of parameters and states where a `minimize` keeps them, and the evaluation point
   * of Schedule-Free optimizers. Default true; false reads the parameters as they are trained.
   */
  readonly averaged?: boolean;
}

/** The options of `minimize` that change updates. */
export interface TrainingOptions {
  /** A limit for the gradients: `clipByValue(v)`, `clipByNorm(v)` or `clipByGlobalNorm(v)`. */
  readonly clip?: Clip;
  /**
   * The number of calls that make one update, which uses the mean of their gradients. Default 1. The step, and with it
   * every schedule, counts updates.
   */
  readonly accumulate?: number;
  /**
   * Whether to skip a call in which some gradient is not finite: parameters, state and step stay. With `accumulate`, the
   * gradients of such a call count as 0; if it is the call that updates, the update is skipped and the accumulated
   * gradients are dropped. The result has `skipped`, and the net's state counts these calls. Default false.
   */
  readonly skipNonFinite?: boolean;
  /** An average of the parameters, which functions without an update read instead: `ema(0.999)` or `swa()`. */
  readonly average?: Average;
}

export interface MinimizeOptions extends FunctionOptions, TrainingOptions {
  /** The parameters to train. Default: all that the loss depends on. */
  readonly params?: readonly Tensor<Shape>[];
  /** Tensors returned beside the loss, with values from before the update. `loss`, `into` and `dims` are reserved. */
  readonly also?: Results;
}
