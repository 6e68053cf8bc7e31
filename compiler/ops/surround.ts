/** Zeros around the last axes of a tensor, and the tensor within them. */
import type { Expression } from "../ir/op.js";
import { add, size, zero, type Size } from "../ir/size.js";
import { pad, slice } from "./slice.js";

/** How many elements stand before and behind each of the last axes. */
export type Around = readonly (readonly [before: number, behind: number])[];

const isEmpty = (around: Around): boolean => around.every(([before, behind]) => before === 0 && behind === 0);

/** Where a tensor of this rank lies in one that is surrounded; `partOf` is the operation that refuses sizes. */
const within = (rank: number, around: Around, shape: readonly Size[], partOf: string) => ({
  start: [...Array.from({ length: rank - around.length }, () => zero), ...around.map(([before]) => size(before))],
  step: Array.from({ length: rank }, () => 1),
  shape,
  partOf,
});

/** The shape of a tensor with elements around it. */
export const surroundedShape = (shape: readonly Size[], around: Around): Size[] =>
  shape.map((extent, axis) => {
    const [before, behind] = around[axis - shape.length + around.length] ?? [0, 0];
    return add(extent, size(before + behind));
  });

/** x with zeros around its last axes. */
export const surround = (x: Expression, around: Around, partOf: string): Expression =>
  isEmpty(around) ? x : pad.node([x], within(x.shape.length, around, surroundedShape(x.shape, around), partOf));

/** The part of this shape around which `surround` puts zeros. */
export const interior = (x: Expression, around: Around, shape: readonly Size[], partOf: string): Expression =>
  isEmpty(around) ? x : slice.node([x], within(x.shape.length, around, shape, partOf));
