/** Gradients brought below a limit: by value, each by its norm, or all by their common norm. */
import { asExpression, asHostNumber, asTensor } from "../../ir/asTensor.js";
import type { Expression } from "../../ir/op.js";
import type { HostNumber } from "../../ir/tensorMethods.js";
import { cast } from "../../ops/cast.js";
import { total } from "../../ops/sumInDouble.js";
import type { Clip, NormType } from "../../optimizers/clip.js";

/** The norm of all elements of all tensors, a number in double. */
export function normOf(gradients: readonly Expression[], type: NormType): HostNumber {
  const parts = gradients.map((each) => {
    const g = asTensor(each);
    if (type === 2) return asHostNumber(total(asExpression(g.mul(g))));
    if (type === 1) return asHostNumber(total(asExpression(g.abs())));
    const most = each.shape.length === 0 ? g.abs() : g.abs().max();
    return asHostNumber(cast.node([asExpression(most)], { to: "double" }));
  });
  const all = parts.reduce((sum, each) => (type === Infinity ? sum.maximum(each) : sum.add(each)));
  return type === 2 ? all.sqrt() : all;
}

export interface Clipped {
  /** The gradient as kernels compute it, so that its update may follow in the same kernel. */
  readonly source: Expression;
  readonly grad: Expression;
}

/** `recomputed` gives a gradient that is computed again once the norm is known, or the gradient itself. */
export function clipGradients<P extends Clipped>(
  { kind, limit, type, recompute }: Clip,
  parts: readonly P[],
  recomputed: (part: P, norm: Expression) => P,
): P[] {
  const most = asHostNumber(limit);
  const scaled = (part: P, factor: HostNumber): P => ({ ...part, grad: asExpression(asTensor(part.grad).mul(factor)) });
  if (kind === "value") {
    const limited = (each: Expression): Expression => asExpression(asTensor(each).clamp(most.neg(), most));
    return parts.map((part) => ({ ...part, grad: limited(part.grad) }));
  }
  // As in PyTorch: the factor is applied also where it is 1, and 1e-6 keeps it finite.
  const factorOf = (norm: HostNumber): HostNumber => most.div(norm.add(1e-6)).minimum(1);
  if (kind === "norm") return parts.map((part) => scaled(part, factorOf(normOf([part.grad], type))));
  const norm = normOf(
    parts.map(({ grad }) => grad),
    type,
  );
  return parts.map((part) => scaled(recompute ? recomputed(part, asExpression(norm)) : part, factorOf(norm)));
}
