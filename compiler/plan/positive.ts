/** Sizes that must be at least 1 for a function's kernels to run: every tensor has elements, every slice begins inside. */
import { isA, nodeAt, type Graph } from "../ir/graph.js";
import { constantOf, type Size } from "../ir/size.js";
import { input } from "../ops/input.js";

/** All such sizes that depend on a call, but for those of the inputs, which a call brings. */
export function positiveSizes(graph: Graph): Size[] {
  const found = new Map<string, Size>();
  const known = new Set<string>();
  for (const node of graph.nodes) {
    if (isA(node, input)) for (const each of node.shape) known.add(each.key);
    const types = node.args.map((arg) => nodeAt(graph, arg));
    const own = node.op.definition.positive?.(types, node.attributes) ?? [];
    for (const each of [...node.shape, ...own]) if (constantOf(each) === null) found.set(each.key, each);
  }
  return [...found.values()].filter((each) => !known.has(each.key));
}
