/** Effects that a layer attaches to its result. */
import { fail } from "../diagnostics.js";
import { describeValue } from "../ir/guards.js";
import type { Expression } from "../ir/op.js";
import { defineOp, isExpression, requireTensor } from "../ir/op.js";
import { isOp } from "../ir/graph.js";
import type { Shape } from "../ir/shape.js";
import type { Effect, Tensor } from "../ir/tensorMethods.js";
import { assignment } from "./param.js";

export interface WithEffects {
  /**
   * x itself, with effects attached: a training function whose loss, `also` or effects depend on the result runs each
   * of them once, as if it listed them. A layer keeps running statistics this way. They do nothing within
   * `evaluating(x)`, nor in pure functions, even within `training(x)`.
   */
  <S extends Shape>(x: Tensor<S>, effects: readonly Effect[]): Tensor<S>;
}

/** Its value is x. `buildGraph` collects the effects and leaves the node out. */
export const withEffects = defineOp<[x: Expression, effects: readonly Expression[]], Record<string, never>>({
  name: "withEffects",
  parse(x, effects) {
    requireTensor("withEffects", x, 1);
    if (!Array.isArray(effects)) {
      fail({
        code: "invalid-argument",
        message: "withEffects: the effects are not an array",
        expected: "an array of effects, which assign(state, ...) makes",
        found: describeValue(effects),
      });
    }
    for (const effect of effects) requireEffect("withEffects", effect);
    return { args: [x, ...effects] };
  },
  infer: ([x]) => x,
});

export function requireEffect(name: string, effect: unknown): void {
  if (isExpression(effect) && isOp(effect, assignment)) return;
  fail({
    code: "invalid-argument",
    message: `${name}: not an effect`,
    expected: "what assign(state, ...) returned",
    found: describeValue(effect),
  });
}
