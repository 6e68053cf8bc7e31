/** A size as a number in the graph: what a mean divides by. */
import { defineOp } from "../ir/op.js";
import { convert, indexValue } from "../ir/scalar.js";
import { sub, type Size } from "../ir/size.js";

/** The run-time value of a size, as a host scalar. A call in which it would be 0, or not above `above`, is refused. */
export const extent = defineOp<[of: Size, above?: Size], { of: Size; above?: Size }>({
  name: "extent",
  parse: (of, above) => ({ args: [], attributes: { of, ...(above && { above }) } }),
  infer: () => ({ shape: [], element: "scalar" }),
  positive: (_, { of, above }) => (above ? [sub(of, above)] : []),
  lowering: { kind: "point", read: ({ attributes }) => convert(indexValue(attributes.of), "f64") },
  evaluate: (_, { attributes, resolve }) => Float64Array.of(resolve(attributes.of)),
});
