/** Gradients that the user's file gives instead of the derived ones. */
import { fail } from "../diagnostics.js";
import { closureOf, instantiate, type Body } from "../ir/body.js";
import { checkOptions, describeValue, requireSwitch } from "../ir/guards.js";
import { defineOp, isExpression, typeFault, type Expression, type TensorType } from "../ir/op.js";
import type { Shape } from "../ir/shape.js";
import { equalAll, printShape, type Size } from "../ir/size.js";
import type { Tensor } from "../ir/tensorMethods.js";

type Inputs = Tensor<Shape> | readonly Tensor<Shape>[] | { readonly [name: string]: Tensor<Shape> };

type GradientsOf<I> = I extends Tensor<infer S> ? Tensor<S> | null : { readonly [K in keyof I]: GradientsOf<I[K]> };

export interface CustomGradient {
  /**
   * `output`, with a gradient of the caller's own. What is given for `inputs` (a tensor, or a list or record of tensors)
   * is what `rule` makes of the cotangent, the gradient of the loss with respect to `output`: the same structure, each in
   * the shape of its input, or null where none flows. No gradient flows into `output` by any other way: not to what it
   * is computed from and `inputs` do not name.
   *
   * The rule is called once, when the model is described, and makes expressions like everything else. It may use the
   * inputs, the output and whatever else is at hand, but has no effects; the gradient of the gradient is that of the rule's
   * expressions.
   * `optimc check` compares rules with finite differences, unless `surrogate` says that they are to differ.
   *
   * ```ts
   * // x, whose gradient is cut off at 1.
   * const y = customGradient(x, x, (dy) => dy.clamp(-1, 1), { surrogate: true });
   * ```
   */
  <S extends Shape, const I extends Inputs, const G extends GradientsOf<I>>(
    output: Tensor<S>,
    inputs: I,
    rule: (cotangent: Tensor<S>) => G,
    options?: CustomGradientOptions,
  ): Tensor<S>;
}

/** What `customGradient` takes beside the rule. */
export interface CustomGradientOptions {
  /**
   * Whether the rule is meant not to be the derivative of the output, as in a straight-through estimator or where a
   * gradient is cut off. `optimc check` then leaves it out. Default false.
   */
  readonly surrogate?: boolean;
}

/** The placeholder of the cotangent, with which a rule is called; it becomes the first parameter of the rule's body. */
export const cotangent = defineOp<[type: TensorType], { shape: readonly Size[] }>({
  name: "cotangent",
  parse: ({ shape }) => ({ args: [], attributes: { shape } }),
  infer: (_, { shape }) => ({ shape, element: "float" }),
  lowering: { kind: "leaf" },
});

interface Ruled extends Record<string, unknown> {
  /** The rule: its parameters are the cotangent, and the values that it captures. */
  readonly bodies: readonly [Body];
  /** For each input, which of the rule's results is its gradient; null where none flows. */
  readonly results: readonly (number | null)[];
  /** Present where the rule is meant not to be the derivative. */
  readonly surrogate?: true;
}

/** Arguments: the output, the inputs, and the values that the rule captures. */
export const ruled = defineOp<
  [output: Expression, inputs: readonly Expression[], captured: readonly Expression[], attributes: Ruled],
  Ruled,
  readonly Expression[]
>({
  name: "customGradient",
  parse: (output, inputs, captured, attributes) => ({ args: [output, ...inputs, ...captured], attributes }),
  infer: ([output]) => output as Expression,
  expand: ([output]) => output as Expression,
  gradient({ args, attributes: { bodies, results }, cotangent }) {
    const captured = args.slice(1 + results.length);
    const made = instantiate(bodies[0], [cotangent, ...captured]);
    const gradients = results.map((result) => (result === null ? null : (made[result] as Expression)));
    return [null, ...gradients, ...captured.map(() => null)];
  },
  rule: ({ results }) => ({
    value: 1,
    arguments: results.flatMap((result, input) => (result === null ? [] : [1 + input])),
  }),
});

/** The inputs, or the result of a rule, as a list with names for messages. */
function entriesOf(what: unknown): readonly (readonly [string, unknown])[] {
  if (isExpression(what) || what === null || typeof what !== "object") return [["", what]];
  const name = (key: string): string => (Array.isArray(what) ? `number ${Number(key) + 1}` : `'${key}'`);
  return Object.entries(what).map(([key, each]) => [name(key), each]);
}

const inputNamed = (name: string): string => (name === "" ? "the input" : `input ${name}`);

function requireFloat(what: string, tensor: unknown): Expression {
  const message = `customGradient: ${what} is not a float tensor`;
  const expected = "a float tensor, such as a parameter or what is computed from one";
  if (!isExpression(tensor)) return fail({ code: "not-a-tensor", message, expected, found: describeValue(tensor) });
  return tensor.element === "float" ? tensor : typeFault(message, expected, [tensor]);
}

/** `output`, whose gradient with respect to `inputs` is what `rule` makes of its cotangent. */
export function customGradient(
  output: Expression,
  inputs: unknown,
  rule: (cotangent: Expression) => unknown,
  options: CustomGradientOptions = {},
): Expression {
  checkOptions("customGradient", options, ["surrogate"]);
  const { surrogate = false } = options;
  requireSwitch("customGradient", "surrogate", surrogate);
  requireFloat("the output", output);
  const named = entriesOf(inputs).map(([name, each]) => [name, requireFloat(inputNamed(name), each)] as const);
  if (typeof rule !== "function") {
    fail({
      code: "invalid-argument",
      message: "customGradient: the rule is not a function",
      expected: "a function that makes the gradients from the cotangent, such as (dy) => dy.mul(2)",
      found: describeValue(rule),
    });
  }
  const given = cotangent(output);
  const made = rule(given);
  const results = entriesOf(made);
  const sameForm = isExpression(inputs) === (isExpression(made) || made === null) && results.length === named.length;
  if (!sameForm || results.some(([name], position) => name !== named[position]?.[0])) {
    fail({
      code: "invalid-argument",
      message: "customGradient: the rule's result does not have the form of the inputs",
      expected: isExpression(inputs)
        ? "one tensor, or null: there is one input"
        : `one for each input, as they were given: ${named.map(([name]) => name).join(", ")}`,
      found:
        isExpression(made) || made === null || typeof made !== "object"
          ? describeValue(made)
          : `${results.length === 0 ? "nothing" : results.map(([name]) => name).join(", ")}`,
      hint: "the rule returns the gradients in the structure of the inputs, null where none flows",
    });
  }
  const gradients = results.map(([name, each], position) => {
    if (each === null) return null;
    const gradient = requireFloat(`the rule's gradient for ${inputNamed(name)}`, each);
    const { shape } = (named[position] as (typeof named)[number])[1];
    if (equalAll(gradient.shape, shape)) return gradient;
    return fail({
      code: "shape-mismatch",
      message: `customGradient: the rule's gradient for ${inputNamed(name)} has another shape`,
      expected: printShape(shape),
      found: printShape(gradient.shape),
      hint: "sum() the gradient over the axes along which the input was broadcast",
    });
  });
  const flowing = gradients.filter((each) => each !== null);
  const { body, captured } = closureOf("customGradient: the rule", [given], flowing);
  return ruled(
    output,
    named.map(([, each]) => each),
    captured,
    {
      bodies: [body],
      results: gradients.map((each) => (each === null ? null : flowing.indexOf(each))),
      ...(surrogate === true && { surrogate }),
    },
  );
}
