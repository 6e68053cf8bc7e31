/**
 * The equation of an `einsum` as a type: the size of each letter, the shape of the result, and the faults.
 *
 * The letters are read from the left, operand after operand, into `Sizes`: for each letter its size and the number of
 * the operand that gave it. A fault is a sentence, and where it stands: at the equation or at one operand.
 */
import type {
  Agree,
  Broadcast,
  BroadcastDim,
  Broadcasts,
  Dim,
  ShapeFault,
  Known,
  Shape,
  Show,
  ShowDim,
} from "./shape.js";

type Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
type Characters<S extends string, Done> = S extends `${infer C}${infer R}` ? Characters<R, Done | C> : Done;
type Letter = Characters<Alphabet, never>;

/** By letter, its size and the operand that gave it; `...` has a shape. */
type Sizes = Readonly<Record<string, readonly [size: unknown, operand: number]>>;

interface Wrong<At extends number | "equation", Sentence extends string> {
  readonly at: At;
  readonly sentence: Sentence;
}

/** To intersect with the equation: nothing, or its fault. */
export type CheckEquation<E extends string, S extends readonly Shape[]> =
  Meaning<E, S> extends Wrong<"equation", infer Sentence> ? ShapeFault<Sentence> : unknown;

/** To intersect with the operand at a position, written as a key: nothing, or its fault. */
export type CheckOperand<E extends string, S extends readonly Shape[], I> =
  Meaning<E, S> extends Wrong<infer At extends number, infer Sentence>
    ? `${At}` extends I
      ? ShapeFault<Sentence>
      : unknown
    : unknown;

/** The shape of the result; an unknown one if the equation is no literal, a rank is unknown or something is wrong. */
export type EinsumShape<E extends string, S extends readonly Shape[]> = Known<
  Meaning<E, S> extends infer R extends Shape ? R : null
>;

// prettier-ignore
type Meaning<E extends string, S extends readonly Shape[]> =
  string extends E ? Shape
  : number extends S["length"] ? Shape
  : Split<Tight<E>> extends readonly [infer In extends string, infer Out extends string | null]
    ? Read<Terms<In, []>, S, Record<never, never>, []> extends infer Found
      ? Found extends Wrong<number | "equation", string> ? Found
      : Found extends Shape ? Shape
      : Found extends Sizes ? Out extends string ? Written<Out, Found, []> : Implied<In, Found>
      : Shape
    : Shape
  : Shape;

type Tight<E extends string> = E extends `${infer A} ${infer B}` ? Tight<`${A}${B}`> : E;

type Split<E extends string> = E extends `${infer In}->${infer Out}` ? [In, Out] : [E, null];

// prettier-ignore
type Terms<In extends string, Done extends readonly string[]> =
  In extends `${infer T},${infer R}` ? Terms<R, [...Done, T]> : [...Done, In];

/** The sizes of the letters of all terms; a fault; or `Shape` where a rank is unknown. */
// prettier-ignore
type Read<T extends readonly string[], S extends readonly Shape[], Found extends Sizes, Done extends 0[]> =
  T extends readonly [infer Term extends string, ...infer Rest extends readonly string[]]
    ? S extends readonly [infer First extends Shape, ...infer Others extends readonly Shape[]]
      ? number extends First["length"] ? Shape
        : ReadTerm<Term, First, Found, Done["length"]> extends infer Next
          ? Next extends Sizes ? Read<Rest, Others, Next, [...Done, 0]> : Next
          : never
      : Wrong<"equation", `einsum: the equation has a term for operand ${[...Done, 0]["length"]}, which is not given`>
    : S extends readonly []
      ? Found
      : Wrong<Done["length"], `einsum: the equation has no term for operand ${[...Done, 0]["length"]}`>;

// prettier-ignore
type ReadTerm<T extends string, S extends Shape, Found extends Sizes, At extends number> =
  T extends `${string}...${string}...${string}` ? Wrong<"equation", `einsum: '...' is twice in '${T}'`>
  : T extends `${infer P}...${infer Q}`
    ? FromEnd<S, Q, []> extends readonly [infer Front extends Shape, infer Back extends Shape]
      ? FromEnd<Front, P, []> extends readonly unknown[]
        ? Walk<P, Front, Found, Record<never, never>, At> extends infer Before
          ? Before extends readonly [infer Sized extends Sizes, infer Own extends Sizes, infer Middle extends Shape]
            ? Walk<Q, Back, Sized, Own, At> extends infer After
              ? After extends readonly [infer All extends Sizes, Sizes, unknown] ? Spread<All, Middle, At> : After
              : never
            : Before
          : never
        : WrongRank<T, S, At>
      : WrongRank<T, S, At>
  : FromEnd<S, T, []> extends readonly [readonly [], unknown]
    ? Walk<T, S, Found, Record<never, never>, At> extends infer Walked
      ? Walked extends readonly [infer All extends Sizes, Sizes, unknown] ? All : Walked
      : never
    : WrongRank<T, S, At>;

