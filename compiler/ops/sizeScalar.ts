/** A size as a number in the graph; a mean divides by one. */
import { defineOp, literal, type Expression } from "../ir/op.js";
import { convert, indexValue } from "../ir/scalar.js";
import { constantOf, one, sub, type Size } from "../ir/size.js";

/** The run-time value of a size, as a host scalar. A call in which it would be 0, or 1 where `several` are needed, is refused. */
export function extent(of: Size, several?: string): Expression {
  const known = constantOf(of);
  const isEnough = known !== null && known > (several === undefined ? 0 : 1);
  return isEnough ? literal(known, "scalar") : sizeScalar(of, several);
}

const sizeScalar = defineOp<[of: Size, several?: string], { of: Size; several?: string }>({
  name: "extent",
  parse: (of, several) => ({ args: [], attributes: { of, ...(several && { several }) } }),
  infer: () => ({ shape: [], element: "scalar" }),
  positive: (_, { of, several }) => (several ? [sub(of, one)] : []),
  neededBy: ({ several }) => several,
  lowering: { kind: "point", read: ({ attributes }) => convert(indexValue(attributes.of), "f64") },
  onHost: ({ of }) => convert(indexValue(of), "f64"),
  evaluate: (_, { attributes, resolve }) => Float64Array.of(resolve(attributes.of)),
});
