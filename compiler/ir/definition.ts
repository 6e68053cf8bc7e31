/** The types of operations, expressions and nodes: what `op.ts`, `graph.ts` and `body.ts` are about. */
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
  /** What the user called it: known of what a body was instantiated to, and else from the graph on. */
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
  /** What the user called it. */
  readonly name: string | undefined;
}

/** A function over nodes: see `body.ts`, which makes them. */
export interface Body {
  /** Equal keys mean bodies that compute the same in the same way; names and places do not count. */
  readonly key: string;
  readonly parameters: readonly TensorType[];
  /** Arguments before what is computed from them. The first stand for the parameters, one for each. */
  readonly nodes: readonly Node[];
  readonly results: readonly NodeId[];
}

/** What an effect writes. */
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
 * [count]: the sum of all that belongs to one row of the targets stands where `places` says, and only that row counts.
 */
export interface ListedRows {
  readonly indices: ArgumentPosition;
  readonly places: ArgumentPosition;
}

/** Whose gradient is no derivative of the value by way of the arguments. */
export interface CustomGradientRule {
  /** How many of the first arguments make the value; the others are there for the gradient alone. */
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

/** What a gradient rule is given. It returns one cotangent for each argument, null where none flows. */
export interface GradientContext<A extends Attributes, Args extends readonly unknown[] = readonly unknown[]> {
  readonly args: Each<Args, Expression>;
  readonly attributes: A;
  readonly result: Expression;
  readonly cotangent: Expression;
  /**
   * The gradient of a body: its parameters are those of the body and then one cotangent for each result, its results the
   * cotangents of the float parameters, in their order; 0 where none flows.
   */
  readonly derivative: (body: Body) => Body;
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
  /** For what has a gradient of its own, beside what its value is computed from. */
  rule?(attributes: A): CustomGradientRule;
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
  ): { readonly argument: ArgumentPosition; readonly below: Size; readonly except?: number | undefined };
  /** What is written in place. Absent: the operation is no effect. */
  writes?(attributes: A): Writes;
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
  /** For a leaf: whether 0 is kept of what would be subnormal (`ir/math/normal.ts`). */
  readonly keepsNormal?: boolean;
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
  /** The mode that everything has from which the argument is computed; the result is the argument. */
  readonly mode?: Mode;
  /** For a gradient that is wanted: which argument it is with respect to. */
  readonly withRespectTo?: number;
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
