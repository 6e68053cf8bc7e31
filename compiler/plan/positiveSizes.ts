/** Sizes that must be at least 1 for a function's kernels to run: every tensor has elements, every slice begins inside. */
import { isOp, nodeAt, type Graph } from "../ir/graph.js";
import { constantOf, type Size } from "../ir/size.js";
import { input } from "../ops/input.js";

/** A size that a call must make at least 1, and the operation that needs it, in words for the refusal. */
export interface Needed {
  readonly size: Size;
  readonly by: string;
}

/** All such sizes that depend on a call, without the sizes of the inputs themselves, which the call brings. */
export function positiveSizes(graph: Graph): Needed[] {
  const found = new Map<string, Needed>();
  const known = new Set<string>();
  for (const node of graph.nodes) {
    if (isOp(node, input)) for (const each of node.shape) known.add(each.key);
    const types = node.args.map((arg) => nodeAt(graph, arg));
    const { name, positive, neededBy } = node.op.definition;
    const own = positive?.(types, node.attributes) ?? [];
    const by = neededBy?.(node.attributes) ?? name;
    // Only the first node with the size is named: later ones follow from it.
    for (const size of [...node.shape, ...own])
      if (constantOf(size) === null && !found.has(size.key)) found.set(size.key, { size, by });
  }
  return [...found.values()].filter(({ size }) => !known.has(size.key));
}
