/** Replaces composites by their expansions. */
import type { Expression } from "./op.js";

const expansions = new WeakMap<Expression, Expression>();

/** The expressions with every composite replaced by primitives. */
export function primitives(roots: readonly Expression[]): Expression[] {
  const visit = (each: Expression): Expression => {
    const known = expansions.get(each);
    if (known) return known;
    // A reference to a node of a graph has no arguments, and stays as it is.
    if (each.args.length === 0) return each;
    const args = each.args.map(visit);
    const { expand } = each.op.definition;
    const same = args.every((arg, position) => arg === each.args[position]);
    const made = expand ? visit(expand(args, each.attributes)) : same ? each : each.op.node(args, each.attributes);
    expansions.set(each, made);
    return made;
  };
  return roots.map(visit);
}
