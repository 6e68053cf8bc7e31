/**
 * Shapes as types: what the editor knows of an expression before anything runs. Nothing here exists at run time.
 *
 * A function on shapes gives the resulting shape, or null where its operands do not go together. The operation then
 * turns the type of the parameter into a sentence, and `Known` makes a type of its result. The rules beneath:
 *
 * - `number` is a size that the types do not know. It agrees with every size, and a known size wins over it.
 * - A shape whose length is unknown (`Shape` itself) passes every check, and the result is `Shape` again.
 * - The types do no arithmetic: a size that would need it becomes `number`. The build repeats every check exactly.
 * - A user's function may be generic over dimensions, `<N extends Dim>(x: Tensor<[N, 128]>)`. Inside it N is the same
 *   as N only, never as 1 or 128, and every function here has its result there and then. Hence the custom that a
 *   condition asks about a list, never about a dimension alone, or else uses `Is`.
 */

/** A dimension: a size, or the name of a size that each call brings. */
export type Dim = number | string;

/** The dimensions of a tensor, outermost first. */
export type Shape = readonly Dim[];

// --- Dimensions ---

/**
 * Whether two types are identical. `A extends B` would wait until a user's type parameter is known; the two functions
 * are compared by identity, which tells a type parameter from a literal at once. The parameters of the alias that asks
 * must not be told apart so early: `Key` is one of its shapes, and TypeScript waits for that.
 */
// prettier-ignore
export type Is<A, B, Key> =
  [<T>() => T extends { of: A } ? 1 : 2, Key] extends [<T>() => T extends { of: B } ? 1 : 2, unknown] ? true : false;

/** The size of two axes broadcast together, alone in a list. */
// prettier-ignore
export type BroadcastDim<A, B, Key> =
  Is<A, B, Key> extends true ? [A]
  : Is<B, 1, Key> extends true ? [A]
  : Is<A, 1, Key> extends true ? [B]
  : Is<B, number, Key> extends true ? [A]
  : Is<A, number, Key> extends true ? [B]
  : null;

/** Whether two sizes may be the same. */
// prettier-ignore
export type Agree<A, B, Key> =
  Is<A, B, Key> extends true ? true
  : Is<B, number, Key> extends true ? true
  : Is<A, number, Key> extends true ? true
  : false;

// --- Two shapes ---

/** The shape of two operands broadcast together, aligned at the last axis. */
// prettier-ignore
export type Broadcast<A extends Shape, B extends Shape> =
  Is<A, B, unknown> extends true ? A
  : B extends readonly [] ? A
  : Known<BroadcastFrom<A, B, []>>;

/** Whether there is such a shape. */
// prettier-ignore
export type Broadcasts<A extends Shape, B extends Shape> =
  Is<A, B, unknown> extends true ? true
  : B extends readonly [] ? true
  : BroadcastFrom<A, B, []> extends null ? false
  : true;

// B itself is in no result: TypeScript would infer an absent tensor from the type that is wanted of the result.
// prettier-ignore
type BroadcastFrom<A extends Shape, B extends Shape, Done extends Shape> =
  B extends readonly [] ? [...A, ...Done]
  : A extends readonly [] ? Join<B, Done>
  : A extends readonly [...infer L extends Shape, infer X extends Dim]
    ? B extends readonly [...infer M extends Shape, infer Y extends Dim]
      ? BroadcastNext<L, M, BroadcastDim<X, Y, A>, Done>
      : IfUnranked<B>
    : IfUnranked<A>;

// prettier-ignore
type BroadcastNext<A extends Shape, B extends Shape, Size, Done extends Shape> =
  Size extends readonly [infer D extends Dim] ? BroadcastFrom<A, B, [D, ...Done]> : null;

/** To intersect with a wanted shape: nothing, or the fault of one that A does not broadcast to. */
export type CheckBroadcast<A extends Shape, To extends Shape, Op extends string> =
  Fills<A, To> extends true ? unknown : ShapeFault<`${Op}: ${Show<A>} does not broadcast to ${Show<To>}`>;

/** Whether each size of A, aligned at the last axis, is that of B or 1. */
// prettier-ignore
type Fills<A extends Shape, B extends Shape> =
  A extends readonly [] ? true
  : A extends readonly [...infer L extends Shape, infer X extends Dim]
    ? B extends readonly [...infer M extends Shape, infer Y extends Dim]
      ? Is<X, 1, A> extends true ? Fills<L, M>
        : Agree<X, Y, A> extends true ? Fills<L, M>
        : false
      : number extends B["length"] ? true : false
    : number extends A["length"] ? true : false;

