/** The types of tensors. */
import type { Size } from "./size.js";

/**
 * The element type of a tensor. `float` is the model's precision; `scalar` is a number that the host computes in double
 * before a call (hyper-parameters, the step, and what is derived from them alone); `double` is a number that kernels
 * compute in double, whatever the model's precision: sums over a tensor that decide about an update, and what is
 * derived from them.
 */
export type ElementType = "float" | "int32" | "bool" | "scalar" | "double";

export interface TensorType {
  readonly shape: readonly Size[];
  readonly element: ElementType;
}

export type Attributes = Readonly<Record<string, unknown>>;

/** One `T` for each argument of an operation. */
export type Each<Args extends readonly unknown[], T> = { readonly [I in keyof Args]: T };

/** A dense row-major array of doubles: what the interpreter computes with. */
export interface Dense {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}
