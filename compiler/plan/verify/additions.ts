/**
 * Checks the order in which a product adds to elements. A target may compute blocks of columns one after another, each with
 * all rows: elements to which several columns add must have all these columns in one block.
 */
import type { Axis, Contraction } from "../../ir/kernel.js";
import type { Access, Accesses } from "./access.js";
import { digitsOf, type ExtentOf, type Sizes } from "./range.js";
import type { MemoryPlace } from "./schedule.js";

export function additionFaults(
  { contractions, accesses }: Accesses,
  places: ReadonlyMap<string, MemoryPlace>,
  sizes: Sizes,
  extentOf: ExtentOf,
): string[] {
  return contractions.flatMap((contraction) => {
    const { columns, tiling } = contraction;
    const cut = columns.slice(0, columns.length - tiling.wholeColumns);
    const shared = additionsOf(contraction, accesses).find((each) => !areApart(each, cut, sizes, extentOf));
    if (!shared) return [];
    const { label } = places.get(shared.buffer) as MemoryPlace;
    return [`adds to ${label}[${shared.index.key}] from several columns of a product, which blocks may separate`];
  });
}

const additionsOf = (contraction: Contraction, accesses: readonly Access[]): readonly Access[] =>
  accesses.filter(({ kind, contraction: around }) => kind === "add" && around === contraction);

/** Whether a step along each axis, outer ones first, is longer than all that the indices behind it move. */
function areApart({ index }: Access, axes: readonly Axis[], sizes: Sizes, extentOf: ExtentOf): boolean {
  const found = digitsOf(index, sizes, extentOf);
  if (!found) return axes.length === 0;
  let rest = found.digits;
  for (const axis of axes) {
    const own = rest.find(({ id }) => id === axis.id);
    rest = rest.filter((each) => each !== own);
    if ((extentOf(axis.id) ?? Infinity) <= 1) continue;
    const moved = rest.reduce((sum, { coefficient, extent }) => sum + Math.abs(coefficient) * (extent - 1), 0);
    if (!own || Math.abs(own.coefficient) <= moved) return false;
  }
  return true;
}