/** A, if both shapes are the same as far as the types know. */
export type Match<A extends Shape, B extends Shape> =
  Is<A, B, unknown> extends true ? A : AgreeFrom<A, B> extends true ? A : null;

/** S without its last axis, if that is the shape of the labels. */
export type MatchRows<S extends Shape, Labels extends Shape> = S extends readonly [...infer R extends Shape, unknown]
  ? Match<R, Labels>
  : IfUnranked<S>;

// prettier-ignore
type AgreeFrom<A extends Shape, B extends Shape> =
  A extends readonly [infer X, ...infer L extends Shape]
    ? B extends readonly [infer Y, ...infer M extends Shape]
      ? Agree<X, Y, A> extends true ? AgreeFrom<L, M> : false
      : number extends B["length"] ? true : false
    : number extends A["length"] ? true
    : B extends readonly [] ? true
    : number extends B["length"] ? true
    : false;

/** The matrix product by PyTorch's rules: vectors on either side, leading axes broadcast. */
// prettier-ignore
export type Matmul<A extends Shape, B extends Shape> =
  A extends readonly [...infer L extends Shape, infer M extends Dim, infer K extends Dim]
    ? B extends readonly [...infer P extends Shape, infer Q extends Dim, infer N extends Dim]
      ? Agree<K, Q, A> extends true ? Join<BroadcastFrom<L, P, []>, [M, N]> : null
    : B extends readonly [infer Q extends Dim]
      ? Agree<K, Q, A> extends true ? [...L, M] : null
    : IfUnranked<B>
  : A extends readonly [infer K extends Dim]
    ? B extends readonly [...infer P extends Shape, infer Q extends Dim, infer N extends Dim]
      ? Agree<K, Q, A> extends true ? [...P, N] : null
    : B extends readonly [infer Q extends Dim]
      ? Agree<K, Q, A> extends true ? [] : null
    : IfUnranked<B>
  : IfUnranked<A>;

/** The sentence of the fault where `Matmul` is null. */
// prettier-ignore
export type MatmulFault<A extends Shape, B extends Shape> =
  A extends readonly [] ? `matmul: an operand has rank 0: ${Show<A>} @ ${Show<B>}`
  : B extends readonly [] ? `matmul: an operand has rank 0: ${Show<A>} @ ${Show<B>}`
  : InnerAgree<A, B> extends true ? `matmul: leading dimensions do not broadcast: ${Show<A>} @ ${Show<B>}`
  : `matmul: inner dimensions differ: ${Show<A>} @ ${Show<B>}`;

// prettier-ignore
type InnerAgree<A extends Shape, B extends Shape> =
  A extends readonly [...unknown[], infer K]
    ? B extends readonly [...unknown[], infer Q, unknown] ? Agree<K, Q, A> : false
    : false;

type Join<A, B extends Shape> = A extends readonly [...infer L extends Shape] ? [...L, ...B] : null;

/**
 * The result of a function on shapes without a better answer: `Shape` if a list has no known length, null if it has
 * one.
 */
type IfUnranked<A extends Shape> = number extends A["length"] ? Shape : null;

/**
 * The fault of last axes K for a layer that takes features F; any type if they may fit. It asks for a list first, so
 * that TypeScript spells nothing out while K is not known.
 */
// prettier-ignore
export type FeaturesFault<F extends Shape, K extends Shape> =
  K extends readonly unknown[]
    ? Match<K, F> extends null ? `the layer takes features ${Show<F>}, not ${Show<K>}` : unknown
    : never;

/** As many dimensions as F has, which ones is unknown. */
export type Dims<F extends Shape> = { readonly [I in keyof F]: Dim };

// --- Axes ---

/** For each rank, its axes and where they are counted from the front. */
// prettier-ignore
interface Positions {
  0: Record<never, never>;
  1: { 0: 0; [-1]: 0 };
  2: { 0: 0; 1: 1; [-2]: 0; [-1]: 1 };
  3: { 0: 0; 1: 1; 2: 2; [-3]: 0; [-2]: 1; [-1]: 2 };
  4: { 0: 0; 1: 1; 2: 2; 3: 3; [-4]: 0; [-3]: 1; [-2]: 2; [-1]: 3 };
  5: { 0: 0; 1: 1; 2: 2; 3: 3; 4: 4; [-5]: 0; [-4]: 1; [-3]: 2; [-2]: 3; [-1]: 4 };
  6: { 0: 0; 1: 1; 2: 2; 3: 3; 4: 4; 5: 5; [-6]: 0; [-5]: 1; [-4]: 2; [-3]: 3; [-2]: 4; [-1]: 5 };
}

