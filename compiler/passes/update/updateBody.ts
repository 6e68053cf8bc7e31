/** The bodies of updates: whether they are elementwise, and when two are the same. */
import { isA } from "../../ir/graph.js";
import { literal, type Expression } from "../../ir/op.js";
import { primitives } from "../../ir/expandComposites.js";
import { remembered } from "../../ir/remembered.js";
import { placeholder } from "../../ops/update.js";

/** All expressions under the roots, arguments first. */
export function bodyOrder(roots: readonly Expression[]): Expression[] {
  const done = new Set<Expression>();
  const visit = (each: Expression): void => {
    if (done.has(each)) return;
    each.args.forEach(visit);
    done.add(each);
  };
  roots.forEach(visit);
  return [...done];
}

/** What an elementwise update is computed from, and what it gives. */
export interface Abstracted {
  /** The values, in terms of placeholders for the tensors and then for the numbers. */
  readonly next: readonly Expression[];
  /** Single numbers that kernels compute, or have computed, before. */
  readonly numbers: readonly Expression[];
}

/**
 * The values as functions of one element of each of the tensors and of single numbers; null if an element of a value
 * depends on other elements. Composites count by their expansion, views only where they repeat a single number.
 */
export function abstractBody(values: readonly Expression[], tensors: readonly Expression[]): Abstracted | null {
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
    if (kind === "point") return isA(each, literal);
    if (kind !== "elementwise" && kind !== "view") return false;
    return each.args.length > 0 && each.args.every(isNumber);
  });
  const visit = remembered((each: Expression): Expression | null => {
    const position = positions.get(each);
    if (position !== undefined) return placeholder(position, { shape: each.shape, element: each.element });
    if (each.element === "scalar" || isA(each, literal)) return each;
    const kind = each.op.definition.lowering?.kind;
    if (!reaches(each) && each.shape.length === 0) {
      const type = { shape: each.shape, element: each.element };
      return isNumber(each) ? each : placeholder(tensors.length + numbers.push(each) - 1, type);
    }
    const repeats = kind === "view" && each.args.every((arg) => arg.shape.length === 0 && !reaches(arg));
    if (!repeats && !(kind === "elementwise" && reaches(each)) && !isNumber(each)) return null;
    const args = each.args.map(visit);
    return args.includes(null) ? null : each.op.node(args as Expression[], each.attributes);
  });
  const next = primitives(values).map(visit);
  return next.includes(null) ? null : { next: next as Expression[], numbers };
}

/** Text that is equal for bodies that do the same, whatever the shapes. */
export function bodyKey(name: string, roots: readonly Expression[]): string {
  const numbers = new Map<Expression, number>();
  const lines: string[] = [];
  for (const each of bodyOrder(primitives(roots))) {
    if (each.op.definition.lowering?.kind === "view") {
      numbers.set(each, numbers.get(each.args[0] as Expression) as number);
      continue;
    }
    const own = ["value", "name", "position", "to"].map((key) => String(each.attributes[key] ?? "")).join("|");
    lines.push(`${each.op.definition.name}(${each.args.map((arg) => numbers.get(arg)).join()})${own}`);
    numbers.set(each, lines.length - 1);
  }
  const results = primitives(roots).map((root) => numbers.get(root));
  return `${name}:${lines.join(";")}>${results.join()}`;
}
