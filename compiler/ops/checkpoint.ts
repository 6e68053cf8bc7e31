/** Less memory for more time: values that the backward sweep computes again instead of keeping. */
import { fail } from "../diagnostics.js";
import { closureOf, handsOn, instantiate, parametersOf, type Body } from "../ir/body.js";
import type { ArgumentPosition } from "../ir/ids.js";
import { describeValue, entry } from "../ir/guards.js";
import { isOp } from "../ir/graph.js";
import { defineOp, isExpression, literal, typeFault, type Expression } from "../ir/op.js";
import type { Shape } from "../ir/shape.js";
import type { Tensor } from "../ir/tensorMethods.js";
import { after } from "./after.js";
import { withEffects } from "./withEffects.js";

type Outputs = Tensor<Shape> | readonly Tensor<Shape>[] | { readonly [name: string]: Tensor<Shape> };

export interface Checkpoint {
  /**
   * `f`, whose inner values are not kept for its gradient but computed again when the backward sweep reaches it: training
   * needs less memory and one more forward computation of `f`. Values and gradients are the same bit for bit, and
   * dropout draws the same mask again. `f` takes tensors and returns a tensor, or a list or record of tensors, each of which
   * is then computed again by itself. What is computed from none of `f`'s arguments is kept.
   *
   * ```ts
   * const block = checkpoint((x: Tensor<["batch", 64]>) => second(first(x).relu()).relu());
   * ```
   */
  <F extends (...inputs: never[]) => Outputs>(f: F): F;
}

interface Checkpointed extends Record<string, unknown> {
  /** How the output is computed. */
  readonly bodies: readonly [Body];
}

/**
 * Arguments: the output, and all values from which the body computes it. The gradient is the derivative of the body at
 * arguments that wait for the cotangent.
 */
export const checkpointed = defineOp<
  [output: Expression, from: readonly Expression[], attributes: Checkpointed],
  Checkpointed,
  readonly Expression[]
>({
  name: "checkpoint",
  parse: (output, from, attributes) => ({ args: [output, ...from], attributes }),
  infer: ([output]) => output as Expression,
  expand: ([output]) => output as Expression,
  gradient({ args: [, ...from], attributes: { bodies }, cotangent, derivative }) {
    // A literal costs nothing, and the host has its scalars before the first kernel: neither needs to wait.
    const isAtHand = (arg: Expression): boolean => arg.element === "scalar" || isOp(arg, literal);
    const late = from.map((arg) => (isAtHand(arg) ? arg : after(arg, cotangent)));
    const gradients = [...instantiate(derivative(bodies[0]), [...late, cotangent])];
    const flows = new Set(floatsOf(bodies[0]));
    const all = from.map(({ element }) => (element === "float" ? (gradients.shift() as Expression) : null));
    return [null, ...all.map((each, position) => (flows.has(position) ? each : null))];
  },
  rule: ({ bodies }) => ({ value: 1, arguments: floatsOf(bodies[0]).map((position) => 1 + position) }),
});

/** The float parameters that the result is computed from: what only the other mode needs is none of them. */
const floatsOf = (body: Body): ArgumentPosition[] =>
  [...parametersOf(body, 0)].filter((position) => body.parameters[position]?.element === "float");

function again(output: Expression, inputs: readonly Expression[]): Expression {
  const { body, captured } = closureOf("checkpoint: the function", inputs, [output], withoutEffects);
  const found = parametersOf(body, 0);
  const used = inputs.filter((_, position) => found.has(position));
  if (used.length === 0 || handsOn(body)) return output;
  if (used.length < inputs.length) return again(output, used);
  return checkpointed(output, [...inputs, ...captured], { bodies: [body] });
}

/** The second computation leaves effects out: the first one has them. */
const withoutEffects = (each: Expression): Expression =>
  isOp(each, withEffects) ? withoutEffects(each.args[0] as Expression) : each;

/** `f`, with only its results kept for the gradient: all other values are computed again. */
export function checkpoint(
  f: (...inputs: readonly Expression[]) => unknown,
): (...inputs: readonly Expression[]) => unknown {
  if (typeof f !== "function") {
    fail({
      code: "invalid-argument",
      message: "checkpoint: the argument is not a function",
      expected: "a function of tensors, such as a layer or (x) => second(first(x).relu())",
      found: describeValue(f),
      hint: "write checkpoint(f)(x), not checkpoint(f(x))",
    });
  }
  return entry("checkpoint", (...inputs) => {
    const given = [...new Set(inputs.filter((each) => isExpression(each)))];
    const one = (output: unknown): Expression => {
      const message = "checkpoint: the function's result is not a float tensor";
      const expected = "a float tensor, or a list or record of them";
      if (!isExpression(output)) return fail({ code: "not-a-tensor", message, expected, found: describeValue(output) });
      return output.element === "float" ? again(output, given) : typeFault(message, expected, [output]);
    };
    const outputs = f(...inputs);
    if (isExpression(outputs) || typeof outputs !== "object" || outputs === null) return one(outputs);
    if (Array.isArray(outputs)) return outputs.map(one);
    return Object.fromEntries(Object.entries(outputs).map(([name, each]) => [name, one(each)]));
  });
}
