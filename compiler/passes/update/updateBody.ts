/** The bodies of elementwise updates. */
import { bodyOf, placeholder, type Body } from "../../ir/body.js";
import { isOp } from "../../ir/graph.js";
import { copyOf, literal, type Expression } from "../../ir/op.js";
import { primitives } from "../../ir/expandComposites.js";
import { remembered } from "../../ir/remembered.js";

/** The arguments and the results of an elementwise update. */
export interface Abstracted {
  /** One element of each value, from that element of each tensor, then from the numbers. */
  readonly body: Body;
  /** Single numbers that earlier kernels compute. */
  readonly numbers: readonly Expression[];
}

/**
 * The values as functions of one element of each of the tensors and of single numbers; null if an element of a value
 * depends on other elements. Composites count by their expansion, views only where they repeat a single number.
 * Literals and host scalars stay in the body.
 */
export function elementBody(values: readonly Expression[], tensors: readonly Expression[]): Abstracted | null {
  const positions = new Map(tensors.map((each, position) => [each, position]));
  const numbers: Expression[] = [];
  const reaches = remembered((each: Expression): boolean => {
    const kind = each.op.definition.lowering?.kind;
    const passes = (kind === "elementwise" || kind === "view") && each.element !== "double";
    return positions.has(each) || (passes && each.args.some(reaches));
  });
  /** Whether the expression is one number for the whole tensor: made from literals and host scalars alone. */
  const isNumber = remembered((each: Expression): boolean => {
    if (each.element === "scalar") return true;
    const kind = each.op.definition.lowering?.kind;
    if (kind === "point") return isOp(each, literal);
    if (kind !== "elementwise" && kind !== "view") return false;
    return each.args.length > 0 && each.args.every(isNumber);
  });
  const visit = remembered((each: Expression): Expression | null => {
    const position = positions.get(each);
    if (position !== undefined) return placeholder(position, elementOf(each));
    if (each.element === "scalar" || isOp(each, literal)) return each;
    const kind = each.op.definition.lowering?.kind;
    if (!reaches(each) && each.shape.length === 0 && !isNumber(each)) {
      return placeholder(tensors.length + numbers.push(each) - 1, each);
    }
    const repeats = kind === "view" && each.args.every((arg) => arg.shape.length === 0 && !reaches(arg));
    if (!repeats && !(kind === "elementwise" && reaches(each)) && !isNumber(each)) return null;
    // A number, repeated or not, has the same value at each element.
    if (kind === "view") return visit(each.args[0] as Expression);
    const args = each.args.map(visit);
    return args.includes(null) ? null : copyOf({ ...each, ...elementOf(each) }, args as Expression[]);
  });
  const next = primitives(values).map(visit);
  if (next.includes(null)) return null;
  const types = [...tensors.map(elementOf), ...numbers];
  return { body: bodyOf("update", types, next as Expression[]), numbers };
}

const elementOf = ({ element }: Expression): Pick<Expression, "shape" | "element"> => ({ shape: [], element });
