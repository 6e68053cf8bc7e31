/** The types of tensors. */
import type { Size } from "./size.js";

/**
 * What the elements of a tensor are. `float` is the model's precision; `scalar` is a number that the host computes
 * in double before a call (hyper-parameters, the step, and what is derived from them alone).
 */
export type ElementType = "float" | "int32" | "bool" | "scalar";

export interface TensorType {
  readonly shape: readonly Size[];
  readonly element: ElementType;
}

export type Attributes = Readonly<Record<string, unknown>>;
