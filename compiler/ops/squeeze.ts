import type { Expression } from "../ir/op.js";
import { addMethods, shapeFault } from "../ir/op.js";
import type { AreNamed, CheckAxes, Dim, ShapeFault, Is, PositionsOf, Reduce, Shape, Show } from "../ir/shape.js";
import { printShape, type Size } from "../ir/size.js";
import { axisOf, isOne, reshape } from "./reshape.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * The same elements without an axis of size 1; without an argument, all axes of size 1 are dropped. An axis of
     * another size is an error; a named dimension stays, even where a call brings 1. The gradient is `dy` with these
     * axes.
     */
    squeeze<R extends Shape, const A extends number | undefined = undefined>(
      this: Tensor<R>,
      axis?: A & CheckOne<R, A>,
    ): Tensor<Squeeze<R, A>>;
  }

  interface IntTensorMethods {
    /**
     * The same elements without an axis of size 1; without an argument, all axes of size 1 are dropped. An axis of
     * another size is an error; a named dimension stays, even where a call brings 1.
     */
    squeeze<R extends Shape, const A extends number | undefined = undefined>(
      this: IntTensor<R>,
      axis?: A & CheckOne<R, A>,
    ): IntTensor<Squeeze<R, A>>;
  }

  interface BoolTensorMethods {
    /**
     * The same elements without an axis of size 1; without an argument, all axes of size 1 are dropped. An axis of
     * another size is an error; a named dimension stays, even where a call brings 1.
     */
    squeeze<R extends Shape, const A extends number | undefined = undefined>(
      this: BoolTensor<R>,
      axis?: A & CheckOne<R, A>,
    ): BoolTensor<Squeeze<R, A>>;
  }
}

type Squeeze<S extends Shape, A extends number | undefined> = undefined extends A
  ? WithoutOnes<S, []>
  : Reduce<S, A, false>;

// A size that the types do not know may be 1: then they do not know the rank.
// prettier-ignore
type WithoutOnes<S extends Shape, Done extends Shape> =
  S extends readonly [infer D extends Dim, ...infer R extends Shape]
    ? Is<D, 1, S> extends true ? WithoutOnes<R, Done>
      : Is<D, number, S> extends true ? Shape
      : WithoutOnes<R, [...Done, D]>
    : number extends S["length"] ? Shape
    : Done;

// prettier-ignore
type CheckOne<S extends Shape, A extends number | undefined> =
  A extends number
    ? CheckAxes<S, A, "squeeze"> extends ShapeFault<string> ? CheckAxes<S, A, "squeeze">
      : AreNamed<S, A> extends true
        ? IsOne<S[PositionsOf<S, A> & keyof S & number], S> extends true ? unknown
          : ShapeFault<`squeeze: axis ${A} of ${Show<S>} is not of size 1`>
        : unknown
    : unknown;

type IsOne<D, S> = Is<D, 1, S> extends true ? true : Is<D, number, S>;

/** The same elements without an axis of size 1, or without all of them. */
export function squeeze(x: Expression, axis?: number): Expression {
  if (axis === undefined) return reshape.node([x], { shape: x.shape.filter((each) => !isOne(each)) });
  const found = axisOf("squeeze", axis, x.shape.length);
  const extent = x.shape[found] as Size;
  if (!isOne(extent)) {
    shapeFault(`squeeze: axis ${axis} of ${printShape(x.shape)} is not of size 1`, "an axis of size 1", extent.key);
  }
  return reshape.node([x], { shape: x.shape.filter((_, each) => each !== found) });
}

addMethods({ squeeze });
