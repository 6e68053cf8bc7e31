/** A size as a number in the graph: what a mean divides by. */
import { defineOp } from "../ir/op.js";
import { convert, indexValue } from "../ir/scalar.js";
import type { Size } from "../ir/size.js";

/** The run-time value of a size, as a host scalar. */
export const extent = defineOp<[of: Size], { of: Size }>({
  name: "extent",
  parse: (of) => ({ args: [], attributes: { of } }),
  infer: () => ({ shape: [], element: "scalar" }),
  lowering: { kind: "point", read: ({ attributes }) => convert(indexValue(attributes.of), "f64") },
  evaluate: (_, { attributes, resolve }) => Float64Array.of(resolve(attributes.of)),
});
