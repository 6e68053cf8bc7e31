/** The results of a call: numbers, and compact copies in arrays that are made, or checked, before the function runs. */

import type { Dims } from "./abi.js";
import { bufferOf, kindOf, lengthOf, own, refuseFound, typed } from "./refuse.js";
import { arrays, type Tensor, type View } from "./tensor.js";

/** Finds the place for an output, given what the caller wants it written into. */
export function prepare(output: Tensor, dims: Dims, into: object): void {
  const { name, spec, view } = output;
  const length = output.resize(dims);
  const kind = kindOf(view);
  const given = own(into, name) as View | undefined;
  if (given !== undefined && (typed(given) !== kind || lengthOf(given) !== length || bufferOf(given) === view.buffer))
    refuseFound(
      `into.${name}`,
      `${kind} of length ${length} outside the net's memory`,
      kindOf(given) +
        (typed(given) ? ` of length ${lengthOf(given)}${bufferOf(given) === view.buffer ? " within it" : ""}` : ""),
    );
  output.array = given ?? ((spec.shape.length && new arrays[spec.element](length)) as View);
}

/** The results that the last call left in memory. */
export function read({ array, spec, view, copy }: Tensor): View | number | boolean {
  if (array) copy(array, true);
  return (array as View) || (spec.element === "bool" ? !!view[0] : view[0]!);
}
