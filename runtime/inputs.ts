/** What a call brings: taken and checked before anything is written. */

import type { Dims } from "./abi.js";
import { checkArray, checkValues } from "./numbers.js";
import { need } from "./refuse.js";
import { sizeOf, type Tensor, type View } from "./tensor.js";

/** Takes an input's array from the caller. */
export function take(input: Tensor, given: object): void {
  const { view, label } = input;
  const array = need(given, input.name, label);
  checkArray(label, array, view);
  input.length = array === view ? NaN : array.length;
  // Another array over this very memory might be overwritten while it is read.
  input.array = array !== view && array.buffer === view.buffer ? (array as View).slice() : array;
}

/** Refuses values out of range, once the sizes are known. */
export function checkInput(input: Tensor, dims: Dims): void {
  const { array, view, spec, place } = input;
  checkValues(
    input.label,
    array,
    view,
    // Where there is no bound, the size of nothing is nothing.
    sizeOf(spec.below!, dims),
    input.resize(dims),
    array === view ? place : undefined,
  );
  spec.indices?.(input, dims);
}
