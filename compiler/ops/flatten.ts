import type { Expression } from "../ir/op.js";
import { addMethods, shapeFault } from "../ir/op.js";
import type { AreNamed, CheckAxes, Dim, ShapeFault, PositionsOf, Shape, Show } from "../ir/shape.js";
import { one, product } from "../ir/size.js";
import { axisOf, reshape } from "./reshape.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * The same elements with the axes `from` to `to` (the first and the last if not given; both included) joined into
     * one, in row-major order: `x.flatten(1)` makes a row of each image. The joined axis is `number` in the type;
     * `reshape` states it. The gradient is `dy` in the shape of x.
     */
    flatten<R extends Shape, const F extends number = 0, const T extends number = -1>(
      this: Tensor<R>,
      from?: F & CheckEnd<R, F>,
      to?: T & CheckEnds<R, F, T>,
    ): Tensor<Flatten<R, F, T>>;
  }

  interface IntTensorMethods {
    /**
     * The same elements with the axes `from` to `to` (the first and the last if not given; both included) joined into
     * one, in row-major order: `x.flatten(1)` makes a row of each image. The joined axis is `number` in the type;
     * `reshape` states it.
     */
    flatten<R extends Shape, const F extends number = 0, const T extends number = -1>(
      this: IntTensor<R>,
      from?: F & CheckEnd<R, F>,
      to?: T & CheckEnds<R, F, T>,
    ): IntTensor<Flatten<R, F, T>>;
  }

  interface BoolTensorMethods {
    /**
     * The same elements with the axes `from` to `to` (the first and the last if not given; both included) joined into
     * one, in row-major order: `x.flatten(1)` makes a row of each image. The joined axis is `number` in the type;
     * `reshape` states it.
     */
    flatten<R extends Shape, const F extends number = 0, const T extends number = -1>(
      this: BoolTensor<R>,
      from?: F & CheckEnd<R, F>,
      to?: T & CheckEnds<R, F, T>,
    ): BoolTensor<Flatten<R, F, T>>;
  }
}

/** The places before each of six. */
interface Before {
  0: never;
  1: 0;
  2: 0 | 1;
  3: 0 | 1 | 2;
  4: 0 | 1 | 2 | 3;
  5: 0 | 1 | 2 | 3 | 4;
}

// prettier-ignore
type Flatten<S extends Shape, F extends number, T extends number> =
  S extends readonly [] ? [1]
  : AreNamed<S, F | T> extends true ? Joined<S, PositionsOf<S, F>, PositionsOf<S, T>, [], []>
  : Shape;

// Before the joined axes, at the first, and at the last of them.
// prettier-ignore
type Joined<S extends Shape, F, T, Done extends Shape, Seen extends 0[]> =
  S extends readonly [infer D extends Dim, ...infer R extends Shape]
    ? Seen["length"] extends F
      ? Seen["length"] extends T ? [...Done, D, ...R] : Rest<R, T, [...Done, number], [...Seen, 0]>
      : Joined<R, F, T, [...Done, D], [...Seen, 0]>
    : Done;

// prettier-ignore
type Rest<S extends Shape, T, Done extends Shape, Seen extends 0[]> =
  S extends readonly [unknown, ...infer R extends Shape]
    ? Seen["length"] extends T ? [...Done, ...R] : Rest<R, T, Done, [...Seen, 0]>
    : Done;

/** A number has no axis that could be named, and becomes a list of one all the same. */
type CheckEnd<S extends Shape, A extends number> = S extends readonly [] ? unknown : CheckAxes<S, A, "flatten">;

// prettier-ignore
type CheckEnds<S extends Shape, F extends number, T extends number> =
  S extends readonly [] ? unknown
  : CheckAxes<S, T, "flatten"> extends ShapeFault<string> ? CheckAxes<S, T, "flatten">
  : AreNamed<S, F | T> extends true
    ? PositionsOf<S, T> extends Before[PositionsOf<S, F> & keyof Before]
      ? ShapeFault<`flatten: axis ${T} stands before axis ${F} in ${Show<S>}`>
      : unknown
    : unknown;

/** The axes `from` to `to`, both included, joined into one. */
export function flatten(x: Expression, from = 0, to = -1): Expression {
  const rank = x.shape.length;
  if (rank === 0) return reshape.node([x], { shape: [one] });
  const [first, last] = [axisOf("flatten", from, rank), axisOf("flatten", to, rank)];
  if (last < first)
    shapeFault(`flatten: axis ${to} stands before axis ${from}`, "the first axis, then the last", `${from} and ${to}`);
  const joined = product(x.shape.slice(first, last + 1));
  return reshape.node([x], { shape: [...x.shape.slice(0, first), joined, ...x.shape.slice(last + 1)] });
}

addMethods({ flatten });
