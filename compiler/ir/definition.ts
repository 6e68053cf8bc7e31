/** The types of operations, expressions and nodes, for `op.ts`, `graph.ts` and `body.ts`. */
import type { AbstractValue } from "./abstractValue.js";
import type { ArgumentPosition, NodeId } from "./ids.js";
import type { Lowering } from "./lowering.js";
import type { Origin, Place } from "./place.js";
import type { Scalar } from "./scalar.js";
import type { Size } from "./size.js";
import type { Attributes, Dense, Each, ElementType, TensorType } from "./tensorType.js";

/** A node as the user made it. Frozen; two expressions are the same node only if they are the same object. */
export interface Expression extends TensorType {
  readonly op: Op;
  readonly args: readonly Expression[];
  readonly attributes: Attributes;
  readonly place: Place | undefined;
  /** On whose behalf it was made. */
  readonly origin: Origin | undefined;
  /**
   * The name that the user gave it. Only expressions of an instantiated body have it; other nodes get names in the
   * graph.
   */
  readonly name: string | undefined;
}

export type { NodeId } from "./ids.js";

/** An expression in a table, whose arguments are numbers of entries. */
export interface Node extends TensorType {
  readonly op: Op;
  readonly args: readonly NodeId[];
  readonly attributes: Attributes;
  readonly place: Place | undefined;
  /** On whose behalf it was made. */
  readonly origin: Origin | undefined;
  /** The name that the user gave it. */
  readonly name: string | undefined;
}

/** A function over nodes; `body.ts` makes them. */
export interface Body {
  /** Equal keys mean bodies that compute the same in the same way; names and places do not count. */
  readonly key: string;
  readonly parameters: readonly TensorType[];
  /** The nodes, each after its arguments. The first ones stand for the parameters, one for each. */
  readonly nodes: readonly Node[];
  readonly results: readonly NodeId[];
}

/** The targets of an effect, and how it writes them. */
export interface Writes {
  /** How many of the first arguments, which are leaves, are written in place. */
  readonly targets: number;
  /** Which argument is the gradient of the first target, if it is changed by its gradient. */
  readonly gradient?: ArgumentPosition | undefined;
  /** Which rows are written, if not all. */
  readonly rows?: ListedRows | undefined;
}

/**
 * The rows that an effect touches, as positions among its arguments. The gradient has one row for each of `indices`
 * [count]. The sum for a row of the targets stands at the position that `places` gives; other positions of that row do
 * not count.
 */
export interface ListedRows {
  readonly indices: ArgumentPosition;
  readonly places: ArgumentPosition;
}

