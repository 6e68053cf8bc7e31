/** The steps of an operand of a contraction: how far apart its elements lie along the axes of each direction. */
import type { Axis, Operand } from "./kernel.js";
import { constantOf, mul, splitAffine, type Size } from "./size.js";

/** Along one axis or several that follow each other evenly: elements from one place to the next, and how many places. */
export interface Step {
  readonly by: Size;
  readonly extent: Size;
}

/**
 * The place at which all axes are 0, and the steps along each list of axes, outer ones first. Where axes follow each other
 * evenly for this operand they are one step; there is at least one.
 */
export function stepsOf(
  { index }: Operand,
  ...directions: readonly (readonly Axis[])[]
): { readonly start: Size; readonly steps: readonly (readonly Step[])[] } {
  let start = index;
  const steps = directions.map((axes) =>
    joined(
      axes.map((axis) => {
        const split = splitAffine(start, axis);
        if (!split) throw new Error(`contraction: ${index.key} is not affine in ${axis.id}`);
        start = split.rest;
        return { by: split.coefficient, extent: axis.extent };
      }),
    ),
  );
  return { start, steps };
}

function joined(steps: readonly Step[]): readonly Step[] {
  const kept: Step[] = [];
  for (const step of [...steps].reverse()) {
    const [inner] = kept;
    if (!inner) kept.unshift(step);
    else if (constantOf(step.extent) === 1) continue;
    else if (constantOf(inner.extent) === 1) kept[0] = step;
    else if (mul(inner.by, inner.extent).key === step.by.key)
      kept[0] = { by: inner.by, extent: mul(step.extent, inner.extent) };
    else kept.unshift(step);
  }
  return kept;
}
