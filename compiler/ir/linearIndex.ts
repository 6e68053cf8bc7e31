/** Row-major numbers of indices. */
import { add, floorDiv, mod, mul, zero, type Size } from "./size.js";

/** The row-major number of an index in a shape. */
export function linearIndex(index: readonly Size[], shape: readonly Size[]): Size {
  return index.reduce((sum, each, axis) => add(mul(sum, shape[axis] as Size), each), zero);
}

/** The index whose row-major number in a shape is `linear`. */
export function splitLinear(linear: Size, shape: readonly Size[]): Size[] {
  const index: Size[] = [];
  let rest = linear;
  for (let axis = shape.length - 1; axis > 0; axis--) {
    index.unshift(mod(rest, shape[axis] as Size));
    rest = floorDiv(rest, shape[axis] as Size);
  }
  if (shape.length > 0) index.unshift(rest);
  return index;
}
