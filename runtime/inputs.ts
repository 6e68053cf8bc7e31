/** The inputs of a call: taken and checked before anything is written. */

import type { Dims } from "./abi.js";
import { countOf, settled, takeArray } from "./arrays.js";
import { checkValues } from "./numbers.js";
import { need } from "./refuse.js";
import { sizeOf, type Tensor } from "./tensor.js";

/** Takes an input's array from the caller. */
export function take(input: Tensor, given: object): void {
  const { name, view, label, spec } = input;
  input.given = takeArray(label, need(given, name, label), view, spec.shape.length);
}

/** Determines the length and the values of an input, after the last code of the caller's has run. */
export function settle(input: Tensor): void {
  const { view, given } = input;
  const inPlace = given!.values === view;
  input.length = inPlace ? NaN : countOf(given!);
  input.array = inPlace ? view : settled(given!, view);
}

/** Refuses values out of range, once the sizes are known; with `finite`, floats in typed arrays are checked too. */
export function checkInput(input: Tensor, dims: Dims, finite: boolean): void {
  const { array, view, spec, place } = input;
  checkValues(
    input.label,
    array,
    view,
    // Without a bound, the size of undefined is undefined.
    sizeOf(spec.below!, dims),
    input.resize(dims),
    array === view ? place : undefined,
    finite || Array.isArray(array),
  );
  spec.indices?.(input, dims);
}
