/** The words of a proof. */
import type { Dims } from "./draw.js";

export const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

/** `, batch 1, 3, 5`. */
export function printSizes(sizes: readonly Dims[]): string {
  const names = Object.keys(sizes[0] ?? {});
  if (names.length === 0) return "";
  return ` (${names.map((name) => `${name} ${[...new Set(sizes.map((dims) => dims[name]))].join(", ")}`).join("; ")})`;
}