/** An axis or several, as an operation takes them; undefined where none is named. */
export type Axes = number | readonly number[] | undefined;

type EachAxis<A> = A extends readonly (infer X)[] ? X : A;

/** Whether the types know enough to name the axes: literals, and a shape of rank 6 or less. */
export type AreNamed<S extends Shape, A> = S["length"] extends keyof Positions
  ? number extends A
    ? false
    : true
  : false;

/** The axes counted from the front. */
export type PositionsOf<S extends Shape, A> = S["length"] extends infer R extends keyof Positions
  ? Positions[R][EachAxis<A> & keyof Positions[R]]
  : never;

type AllPositions<S extends Shape> = PositionsOf<S, keyof Positions[S["length"] & keyof Positions]>;

/** To intersect with the type of an argument that names axes: nothing, or the fault of those that are not there. */
// prettier-ignore
export type CheckAxes<S extends Shape, A extends Axes, Op extends string> =
  undefined extends A ? unknown
  : AreNamed<S, EachAxis<A>> extends true
    ? [Exclude<EachAxis<A>, keyof Positions[S["length"] & keyof Positions]>] extends [infer X extends number]
      ? [X] extends [never] ? unknown : ShapeFault<`${Op}: there is no axis ${X} in ${Show<S>}`>
      : unknown
    : unknown;

/** The shape after a reduction over axes (undefined: over all), which disappear or stay as 1. */
// prettier-ignore
export type Reduce<S extends Shape, A extends Axes, Keep extends boolean> =
  boolean extends Keep ? Shape
  : undefined extends A ? (Keep extends true ? { -readonly [I in keyof S]: 1 } : [])
  : AreNamed<S, EachAxis<A>> extends true
    ? Keep extends true ? Ones<S, `${PositionsOf<S, A> & number}`> : Without<S, PositionsOf<S, A>, [], []>
    : Shape;

type Ones<S extends Shape, P extends string> = { -readonly [I in keyof S]: I extends P ? 1 : S[I] };

// prettier-ignore
type Without<S extends Shape, P, Done extends Shape, Seen extends 0[]> =
  S extends readonly [infer D extends Dim, ...infer R extends Shape]
    ? Seen["length"] extends P ? Without<R, P, Done, [...Seen, 0]> : Without<R, P, [...Done, D], [...Seen, 0]>
    : Done;

/** S with one axis replaced by other dimensions. */
export type Replace<S extends Shape, A extends number, By extends Shape> =
  AreNamed<S, A> extends true ? ReplaceFrom<S, PositionsOf<S, A>, By, [], []> : Shape;

// prettier-ignore
type ReplaceFrom<S extends Shape, P, By extends Shape, Done extends Shape, Seen extends 0[]> =
  S extends readonly [infer D extends Dim, ...infer R extends Shape]
    ? Seen["length"] extends P ? [...Done, ...By, ...R] : ReplaceFrom<R, P, By, [...Done, D], [...Seen, 0]>
    : Done;

/** S with other dimensions put in, so that the first of them is axis A of the result. */
export type Insert<S extends Shape, A extends number, By extends Shape> =
  AreNamed<[...S, 1], A> extends true ? InsertFrom<S, PositionsOf<[...S, 1], A>, By, [], []> : Shape;

// prettier-ignore
type InsertFrom<S extends Shape, P, By extends Shape, Done extends Shape, Seen extends 0[]> =
  Seen["length"] extends P ? [...Done, ...By, ...S]
  : S extends readonly [infer D extends Dim, ...infer R extends Shape] ? InsertFrom<R, P, By, [...Done, D], [...Seen, 0]>
  : Done;

/** To intersect with the type of an axis to be: nothing, or the fault of one that is no place in S. */
export type CheckPlace<S extends Shape, A extends number, Op extends string> =
  CheckAxes<[...S, 1], A, Op> extends ShapeFault<string>
    ? ShapeFault<`${Op}: there is no place ${A} for an axis in ${Show<S>}`>
    : unknown;

/** S with its axes in the order of a permutation (undefined: reversed). */
// prettier-ignore
export type Permute<S extends Shape, P extends readonly number[] | undefined> =
  P extends readonly number[]
    ? AreNamed<S, P[number]> extends true ? { -readonly [I in keyof P]: S[PositionsOf<S, P[I]> & keyof S & number] } : Shape
    : Reverse<S, []>;

