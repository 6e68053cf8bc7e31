/** Less memory for more time: values that the backward sweep computes again instead of keeping. */
import { fail } from "../diagnostics.js";
import { describe, entry } from "../ir/guards.js";
import { isA } from "../ir/graph.js";
import { isExpression, literal, makeExpression, typeFault, type Expression } from "../ir/op.js";
import type { Shape } from "../ir/shape.js";
import type { Tensor } from "../ir/tensorMethods.js";
import { after } from "./after.js";
import { sum } from "./broadcast.js";
import { cotangent, ruled } from "./customGradient.js";
import { gradientMark } from "./gradient.js";
import { mul } from "./mul.js";
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

/** The nodes that `roots` are computed from and that are themselves computed from one of `inputs`, arguments first. */
function between(root: Expression, inputs: ReadonlySet<Expression>): readonly Expression[] {
  const inner: Expression[] = [];
  const isInner = new Map<Expression, boolean>();
  const stack = [root];
  while (stack.length > 0) {
    const top = stack[stack.length - 1] as Expression;
    const missing = isInner.has(top) || inputs.has(top) ? [] : top.args.filter((arg) => !isInner.has(arg));
    if (missing.length > 0) {
      stack.push(...missing);
      continue;
    }
    stack.pop();
    if (isInner.has(top)) continue;
    const made = !inputs.has(top) && top.args.some((arg) => inputs.has(arg) || isInner.get(arg));
    isInner.set(top, made);
    if (made) inner.push(top);
  }
  return inner;
}

function again(output: Expression, inputs: ReadonlySet<Expression>): Expression {
  const inner = between(output, inputs);
  if (inner.length === 0) return output;
  const given = cotangent(output);
  const copies = new Map<Expression, Expression>();
  const outer = new Map<Expression, Expression>();
  const copyOf = (arg: Expression): Expression => {
    const known = copies.get(arg) ?? outer.get(arg);
    if (known) return known;
    // A number costs nothing, and what the host computes it has before the first kernel.
    if (arg.element === "scalar" || isA(arg, literal)) return arg;
    const late = after(arg, given);
    outer.set(arg, late);
    return late;
  };
  for (const each of inner) {
    // What is computed again has its effects from the first time.
    if (isA(each, withEffects)) copies.set(each, copyOf(each.args[0] as Expression));
    else copies.set(each, makeExpression(each.op, each.args.map(copyOf), each.attributes, each, each.place));
  }
  const loss = sum(mul(copies.get(output) as Expression, given));
  const found = [...outer].filter(([arg]) => arg.element === "float");
  return ruled(
    output,
    given,
    found.map(([arg]) => arg),
    found.map(([, late]) => gradientMark(loss, late)),
  );
}

/** `f`, of whose values only the results are kept for the gradient. */
export function checkpoint(
  f: (...inputs: readonly Expression[]) => unknown,
): (...inputs: readonly Expression[]) => unknown {
  if (typeof f !== "function") {
    fail({
      code: "invalid-argument",
      message: "checkpoint: the argument is not a function",
      expected: "a function of tensors, such as a layer or (x) => second(first(x).relu())",
      found: describe(f),
      hint: "write checkpoint(f)(x), not checkpoint(f(x))",
    });
  }
  return entry("checkpoint", (...inputs) => {
    const given = new Set(inputs.filter((each) => isExpression(each)));
    const one = (output: unknown): Expression => {
      const message = "checkpoint: the function's result is not a float tensor";
      const expected = "a float tensor, or a list or record of them";
      if (!isExpression(output)) return fail({ code: "not-a-tensor", message, expected, found: describe(output) });
      return output.element === "float" ? again(output, given) : typeFault(message, expected, [output]);
    };
    const outputs = f(...inputs);
    if (isExpression(outputs) || typeof outputs !== "object" || outputs === null) return one(outputs);
    if (Array.isArray(outputs)) return outputs.map(one);
    return Object.fromEntries(Object.entries(outputs).map(([name, each]) => [name, one(each)]));
  });
}
