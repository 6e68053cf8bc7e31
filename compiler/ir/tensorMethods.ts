/**
 * Expressions as the user's types see them. Each operation adds its methods here in its own file, by declaration
 * merging, to the interfaces that have no parameter: every method is generic in its receiver and needs none. So all
 * tensors share one set of methods, and comparing two of them compares their shapes only. (Merged into `Tensor<S>`
 * itself, the methods were compared one by one, at twenty times the cost.)
 */
import type { Broadcasts, Conflict, Shape } from "./shape.js";

declare const shapeOf: unique symbol;
declare const elementOf: unique symbol;

/**
 * A size within a shape. A size that the types do not know (`number`) agrees with every other, and others with
 * themselves only: the parameter of a method is compared both ways round, and `never` goes with everything. It is a
 * rest parameter because TypeScript 5.9 then compares sizes in full, also within a layer that is generic over them.
 */
interface Size<D> {
  is(...size: number extends D ? [never] : [D]): void;
}

type Sizes<S extends Shape> = { readonly [I in keyof S]: Size<S[I]> };

/** The methods of float tensors; each operation adds its own, here and below, in its own file. */
export interface TensorMethods {
  readonly [elementOf]: "float";
}

/** The methods of integer tensors. */
export interface IntTensorMethods {
  readonly [elementOf]: "int32";
}

/** The methods of tensors of truth values. */
export interface BoolTensorMethods {
  readonly [elementOf]: "bool";
}

/**
 * A tensor of the model's float type. `Tensor<["batch", 100]>` has one row of 100 for each element of the batch;
 * `Tensor` alone has any shape, unknown to the types.
 */
export interface Tensor<S extends Shape = Shape> extends TensorMethods {
  readonly [shapeOf]: Sizes<S>;
}

/** A tensor of 32-bit integers: labels and indices. */
export interface IntTensor<S extends Shape = Shape> extends IntTensorMethods {
  readonly [shapeOf]: Sizes<S>;
}

/** A tensor of booleans: the result of a comparison, and the condition of `where`. */
export interface BoolTensor<S extends Shape = Shape> extends BoolTensorMethods {
  readonly [shapeOf]: Sizes<S>;
}

/**
 * A number that the host computes in double before a call: a hyper-parameter, the step, or a number derived from them.
 * A tensor takes one wherever it takes a number: `x.mul(lr)`.
 */
export interface HostNumber {
  readonly [elementOf]: "scalar";
}

/** The tensor with these elements. */
export type TensorOf<E extends "float" | "int32" | "bool", S extends Shape> = E extends "int32"
  ? IntTensor<S>
  : E extends "bool"
    ? BoolTensor<S>
    : Tensor<S>;

/** A change of a state, made by `assign`; it runs in the functions that list it. */
export interface Effect {
  readonly [elementOf]: "effect";
}

/** What a binary operation takes on its right: a tensor that broadcasts with the receiver, or a number. */
export type TensorOperand<Op extends string, A extends Shape, B extends Shape> =
  Broadcasts<A, B> extends true ? Tensor<B> | number | HostNumber : Conflict<Op, A, B>;

/** The same for truth values. */
export type BoolOperand<Op extends string, A extends Shape, B extends Shape> =
  Broadcasts<A, B> extends true ? BoolTensor<B> : Conflict<Op, A, B>;

/** The same for integers. */
export type IntOperand<Op extends string, A extends Shape, B extends Shape> =
  Broadcasts<A, B> extends true ? IntTensor<B> | number : Conflict<Op, A, B>;
