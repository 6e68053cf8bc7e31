/**
 * Operations and expressions.
 *
 * An operation is defined once, by `defineOp`: its shape rule, its gradient, its meaning in double, and either its
 * lowering to kernels (a primitive) or its expansion into other operations (a composite). The result is a function:
 * called on expressions it makes a new one, in the user's file as well as in gradient rules and expansions.
 */
import { fail } from "../diagnostics.js";
import { describe, guarded } from "./guards.js";
import { checkCopy, isMarked, marked, stampOf } from "./packageCopy.js";
import type { Lowering } from "./lowering.js";
import type { Attributes, Dense, Each, ElementType, TensorType } from "./tensorType.js";

export type { Attributes, Dense, ElementType, TensorType } from "./tensorType.js";
import { exactly, type AbstractValue } from "./abstractValue.js";
import { constant, type Scalar } from "./scalar.js";
import { currentOrigin, here, withOrigin, type Origin, type Place } from "./place.js";
import { printShape, size, type Size } from "./size.js";

/** Where a gradient stands that the user wrote: numbers are positions of arguments. */
export interface Rule {
  /** How many of the first arguments make the value; the others are there for the gradient alone. */
  readonly value: number;
  /** The leaf for which the cotangent is put. */
  readonly cotangent: number;
  readonly gradients: readonly { readonly argument: number; readonly gradient: number }[];
}

/** A node as the user made it. Frozen; two expressions are the same node only if they are the same object. */
export interface Expression extends TensorType {
  readonly op: Op;
  readonly args: readonly Expression[];
  readonly attributes: Attributes;
  readonly place: Place | undefined;
  /** On whose behalf it was made. */
  readonly origin: Origin | undefined;
}

export type Operand = Expression | number;

/**
 * The arguments of an operation that is called with `P`: the parameters that can be expressions, and the elements of
 * those that are lists of them. The other parameters become attributes. One that may be undefined may be absent.
 */
export type ArgsOf<P extends readonly unknown[]> = number extends P["length"]
  ? readonly Expression[]
  : Required<P> extends readonly [infer First, ...infer Others]
    ? readonly [...ArgsOfOne<First>, ...ArgsOf<Others>]
    : readonly [];

type ArgsOfOne<X> = [X] extends [Operand | undefined]
  ? Expression extends X
    ? undefined extends X
      ? readonly [Expression?]
      : readonly [Expression]
    : readonly []
  : [X] extends [readonly Operand[]]
    ? Expression extends X[number]
      ? X
      : readonly []
    : readonly [];

/** What a gradient rule is given. It returns one cotangent for each argument, null where none flows. */
export interface GradientContext<A extends Attributes, Args extends readonly unknown[] = readonly unknown[]> {
  readonly args: Each<Args, Expression>;
  readonly attributes: A;
  readonly result: Expression;
  readonly cotangent: Expression;
}

/** What the interpreter knows beside the arguments. */
export interface MeaningContext<A extends Attributes> {
  readonly attributes: A;
  /** The shape of the result, as numbers. */
  readonly shape: readonly number[];
  readonly element: ElementType;
  readonly precision: "float32" | "float64";
  readonly resolve: (size: Size) => number;
  /** The key of a stream, and the number of the call. */
  readonly random: (stream: unknown) => { readonly key: readonly [number, number]; readonly call: number };
}

/** A node as a local rewrite sees it. */
export interface Rewritable<
  A extends Attributes = Attributes,
  Args extends readonly unknown[] = readonly unknown[],
> extends TensorType {
  readonly op: Op;
  readonly args: Each<Args, Rewritable>;
  readonly attributes: A;
  /** The number that every element is, if that is plain from the graph. */
  readonly number: number | undefined;
  /** The node as an operand, or as what takes the place of another. */
  readonly expression: Expression;
}

/** A node as a transfer function sees it. */
interface Typed<A extends Attributes, Args extends readonly unknown[]> {
  readonly args: Each<Args, Expression>;
  readonly attributes: A;
  readonly element: ElementType;
}

/**
 * The definition of an operation that is called with `P`. `Args` has as many elements as the operation has arguments;
 * where that is not known, in what is about all operations, it is an array.
 */
export interface OpDefinition<
  P extends readonly unknown[] = readonly never[],
  A extends Attributes = Attributes,
  Args extends readonly unknown[] = ArgsOf<P>,
