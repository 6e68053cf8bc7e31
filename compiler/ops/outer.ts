/** The products of all pairs of elements of two vectors. */
import { requireTensor, shapeFault, type Expression } from "../ir/op.js";
import type { Dim, Shape, Show } from "../ir/shape.js";
import { one, printShape } from "../ir/size.js";
import type { Tensor } from "../ir/tensorMethods.js";
import { tensorsOf } from "./concat.js";
import { mul } from "./mul.js";
import { reshape } from "./reshape.js";

/** The one dimension of a vector, in a list; a shape of unknown length may be a vector. */
// prettier-ignore
type Only<S extends Shape> =
  S extends readonly [infer D extends Dim] ? [D]
  : number extends S["length"] ? [number]
  : null;

type Vector<S extends Shape> = Only<S> extends null ? `outer: the operand is not a vector: ${Show<S>}` : Tensor<S>;

type Pairs<A, B> = A extends readonly [infer M extends Dim]
  ? B extends readonly [infer N extends Dim]
    ? [M, N]
    : Shape
  : Shape;

export interface Outer {
  /**
   * The product of each element of a with each element of b: [n] and [m] make [n, m]. The gradients are `dy` times the
   * other operand, summed along it.
   */
  <A extends Shape, B extends Shape>(a: Vector<A>, b: Vector<B>): Tensor<Pairs<Only<A>, Only<B>>>;
}

/** The product of each element of a with each element of b. */
export function outer(a: Expression, b: Expression): Expression {
  requireTensor("outer", a, 1);
  requireTensor("outer", b, 2);
  for (const each of tensorsOf("outer", [a, b])) {
    if (each.shape.length === 1) continue;
    shapeFault(`outer: the operand is not a vector: ${printShape(each.shape)}`, "one axis", printShape(each.shape));
  }
  return mul(reshape.node([a], { shape: [...a.shape, one] }), b);
}
