/** Computes a gradient a second time, so that it need not be kept until it is used. */
import { nodeAt, type Builder, type Graph } from "../../ir/graph.js";
import type { Expression } from "../../ir/op.js";
import { after } from "../../ops/after.js";

/**
 * The gradient again, if it is a product or a view of one. The operands of the new product, which are kept in any case,
 * wait for `first`, so that `cse` does not merge it with the old one. Any other gradient is returned as it is.
 */
export function recomputed(graph: Graph, builder: Builder, gradient: Expression, first: Expression): Expression {
  const opened = (each: Expression): Expression => {
    const { expand } = each.op.definition;
    if (each.args.length > 0) return expand ? opened(expand(each.args, each.attributes)) : each;
    const { op, args, attributes } = nodeAt(graph, builder.add(each));
    return args.length === 0
      ? each
      : opened(
          op.node(
            args.map((arg) => builder.reference(arg)),
            attributes,
          ),
        );
  };
  const again = (each: Expression): Expression | null => {
    const made = opened(each);
    const { op, args, attributes } = made;
    const kind = op.definition.lowering?.kind;
    if (kind === "contract")
      return op.node(
        args.map((arg) => after(arg, first)),
        attributes,
      );
    const [seen, ...rest] = args;
    if (kind !== "view" || seen === undefined) return null;
    const inner = again(seen);
    return inner && op.node([inner, ...rest], attributes);
  };
  return again(gradient) ?? gradient;
}
