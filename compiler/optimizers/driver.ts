/**
 * Drivers: optimizers that are host code. The loss and the gradient are compiled; the driver calls them as often as it
 * needs, and moves the parameters itself.
 */

import { fail } from "../diagnostics.js";

/** The state in which a driver's update keeps the gradient of each parameter. */
export const gradientName = "grad";

export interface Driver {
  /** Its name in the runtime, which the emitted module imports, and its arguments. */
  readonly runtime: { readonly name: string; readonly parts: readonly string[] };
  /** The options that a call is given, in this order. */
  readonly options: readonly string[];
  /** The options that fix its code. */
  readonly settings: Readonly<Record<string, number | boolean>>;
  /** The tensors that it keeps in the instance's block, for parameters of so many elements in all. */
  tensors(length: number): Readonly<Record<string, DriverTensor>>;
  /** Options of a call that computes loss and gradient once and moves nothing. */
  readonly still: Readonly<Record<string, number>>;
  /** How often a call computes loss and gradient, and the tensors that it keeps, in the words of a report. */
  describe(length: number): string;
}

export interface DriverTensor {
  /** The model's floats, or doubles. */
  readonly element: "float" | "double";
  readonly shape: readonly number[];
  /** Whether it is saved with the model, under the first parameter, and not only work space. */
  readonly isSaved: boolean;
  /** Whether it counts something: whole numbers from 0. */
  readonly isCount?: boolean;
}

/**
 * Refuses options of `minimize` that act on gradients before an update, or after it; `options` are those in use, by
 * name.
 */
export function requireAlone(driver: string, options: Readonly<Record<string, unknown>>): void {
  const given = Object.keys(options).find((option) => options[option]);
  if (given === undefined) return;
  fail({
    code: "invalid-hyper",
    message: `minimize: ${given} has no meaning with ${driver}`,
    expected: `${driver} without ${Object.keys(options).join(", ")}`,
    found: given,
    hint:
      "a call takes several steps, which follow from the loss and its gradient at several points: they must belong to " +
      "one function, and all else that a training function does is done once a call",
  });
}
