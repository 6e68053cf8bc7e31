/** Expressions and nodes whose element is `scalar`, as scalars of host variables. */
import { evaluateScalar } from "./evaluate.js";
import type { Expression } from "./op.js";
import { primitives } from "./expandComposites.js";
import * as scalars from "./scalar.js";
import type { Scalar } from "./scalar.js";

const outsideGraphs = new WeakMap<Expression, Scalar>();
const hostNames = new WeakMap<Scalar, string>();

/** The names of the scalars from which schedules are made. */
export const hostNameOf = (scalar: Scalar): string | undefined => hostNames.get(scalar);

/** The scalar of an expression outside any graph, such as a schedule; parts that it shares are shared in the result. */
export function hostScalarOf(expression: Expression): Scalar {
  const visit = (each: Expression): Scalar => {
    const known = outsideGraphs.get(each) ?? namedHostScalar(each, visit, each.args);
    outsideGraphs.set(each, known);
    return known;
  };
  return visit(primitives([expression])[0] as Expression);
}

/** The scalar of a node, whose arguments are visited; it keeps the name that the node was given. */
export function namedHostScalar<T>(
  node: Pick<Expression, "op" | "attributes">,
  visit: (arg: T) => Scalar,
  args: readonly T[],
): Scalar {
  const made = hostScalar(node, visit, args);
  const name = node.op.definition.hostName?.(node.attributes);
  if (name !== undefined) hostNames.set(made, name);
  return made;
}

/** The scalar of a node, whose arguments are visited. */
export function hostScalar<T>(
  node: Pick<Expression, "op" | "attributes">,
  visit: (arg: T) => Scalar,
  args: readonly T[],
): Scalar {
  const { lowering, name, onHost } = node.op.definition;
  const operands = args.map((arg) => asNumber(visit(arg)));
  if (onHost) return onHost(node.attributes);
  if (lowering?.kind === "host") return lowering.scalar(operands, node.attributes);
  if (lowering?.kind === "elementwise") return folded(asNumber(lowering.scalar(operands, node.attributes, "f64")));
  if (lowering?.kind === "view") return operands[0] as Scalar;
  throw new Error(`${name} cannot be computed by the host`);
}

const foldings = new WeakMap<Scalar, Scalar>();

/** A scalar of constants alone is computed here, as the host would compute it. */
function folded(scalar: Scalar): Scalar {
  const known = foldings.get(scalar);
  if (known !== undefined) return known;
  const mapped = scalars.mapOperands(scalar, folded);
  const operands = scalars.operandsOf(mapped);
  const isConstant = operands.length > 0 && operands.every(({ kind }) => kind === "constant");
  const made = isConstant
    ? scalars.constant(evaluateScalar(mapped, { variable: () => NaN }), mapped.type)
    : mapped.kind === "select" && mapped.condition.kind === "constant"
      ? ([mapped.y, mapped.x][mapped.condition.value] as Scalar)
      : mapped;
  foldings.set(scalar, made);
  return made;
}

/** Comparisons of host scalars are 0 or 1. */
const asNumber = (scalar: Scalar): Scalar => scalars.convert(scalar, "f64");