// prettier-ignore
type Reverse<S extends Shape, Done extends Shape> =
  S extends readonly [infer D extends Dim, ...infer R extends Shape] ? Reverse<R, [D, ...Done]>
  : number extends S["length"] ? Shape
  : Done;

/** To intersect with the type of a permutation: nothing, or the fault of one that does not name each axis once. */
// prettier-ignore
export type CheckPermutation<S extends Shape, P extends readonly number[] | undefined, Op extends string> =
  P extends readonly number[]
    ? AreNamed<S, P[number]> extends true
      ? [P["length"], AllPositions<S>] extends [S["length"], PositionsOf<S, P>] ? unknown
        : ShapeFault<`${Op}: ${Show<P>} is not a permutation of the axes of ${Show<S>}`>
      : unknown
    : unknown;

// --- Stated shapes and parts ---

/** A stated shape as a result, without the `readonly` of a literal. */
export type Writable<S extends Shape> = { -readonly [I in keyof S]: S[I] };

/** A stated shape in which -1 stands for a size that the build works out. */
export type Stated<S extends Shape> = { -readonly [I in keyof S]: Is<S[I], -1, S> extends true ? number : S[I] };

/** To intersect with a stated shape: nothing, or the fault of a second -1. */
// prettier-ignore
export type CheckStated<S extends Shape, Op extends string, Seen = false> =
  S extends readonly [infer D, ...infer R extends Shape]
    ? Is<D, -1, S> extends true
      ? Seen extends true ? ShapeFault<`${Op}: more than one size is -1`> : CheckStated<R, Op, true>
      : CheckStated<R, Op, Seen>
    : unknown;

/** One axis of a slice: all of it (null), or from `start` up to but without `end`, every `step`-th. */
export type SliceRange = null | readonly [start: number, end?: number | null, step?: number];

/** The shape of a slice: sliced axes have sizes that the build works out. */
export type Slice<S extends Shape, R extends readonly SliceRange[]> = {
  -readonly [I in keyof S]: I extends keyof R ? (R[I] extends null ? S[I] : number) : S[I];
};

/** To intersect with the ranges of a slice: nothing, or the fault of more ranges than axes. */
// prettier-ignore
export type CheckRanges<S extends Shape, R extends readonly SliceRange[]> =
  number extends S["length"] ? unknown
  : number extends R["length"] ? unknown
  : Exclude<keyof R, keyof S> extends never ? unknown
  : ShapeFault<`slice: more ranges than axes: ${R["length"]} for ${Show<S>}`>;

/** Lists of numbers, up to five deep: TypeScript gives up on a type that is nested without end. */
export type NestedNumbers = number | Row<Row<Row<Row<Row<never>>>>>;

type Row<Inner> = readonly number[] | readonly Inner[];

/** The shape of nested lists of numbers; null where rows differ in length. */
// prettier-ignore
export type NestedShape<V> =
  V extends number ? []
  : V extends readonly [] ? [0]
  : V extends readonly (infer E)[] ? NestedRow<V["length"], NestedShape<E>>
  : null;

// Rows that differ make a union of shapes, which is no single list.
// prettier-ignore
type NestedRow<N extends number, Row> =
  [Row] extends [Shape] ? (IsUnion<Row> extends true ? null : [N, ...Row]) : null;

type IsUnion<A, B = A> = A extends unknown ? ([B] extends [A] ? false : true) : never;

// --- Results and faults ---

/** A result's shape; where there is none the parameter has the fault, and what follows is not blamed as well. */
export type Known<R extends Shape | null> = R extends readonly unknown[] ? R : Shape;

/** A sentence where a parameter's type is wanted that no literal has by chance. */
export interface ShapeFault<Sentence extends string> {
  readonly fault: Sentence;
}

/** The sentence of two shapes that do not broadcast. */
export type Conflict<
  Op extends string,
  A extends Shape,
  B extends Shape,
> = `${Op}: shapes do not broadcast: ${Show<A>} and ${Show<B>}`;

/** A shape as the messages write it: `[batch, 100]`. */
export type Show<S extends Shape> = number extends S["length"] ? "[...]" : `[${ShowEach<S>}]`;

// prettier-ignore
type ShowEach<S extends Shape> =
  S extends readonly [infer D extends Dim] ? ShowDim<D, S>
  : S extends readonly [infer D extends Dim, ...infer R extends Shape] ? `${ShowDim<D, S>}, ${ShowEach<R>}`
  : "";

/** A dimension as the messages write it. */
export type ShowDim<D extends Dim, Key> = Is<D, number, Key> extends true ? "number" : D;
