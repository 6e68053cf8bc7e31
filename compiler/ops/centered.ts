/**
 * Distances from a mean that float32 cannot hold exactly: 1e6 and its neighbours are 1/16 apart. First the rounded mean
 * is subtracted. The distances from it are exact where they matter, and their mean is the error of the rounded mean.
 * Equal elements end at exactly 0.
 */
import type { Expression } from "../ir/op.js";
import { called } from "../ir/place.js";
import { product, type Size } from "../ir/size.js";
import { sum } from "./broadcast.js";
import { div } from "./div.js";
import { extent } from "./sizeScalar.js";
import { maximum } from "./maximum.js";
import { mean } from "./mean.js";
import { mul } from "./mul.js";
import { square } from "./square.js";
import { stopGradient } from "./stopGradient.js";
import { sub } from "./sub.js";

const keep = { keepDim: true };

/** How many elements the axes hold, on the host; a call in which it is 1 is refused where `several` needs more. */
export const countOver = (x: Expression, axes: readonly number[], several?: string): Expression =>
  called("count", () => extent(product(axes.map((axis) => x.shape[axis] as Size)), several));

const fromRounded = (x: Expression, axes: readonly number[]): Expression => {
  const around = mean(x, axes, keep);
  return called("distance", () => sub(x, around));
};

/** `x - mean(x)` over axes. */
export function centered(x: Expression, axes: readonly number[]): Expression {
  const near = fromRounded(x, axes);
  // Apart from rounding it is 0 for every x.
  const rest = stopGradient(mean(near, axes, keep));
  return called("distance", () => sub(near, rest));
}

/** `sum((x - mean(x))^2)` over axes, which stay as 1: with d from the rounded mean, `sum(d^2) - sum(d)^2 / count`. */
export function squaresAround(x: Expression, axes: readonly number[]): Expression {
  const near = fromRounded(x, axes);
  const off = sum(near, axes, keep);
  const squares = sum(square(near), axes, keep);
  const count = countOver(x, axes);
  const around = called("squares", () => sub(squares, mul(off, div(off, count))));
  return called("squares", () => maximum(around, 0));
}