/** A rule that gives an operation's gradient apart from the derivative of its value. */
export interface CustomGradientRule {
  /** How many of the first arguments make the value; only the gradient uses the others. */
  readonly value: number;
  /** The arguments to which a gradient flows. */
  readonly arguments: readonly ArgumentPosition[];
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

/**
 * The values that a gradient rule is given. The rule returns one cotangent for each argument, null where none flows.
 */
export interface GradientContext<A extends Attributes, Args extends readonly unknown[] = readonly unknown[]> {
  readonly args: Each<Args, Expression>;
  readonly attributes: A;
  readonly result: Expression;
  readonly cotangent: Expression;
  /**
   * The gradient of a body. Its parameters are those of the body, then one cotangent for each result; its results are
   * the cotangents of the float parameters, in their order, 0 where none flows.
   */
  readonly derivative: (body: Body) => Body;
}

/** The facts that the interpreter has beside the arguments. */
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
  /** The one number that every element has, if the graph shows it. */
  readonly number: number | undefined;
  /** The node as an operand, or as the replacement of another. */
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
 * in code for all operations, where the number is not known, it is an array.
 */
export interface OpDefinition<
  P extends readonly unknown[] = readonly never[],
  A extends Attributes = Attributes,
  Args extends readonly unknown[] = ArgsOf<P>,
> {
  readonly name: string;
  /** The mathematical term for the result, if the name is a verb or an abbreviation. */
  readonly noun?: string;
  /** Turns the parameters of a call into arguments and attributes; it makes the checks that the shape rule cannot. */
  readonly parse: (...parameters: P) => { readonly args: Each<Args, Operand>; readonly attributes?: A };
  /** Makes the operands of a call agree (broadcasting); nodes made by rewrites agree already. */
  align?(args: Each<Args, Expression>): readonly Expression[];
  /** The type of the result. Faults are reported by `fail`. */
  infer(args: Each<Args, TensorType>, attributes: A): TensorType;
  /** The cotangents of the arguments. Absent: no gradient flows through the operation. */
  gradient?(context: GradientContext<A, Args>): Each<Args, Expression | null>;
  /** Present if the gradient is given by a rule instead of being the derivative of the value. */
  rule?(attributes: A): CustomGradientRule;
  /** A composite's expansion into simpler operations. */
  expand?(args: Each<Args, Expression>, attributes: A): Expression;
  /** A primitive's way into kernels. */
  readonly lowering?: Lowering<A, Args>;
  /** A primitive's plain meaning, in double. */
  evaluate?(args: Each<Args, Dense>, context: MeaningContext<A>): Float64Array;
  /**
   * If an argument is used as an index: its position, and the bound below which its values must lie unless they are
   * `except`.
   */
  indices?(
    args: Each<Args, TensorType>,
    attributes: A,
  ): { readonly argument: ArgumentPosition; readonly below: Size; readonly except?: number | undefined };
  /** What is written in place. Absent: the operation is no effect. */
  writes?(attributes: A): Writes;
  /** The result as the host computes it, if kernels compute it in another way. */
  onHost?(attributes: A): Scalar;
  /** The name of the result in the host's code. */
  hostName?(attributes: A): string;
  /**
   * Whether the result is the argument in another element type and nothing else. If the argument is a leaf or a host
   * scalar, the result is then computed wherever it is used.
   */
  readonly converts?: boolean;
  /** For a result of positions along an axis, integers in [0, size): the size. */
  positions?(args: Each<Args, TensorType>, attributes: A): Size;
  /**
   * The transfer function of abstract interpretation: the possible values of the result, from those of the arguments.
   * For host scalars it takes the rules of doubles. Absent: any value. Views need none: their values are those of their
   * argument.
   */
  abstract?(args: Each<Args, AbstractValue>, node: Typed<A, Args>): AbstractValue;
  /** For a leaf: whether 0 is stored in place of subnormal numbers (`ir/math/normal.ts`). */
  readonly keepsNormal?: boolean;
  /** Whether NaN in any of the arguments makes NaN. */
  readonly strict?: boolean;
  /** Whether the result is exact in every element type if the arguments and the result are small whole numbers. */
  readonly exactOnIntegers?: boolean;
  /**
   * The replacement of a node, if there is one. It must be correct for every IEEE value: `x * 1` is x, but `x * 0` is
   * not 0, `x / x` is not 1 and `x + 0` is not x (x may be -0).
   */
  simplify?(node: Rewritable<A, Args>): Expression | undefined;
  /** The result with its axes permuted, if that is the same operation on other operands. */
  transposed?(args: Each<Args, Expression>, attributes: A, permutation: readonly number[]): Expression | undefined;
  /**
   * Whether a result without negative elements stays so however it is rounded, given the same fact for each argument.
   * Absent: it may not. Views need none.
   */
  staysNonNegative?(args: Each<Args, boolean>): boolean;
  /**
   * For an operation along axes with a float result: the most that the result moves while the elements of the argument
   * move by up to `bound`. `run` is the operation itself.
   */
  perturbation?(run: (argument: Dense) => Float64Array, argument: Dense, bound: Dense): Float64Array;
  /**
   * For an operation that joins its arguments and computes nothing: the index in each argument for an index of the
   * result. The element comes from the argument whose shape contains its index.
   */
  parts?(args: Each<Args, TensorType>, attributes: A, index: readonly Size[]): Each<Args, readonly Size[]>;
  /** Sizes, beyond those of the result, that must be at least 1. */
  positive?(args: Each<Args, TensorType>, attributes: A): readonly Size[];
  /**
   * The name of the operation that needs all these sizes to be at least 1, in the refusal of a call; by default the
   * operation's own.
   */
  neededBy?(attributes: A): string | undefined;
  /** Whether the result is stored even where nodes of its kind are otherwise computed at each use. */
  readonly costly?: boolean;
  /** The mode of all nodes from which the argument is computed; the result is the argument. */
  readonly mode?: Mode;
  /** For the mark of a gradient: the position of the tensor of differentiation among the arguments. */
  readonly withRespectTo?: number;
  /** Whether the operation depends on training or evaluation; `expand` is then chosen by the mode. */
  resolveMode?(args: Each<Args, Expression>, attributes: A, mode: Mode): Expression;
  /** The operator between the operands in printed graphs, such as `+`. */
  readonly symbol?: string;
}

export type Mode = "training" | "evaluation";

export type Op<
  P extends readonly unknown[] = readonly never[],
  A extends Attributes = Attributes,
  Args extends readonly unknown[] = ArgsOf<P>,
> = ((...parameters: P) => Expression) & {
  readonly definition: OpDefinition<P, A, Args>;
  /** Makes a node from arguments and attributes as they stand in a node; rewrites of graphs call it. */
  readonly node: (args: readonly Expression[], attributes?: Attributes) => Expression;
};
