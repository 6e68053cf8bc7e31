/** How far arithmetic rounds: what a target says of its own, and what bounds of errors are made of. */

export type Precision = "float32" | "float64";

/** The units of rounding: half the distance from 1 to the next number. */
export interface Rounding {
  readonly element: number;
  /** Of reductions before they are rounded once. */
  readonly accumulator: number;
  /** Of the products and sums of a contraction. */
  readonly contraction: number;
  /** Inside the body of an update. */
  readonly update: number;
  /** How many units an elementary function may be off. */
  readonly elementary: number;
}

/** Everything runs in double. */
export const double: Rounding = {
  element: 2 ** -53,
  accumulator: 2 ** -53,
  contraction: 2 ** -53,
  update: 2 ** -53,
  elementary: 1,
};
