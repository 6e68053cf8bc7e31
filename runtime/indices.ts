/** Checks of inputs with only some indices, or with several bounds; only modules with such inputs import it. */

import type { FilledInput } from "./abi.js";
import { refuse } from "./refuse.js";

/** Refuses the elements of `each` that are neither in [0, below) nor `except`. They are whole numbers already. */
export function checkIndices(
  { label, array, view, place }: FilledInput,
  each: (check: (position: number, below: number, except?: number) => void) => void,
): void {
  const isCompact = array !== view;
  each((position, below, except) => {
    const at = isCompact ? position : place(position);
    const value = array[at]!;
    if ((value < 0 || value >= below) && value !== except)
      refuse(
        `${label} at position ${at}: expected a whole number from 0 below ${below}` +
          `${except === undefined ? "" : ` or ${except}`}, found ${value}`,
      );
  });
}
