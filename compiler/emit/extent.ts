/** Sizes of the description. */
import { constantOf, dimensionsOf, type Factor, type Size } from "../ir/size.js";
import { printSize } from "../targets/js/size.js";

type Named = Exclude<Factor, { kind: "floor" }>;

/**
 * A size as an expression in `dims`, and in indices by their names; it is NaN if one of those on which it depends is
 * NaN.
 */
export const printInDims = (size: Size, nameOf: (id: string) => string = String): string =>
  printSize(
    size,
    (factor: Named) => (factor.kind === "index" ? nameOf(factor.index.id) : `dims[${JSON.stringify(factor.name)}]`),
    (a, b) => `Math.floor(${a} / ${b})`,
  );

/**
 * A size of the description. The runtime calls it with NaN to find the dimensions on which it depends, so that it must
 * keep NaN.
 */
export function printExtent(size: Size): string {
  const value = constantOf(size);
  if (value !== null) return String(value);
  const [dim] = dimensionsOf(size);
  if (dim === size.key) return JSON.stringify(dim);
  return `(dims) => ${printInDims(size)}`;
}