> {
  readonly name: string;
  /** What mathematics calls the result, where the name is a verb or short for something. */
  readonly noun?: string;
  /** Turns what the caller wrote into arguments and attributes; it checks what the shape rule cannot see. */
  readonly parse: (...parameters: P) => { readonly args: Each<Args, Operand>; readonly attributes?: A };
  /** Makes the operands of a call agree (broadcasting); nodes made by rewrites agree already. */
  align?(args: Each<Args, Expression>): readonly Expression[];
  /** The type of the result. Faults are reported by `fail`. */
  infer(args: Each<Args, TensorType>, attributes: A): TensorType;
  /** The cotangents of the arguments. Absent: no gradient flows through the operation. */
  gradient?(context: GradientContext<A, Args>): Each<Args, Expression | null>;
  /** The gradient as a part of the graph: the user's rule, written out among the arguments. */
  rule?(attributes: A): Rule;
  /** A composite's expansion into simpler operations. */
  expand?(args: Each<Args, Expression>, attributes: A): Expression;
  /** A primitive's way into kernels. */
  readonly lowering?: Lowering<A, Args>;
  /** A primitive's plain meaning, in double. */
  evaluate?(args: Each<Args, Dense>, context: MeaningContext<A>): Float64Array;
  /** If an argument is used as an index: which, and below what its values must lie, unless they are `except`. */
  indices?(
    args: Each<Args, TensorType>,
    attributes: A,
  ): { readonly argument: number; readonly below: Size; readonly except?: number | undefined };
  /** How many of the first arguments, which are leaves, are written in place. Absent: the operation is no effect. */
  writes?(attributes: A): number;
  /** The result as the host computes it, where kernels compute it in another way. */
  onHost?(attributes: A): Scalar;
  /** What the host's code calls the result. */
  hostName?(attributes: A): string;
  /**
   * Whether the result is the argument in another element type and nothing else. Of what is in memory, or of a number of
   * the host, it is then computed wherever it is used.
   */
  readonly converts?: boolean;
  /** For a result of positions along an axis, integers in [0, size): the size. */
  positions?(args: Each<Args, TensorType>, attributes: A): Size;
  /**
   * The transfer function of abstract interpretation: what the result can be, from what the arguments can be. Rules of
   * host scalars are those of doubles. Absent: anything. Views need none, their result being what they show.
   */
  abstract?(args: Each<Args, AbstractValue>, node: Typed<A, Args>): AbstractValue;
  /** Whether NaN in any of the arguments makes NaN. */
  readonly strict?: boolean;
  /** Whether the result is exact, in every element type, for whole numbers of which it is a small whole number. */
  readonly exactOnIntegers?: boolean;
  /**
   * What a node can be replaced by. It must hold for every IEEE value: `x * 1` is x, but `x * 0` is not 0, `x / x` is not 1
   * and `x + 0` is not x (x may be -0).
   */
  simplify?(node: Rewritable<A, Args>): Expression | undefined;
  /** The result with its axes permuted, if that is the same operation on other operands. */
  transposed?(args: Each<Args, Expression>, attributes: A, permutation: readonly number[]): Expression | undefined;
  /**
   * Whether a result of which no element is negative stays so however it is rounded, from whether each argument does.
   * Absent: it may not. Views need none.
   */
  staysNonNegative?(args: Each<Args, boolean>): boolean;
  /**
   * For a float result of what runs along axes: how far it moves at most while the elements of the argument move by up to
   * `bound`. `run` is the operation itself.
   */
  perturbation?(run: (argument: Dense) => Float64Array, argument: Dense, bound: Dense): Float64Array;
  /**
   * For what puts its arguments together and computes nothing: where the element at an index lies in each of them. It is
   * that of the argument in whose shape this index is.
   */
  parts?(args: Each<Args, TensorType>, attributes: A, index: readonly Size[]): Each<Args, readonly Size[]>;
  /** Sizes, beyond those of the result, that must be at least 1. */
  positive?(args: Each<Args, TensorType>, attributes: A): readonly Size[];
  /** Who needs all these sizes to be at least 1, as the refusal of a call says; by default the operation's name. */
  neededBy?(attributes: A): string | undefined;
  /** Whether it is stored, where it would otherwise be computed again wherever it is used. */
  readonly costly?: boolean;
  /** Whether the operation depends on training or evaluation; `expand` is then chosen by the mode. */
  resolveMode?(args: Each<Args, Expression>, attributes: A, mode: Mode): Expression;
  /** How the operation is written between its operands when it is printed, such as `+`. */
  readonly symbol?: string;
}

export type Mode = "training" | "evaluation";

export type Op<
  P extends readonly unknown[] = readonly never[],
  A extends Attributes = Attributes,
  Args extends readonly unknown[] = ArgsOf<P>,
> = ((...parameters: P) => Expression) & {
  readonly definition: OpDefinition<P, A, Args>;
  /** Makes a node from arguments and attributes as they stand in a node: what graph rewrites call. */
  readonly node: (args: readonly Expression[], attributes?: Attributes) => Expression;
};

/** What every expression inherits: the methods of tensors, and the stamp of this copy of the package. */
const prototype: Record<PropertyKey, unknown> = {
  [Symbol.for("optimc")]: stampOf(),
  /** JavaScript's operators would make NaN of a tensor without a word. */
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
  const node = marked(Object.create(prototype) as Record<string, unknown>);
  Object.assign(node, { op, args: Object.freeze(args.slice()), attributes: Object.freeze(attributes) });
  Object.assign(node, { shape: Object.freeze(type.shape.slice()), element: type.element, place, origin });
  return Object.freeze(node) as unknown as Expression;
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
      found: describe(arg),
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
    found: describe(value),
    hint: hintFor(value),
  });
}

function hintFor(value: unknown): string | undefined {
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return "constant([...]) makes a tensor of numbers";
  if (typeof value !== "function") return undefined;
  return "weight" in value ? "apply the layer: layer(x)" : "call it, and pass what it returns";
}

/** What a call was given; an operation of tensors that was given something else says so before it looks at the rest. */
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

/** A type as the error messages and printed graphs write it: `[batch, 100]`, `int32 [batch]`. */
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
    fail({ code: "invalid-shape", message: `${name}: the shape is not an array`, expected, found: describe(shape) });
  }
  return shape.map((each, axis) => {
    if (typeof each === "string" || Number.isSafeInteger(each)) return size(each);
    if (isSize(each)) return each;
    return fail({
      code: "invalid-shape",
      message: `${name}: size ${axis + 1} of the shape is neither a whole number nor a name`,
      expected,
      found: Number.isNaN(each) ? "NaN, as arithmetic on something that is no number gives it" : describe(each),
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
