/** The bodies of updates: whether they are elementwise, and when two are the same. */
import type { Expression } from "../ir/op.js";

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

/**
 * Whether each element of the results depends on the same element of the placeholders only. Composites count by
 * their expansion, views only where they repeat a single number.
 */
export function isElementwiseBody(roots: readonly Expression[], holders: readonly Expression[]): boolean {
  const shape = holders[0]?.shape ?? [];
  if (holders.some((holder) => holder.shape.map((each) => each.key).join() !== shape.map((each) => each.key).join())) {
    return false;
  }
  return bodyOrder(primitives(roots)).every((each) => {
    const kind = each.op.definition.lowering?.kind;
    if (holders.includes(each) || each.element === "scalar") return true;
    if (kind === "elementwise" || each.op.definition.name === "literal") return true;
    return kind === "view" && each.args.every((arg) => isNumber(arg));
  });
}

/** Whether the expression is one number for the whole tensor: made from literals and host scalars alone. */
function isNumber(each: Expression): boolean {
  if (each.element === "scalar") return true;
  const kind = each.op.definition.lowering?.kind;
  if (kind === "point") return each.op.definition.name === "literal";
  if (kind !== undefined && kind !== "elementwise" && kind !== "view") return false;
  return each.args.every(isNumber);
}

const expansions = new WeakMap<Expression, Expression>();

/** The expressions with every composite replaced by primitives. */
export function primitives(roots: readonly Expression[]): Expression[] {
  const visit = (each: Expression): Expression => {
    const known = expansions.get(each);
    if (known) return known;
    const args = each.args.map(visit);
    const { expand } = each.op.definition;
    const same = args.every((arg, position) => arg === each.args[position]);
    const made = expand ? visit(expand(args, each.attributes)) : same ? each : each.op.node(args, each.attributes);
    expansions.set(each, made);
    return made;
  };
  return roots.map(visit);
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