/** S split in two: its first sizes, and as many sizes at its end as there are letters. */
// prettier-ignore
type FromEnd<S extends Shape, Letters extends string, Back extends Shape> =
  Letters extends `${string}${infer R}`
    ? S extends readonly [...infer L extends Shape, infer D extends Dim] ? FromEnd<L, R, [D, ...Back]> : null
    : [S, Back];

/**
 * Gives letters the first sizes of S, which has at least as many. The result: all known sizes, those of this operand,
 * and the rest of S.
 */
// prettier-ignore
type Walk<Letters extends string, S extends Shape, Found extends Sizes, Own extends Sizes, At extends number> =
  Letters extends `${infer C}${infer R}`
    ? C extends Letter
      ? S extends readonly [infer D extends Dim, ...infer Rest extends Shape]
        ? C extends keyof Own
          ? Agree<Own[C][0], D, S> extends true
            ? Walk<R, Rest, Found, Own, At>
            : Wrong<At, `einsum: '${C}' is ${ShowDim<Own[C][0] & Dim, S>} and ${ShowDim<D, S>} in operand ${Ordinal<At>}`>
          : C extends keyof Found
            ? BroadcastDim<Found[C][0], D, S> extends readonly [infer Both extends Dim]
              ? Walk<R, Rest, Put<Found, C, Both, Found[C][1]>, Put<Own, C, D, At>, At>
              : WrongSize<C, Found[C], D, At, S>
            : Walk<R, Rest, Put<Found, C, D, At>, Put<Own, C, D, At>, At>
        : never
      : Wrong<"equation", `einsum: '${C}' is not a letter`>
    : [Found, Own, S];

type Put<Found extends Sizes, C extends string, D, At extends number> = {
  readonly [K in keyof Found | C]: K extends C ? readonly [D, At] : Found[K & keyof Found];
};

/** Adds the shape of `...` in one operand. */
// prettier-ignore
type Spread<Found extends Sizes, S extends Shape, At extends number> =
  "..." extends keyof Found
    ? Found["..."] extends readonly [infer Before extends Shape, infer From extends number]
      ? Broadcasts<Before, S> extends true
        ? Put<Found, "...", Broadcast<Before, S>, From>
        : Wrong<At, `einsum: '...' is ${Show<Before>} in operand ${Ordinal<From>} and ${Show<S>} in operand ${Ordinal<At>}`>
      : never
    : Put<Found, "...", S, At>;

/** Operands are counted from 1 in sentences. */
type Ordinal<At extends number> = [...Counted<At, []>, 0]["length"] & number;
type Counted<N extends number, Done extends 0[]> = Done["length"] extends N ? Done : Counted<N, [...Done, 0]>;

type WrongSize<C extends string, Before extends Sizes[string], D extends Dim, At extends number, Key> = Wrong<
  At,
  `einsum: '${C}' is ${ShowDim<Before[0] & Dim, Key>} in operand ${Ordinal<Before[1]>} and ${ShowDim<D, Key>} in operand ${Ordinal<At>}`
>;

type WrongRank<T extends string, S extends Shape, At extends number> = Wrong<
  At,
  `einsum: '${T}' does not name the axes of ${Show<S>}`
>;

/** The shape of a stated result. */
// prettier-ignore
type Written<Out extends string, Found extends Sizes, Done extends Shape, Seen extends string = never> =
  Out extends `...${infer R}`
    ? "..." extends Seen ? Wrong<"equation", `einsum: '...' is twice in the result`>
      : Written<R, Found, [...Done, ...Spreading<Found>], Seen | "...">
  : Out extends `${infer C}${infer R}`
    ? C extends Letter
      ? C extends Seen ? Wrong<"equation", `einsum: '${C}' is twice in the result`>
        : Found[C] extends readonly [infer D extends Dim, number] ? Written<R, Found, [...Done, D], Seen | C>
        : Wrong<"equation", `einsum: '${C}' of the result is in no operand`>
      : Wrong<"equation", `einsum: '${C}' is not a letter`>
  : Done;

type Spreading<Found extends Sizes> = Found extends { readonly "...": readonly [infer S extends Shape, number] }
  ? S
  : [];

/** The shape of a result that is not stated: the shape of `...`, then the letters that occur once, in order. */
type Implied<In extends string, Found extends Sizes> = Once<Alphabet, In, Found, Spreading<Found>>;

// prettier-ignore
type Once<Letters extends string, In extends string, Found extends Sizes, Done extends Shape> =
  Letters extends `${infer C}${infer R}`
    ? Found[C] extends readonly [infer D extends Dim, number]
      ? In extends `${string}${C}${string}${C}${string}` ? Once<R, In, Found, Done> : Once<R, In, Found, [...Done, D]>
      : Once<R, In, Found, Done>
    : Done;
