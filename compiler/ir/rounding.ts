/** How far arithmetic rounds: each target declares its own, and bounds of errors are computed from it. */

export type Precision = "float32" | "float64";

/** The units of rounding: half the distance from 1 to the next number. */
export interface Rounding {
  readonly element: number;
  /** Unit of reductions, before they are rounded once. */
  readonly accumulator: number;
  /** Unit of the products and sums of a contraction. */
  readonly contraction: number;
  /** Unit inside the body of an update. */
  readonly update: number;
  /** The largest error of an elementary function, in units. */
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
