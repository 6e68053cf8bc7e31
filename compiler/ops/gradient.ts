/** The gradient as an expression. */
import { fail } from "../diagnostics.js";
import { describeValue } from "../ir/guards.js";
import { defineOp, isExpression, printType, type Expression } from "../ir/op.js";
import type { Match, Shape, Show } from "../ir/shape.js";
import type { Tensor } from "../ir/tensorMethods.js";

type Wrt = Tensor<Shape> | readonly Tensor<Shape>[] | { readonly [name: string]: Tensor<Shape> };

type GradientOf<W> = W extends Tensor<infer S> ? Tensor<S> : { -readonly [K in keyof W]: GradientOf<W[K]> };

/** A loss: one number. */
export type Loss<Op extends string, L extends Shape> =
  Match<L, []> extends null ? `${Op}: the loss is ${Show<L>}, not one number; take its sum() or mean()` : Tensor<L>;

export interface Gradient {
  /**
   * The gradient of a loss (of rank 0) with respect to a tensor, or to each of a list or record of tensors: the same
   * structure, each in the shape of its tensor. It is zero where the loss does not depend on the tensor. The result is
   * an expression, so a gradient of it can be taken.
   */
  <L extends Shape, const W extends Wrt>(of: Loss<"gradient", L>, wrt: W): GradientOf<W>;
}

/** Marks where a gradient belongs; the gradient pass replaces all marks of one loss by one reverse sweep. */
export const gradientMark = defineOp<[of: Expression, wrt: Expression], Record<string, never>>({
  name: "gradient",
  parse: (of, wrt) => ({ args: [of, wrt] }),
  infer: ([, wrt]) => wrt,
  withRespectTo: 1,
});

type Wanted = Expression | readonly Expression[] | { readonly [name: string]: Expression };

/** d of / d wrt, of the shape of `wrt`; for an array or record of tensors, an array or record of gradients. */
export function gradient(of: Expression, wrt: Wanted): unknown {
  if (!isExpression(of) || of.element !== "float" || of.shape.length > 0) {
    fail({
      code: "not-differentiable",
      message: "gradient: only a float of rank 0 has a gradient",
      expected: "a loss of shape []",
      found: isExpression(of) ? printType(of) : describeValue(of),
      hint: "sum() or mean() reduces a tensor to one number",
    });
  }
  const one = (target: Expression): Expression => {
    if (isExpression(target) && target.element === "float") return gradientMark(of, target);
    return fail({
      code: "not-differentiable",
      message: "gradient: cannot be taken with respect to this",
      expected: "a float tensor, or an array or record of them",
      found: isExpression(target) ? printType(target) : describeValue(target),
      hint: isExpression(target)
        ? "only floats have gradients: take it before toInt(), argmax() or a comparison"
        : undefined,
    });
  };
  if (isExpression(wrt)) return one(wrt);
  if (Array.isArray(wrt)) return wrt.map(one);
  if (typeof wrt !== "object" || wrt === null) return one(wrt);
  return Object.fromEntries(Object.entries(wrt).map(([name, target]) => [name, one(target)]));
}
