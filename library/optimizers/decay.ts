/** What most updates begin with: the sign of the goal, and weight decay. */
import type { Shape } from "../../compiler/ir/shape.js";
import type { HostNumber, Tensor } from "../../compiler/ir/tensorMethods.js";

interface Given {
  readonly param: Tensor<Shape>;
  readonly grad: Tensor<Shape>;
  readonly hyper: { readonly lr: HostNumber; readonly weightDecay: HostNumber | 0; readonly maximize: boolean };
}

/**
 * `[p, g]` for an update: `g = maximize ? -grad : grad; g += weightDecay p`, or, where the decay is decoupled,
 * `p *= 1 - lr weightDecay`.
 */
export function decayed(
  { param, grad, hyper: { lr, weightDecay, maximize } }: Given,
  isDecoupled = false,
): readonly [p: Tensor<Shape>, g: Tensor<Shape>] {
  const g = maximize ? grad.neg() : grad;
  if (!weightDecay) return [param, g];
  if (isDecoupled) return [param.mul(lr.mul(weightDecay).neg().add(1).named("shrink")), g];
  return [param, g.add(param.mul(weightDecay))];
}
