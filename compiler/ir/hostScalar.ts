/** Expressions and nodes whose element is `scalar`, as scalars of host variables. */
import type { Expression } from "./op.js";
import { primitives } from "./primitives.js";
import * as scalars from "./scalar.js";
import type { Scalar } from "./scalar.js";
import type { Size } from "./size.js";

const outsideGraphs = new WeakMap<Expression, Scalar>();

/** A host scalar that stands outside any graph, such as a schedule; what is shared in it is shared in the result. */
export function hostScalarOf(expression: Expression): Scalar {
  const visit = (each: Expression): Scalar => {
    const known = outsideGraphs.get(each) ?? hostScalar(each, visit, each.args);
    outsideGraphs.set(each, known);
    return known;
  };
  return visit(primitives([expression])[0] as Expression);
}

/** The scalar of a node, whose arguments are visited. */
export function hostScalar<T>(
  node: Pick<Expression, "op" | "attributes">,
  visit: (arg: T) => Scalar,
  args: readonly T[],
): Scalar {
  const { lowering, name } = node.op.definition;
  const operands = args.map((arg) => asNumber(visit(arg)));
  if (name === "literal") return scalars.constant(node.attributes["value"] as number);
  if (lowering?.kind === "host") return lowering.scalar(operands, node.attributes);
  if (lowering?.kind === "elementwise") return asNumber(lowering.scalar(operands, node.attributes, "f64"));
  if (lowering?.kind === "view") return operands[0] as Scalar;
  if (name === "extent") return scalars.convert(scalars.indexValue(node.attributes["of"] as Size), "f64");
  throw new Error(`${name} cannot be computed by the host`);
}

/** Comparisons of host scalars are 0 or 1. */
const asNumber = (scalar: Scalar): Scalar => scalars.convert(scalar, "f64");
