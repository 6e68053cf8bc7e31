/**
 * Operations and expressions.
 *
 * An operation is defined once, by `defineOp`: its shape rule, its gradient, its meaning in double, and either its
 * lowering to kernels (a primitive) or its expansion into other operations (a composite). The result is a function:
 * called on expressions it makes a new one, in the user's file as well as in gradient rules and expansions.
 */
import { fail } from "../diagnostics.js";
import { describeValue, guarded } from "./guards.js";
import { checkCopy, isMarked, marked, stampOf } from "./packageCopy.js";
import type { ArgsOf, Expression, Op, OpDefinition, Operand } from "./definition.js";
import type { Attributes, ElementType, TensorType } from "./tensorType.js";
import { exactly } from "./abstractValue.js";
import { constant } from "./scalar.js";
import { currentOrigin, here, withOrigin, type Origin, type Place } from "./place.js";
import { printShape, size, type Size } from "./size.js";

export type * from "./definition.js";
export type { Attributes, Dense, ElementType, TensorType } from "./tensorType.js";

/** The prototype of every expression: the methods of tensors, and the stamp of this copy of the package. */
const prototype: Record<PropertyKey, unknown> = {
  [Symbol.for("optimc")]: stampOf(),
  /** Refuses JavaScript's operators, which would silently make NaN of a tensor. */
  [Symbol.toPrimitive]: () =>
    fail({
      code: "invalid-argument",
      message: "a tensor is used as a number",
      expected: "a number or a text: a tensor has no value before the model runs",
      found: "a tensor with one of JavaScript's operators (+, *, <, ...), in Math.something(), or in a text",
      hint: "use the methods of tensors, such as x.mul(2), x.add(y), x.gt(0) and x.sqrt()",
    }),
};

export function isExpression(value: unknown): value is Expression {
  if (typeof value !== "object" || value === null) return false;
  if (isMarked(value)) return true;
  checkCopy(value);
  return false;
}

/** Makes functions methods of every expression, the receiver being the first parameter. */
export function addMethods(methods: Readonly<Record<string, (...parameters: never[]) => unknown>>): void {
  for (const [name, method] of Object.entries(methods)) {
    const callable = method as ((...parameters: unknown[]) => unknown) & { readonly definition?: OpDefinition };
    const noun = callable.definition?.noun ?? name;
    Object.defineProperty(prototype, name, {
      value: function (this: unknown, ...parameters: unknown[]) {
        const outer = currentOrigin();
        const origin = { layer: outer?.layer, operation: outer?.operation ?? noun };
        return guarded(name, parameters, () => withOrigin(origin, () => callable(this, ...parameters)));
      },
    });
  }
}

/** The names of the methods of tensors. */
export const methodNames = (): readonly string[] => Object.getOwnPropertyNames(prototype);

export function makeExpression(
  op: Op,
  args: readonly Expression[],
  attributes: Attributes,
  type: TensorType,
  place: Place | undefined = here(),
  origin: Origin | undefined = currentOrigin(),
): Expression {
  const { shape, element } = type;
  return copyOf({ op, attributes, shape, element, place, origin, name: undefined }, args);
}

/** The same operation at the same place, under the same name, on other arguments. */
export function copyOf(node: Omit<Expression, "args">, args: readonly Expression[]): Expression {
  const { op, attributes, shape, element, place, origin, name } = node;
  const made = marked(Object.create(prototype) as Record<string, unknown>);
  Object.assign(made, { op, args: Object.freeze(args.slice()), attributes: Object.freeze(attributes) });
  Object.assign(made, { shape: Object.freeze(shape.slice()), element, place, origin, name });
  return Object.freeze(made) as unknown as Expression;
}

function checkOperands(name: string, args: readonly Operand[]): readonly Expression[] {
  const expressions = args.filter((arg): arg is Expression => typeof arg !== "number" && isExpression(arg));
  const elements = new Set(expressions.map((arg) => arg.element));
  return args.map((arg, position) => {
    if (Number.isNaN(arg)) {
      return fail({
        code: "invalid-argument",
        message: `${name}: operand ${position + 1} is NaN`,
        expected: "a tensor or a number",
        found: "NaN, as arithmetic on something that is no number gives it",
      });
    }
    if (typeof arg === "number") {
      const whole = Number.isInteger(arg) && elements.has("int32") && !elements.has("float");
      const [only] = elements;
      const inDouble = elements.size === 1 && (only === "scalar" || only === "double");
      return literal(arg, inDouble ? only : whole ? "int32" : "float");
    }
    if (isExpression(arg)) return arg;
    return fail({
      code: "not-a-tensor",
      message: `${name}: operand ${position + 1} is not a tensor`,
      expected: "a tensor or a number",
      found: describeValue(arg),
      hint: hintFor(arg),
    });
  });
}

/** The operand of a function of tensors, if it is one; `what` is its position, or what it stands for. */
export function requireTensor(name: string, value: unknown, what: number | string): Expression {
  if (isExpression(value)) return value;
  const verb = typeof what === "string" && what.endsWith("s") ? "are" : "is";
  return fail({
    code: "not-a-tensor",
    message: `${name}: ${typeof what === "number" ? `operand ${what}` : `the ${what}`} ${verb} not a tensor`,
    expected: "a tensor",
    found: describeValue(value),
    hint: hintFor(value),
  });
}

function hintFor(value: unknown): string | undefined {
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return "constant([...]) makes a tensor of numbers";
  if (typeof value !== "function") return undefined;
  return "weight" in value ? "apply the layer: layer(x)" : "call it, and pass what it returns";
}

/**
 * The arguments and attributes of a call. If an operation of tensors is given something else, the error says so before
 * the other parameters are checked.
 */
function parse<P extends readonly unknown[], A extends Attributes, Args extends readonly unknown[]>(
  definition: OpDefinition<P, A, Args>,
  parameters: P,
): { readonly args: readonly Operand[]; readonly attributes?: A } {
  try {
    return definition.parse(...parameters);
  } catch (error) {
    const [first] = parameters;
    const takesTensor = definition.lowering?.kind !== "leaf" && definition.infer.length > 0 && !Array.isArray(first);
    if (error instanceof TypeError && takesTensor) checkOperands(definition.name, [first as Operand]);
    throw error;
  }
}

/** Defines an operation; see the file's head. */
export function defineOp<
  P extends readonly unknown[],
  A extends Attributes,
  Args extends readonly unknown[] = ArgsOf<P>,
>(definition: OpDefinition<P, A, Args>): Op<P, A, Args> {
  const general = definition as unknown as OpDefinition;
  const node = (args: readonly Expression[], attributes: Attributes = {}): Expression =>
    makeExpression(op as unknown as Op, args, attributes, general.infer(args, attributes));
  const op: Op<P, A, Args> = Object.assign(
    (...parameters: P): Expression =>
      guarded(definition.name, parameters, () => {
        const { args: operands, attributes } = parse(definition, parameters);
        const args = checkOperands(definition.name, operands);
        return node(general.align?.(args) ?? args, attributes);
      }),
    { definition, node },
  );
  Object.defineProperty(op, "name", { value: definition.name });
  return Object.freeze(op);
}

/** A number in the graph: rank 0, of the given element type. */
export const literal = defineOp<[value: number, element: ElementType], { value: number; element: ElementType }>({
  name: "literal",
  parse: (value, element) => ({ args: [], attributes: { value, element } }),
  infer: (_, { element }) => ({ shape: [], element }),
  lowering: {
    kind: "point",
    read: ({ attributes, type }) => ({
      kind: "constant",
      type,
      value: type === "f32" ? Math.fround(attributes.value) : attributes.value,
    }),
  },
  onHost: ({ value }) => constant(value),
  abstract: (_, { attributes }) => exactly(attributes.value),
  staysNonNegative: () => true,
  evaluate: (_, { attributes }) => Float64Array.of(attributes.value),
});

/** A type as error messages and printed graphs write it: `[batch, 100]`, `int32 [batch]`. */
export function printType(type: TensorType): string {
  return type.element === "float" ? printShape(type.shape) : `${type.element} ${printShape(type.shape)}`;
}

const isSize = (value: unknown): value is Size => {
  const { key, terms } = (typeof value === "object" && value !== null ? value : {}) as Partial<Size>;
  return typeof key === "string" && Array.isArray(terms);
};

/** Sizes from what a public function takes: whole numbers and names of dimensions. */
export function toShape(name: string, shape: readonly (number | string | Size)[]): Size[] {
  const expected = 'an array of whole numbers and names of dimensions, such as ["batch", 10]';
  if (!Array.isArray(shape)) {
    fail({
      code: "invalid-shape",
      message: `${name}: the shape is not an array`,
      expected,
      found: describeValue(shape),
    });
  }
  return shape.map((each, axis) => {
    if (typeof each === "string" || Number.isSafeInteger(each)) return size(each);
    if (isSize(each)) return each;
    return fail({
      code: "invalid-shape",
      message: `${name}: size ${axis + 1} of the shape is neither a whole number nor a name`,
      expected,
      found: Number.isNaN(each) ? "NaN, as arithmetic on something that is no number gives it" : describeValue(each),
    });
  });
}

/** The error of a shape rule. */
export function shapeFault(message: string, expected: string, found: string, hint?: string): never {
  return fail({ code: "shape-mismatch", message, expected, found, ...(hint ? { hint } : {}) });
}

/** The error of element types that do not fit. */
export function typeFault(message: string, expected: string, types: readonly TensorType[], hint?: string): never {
  const found = types.map(({ element, shape }) => `${element} ${printShape(shape)}`).join(" and ");
  return fail({ code: "type-mismatch", message, expected, found, ...(hint ? { hint } : {}) });
}
