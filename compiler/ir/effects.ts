/** Questions about effects that their definitions answer: their targets, and their sources. */
import type { Node, NodeId, Writes } from "./definition.js";
import { bodiesOf, handsOn } from "./body.js";
import { nodeAt, type Graph } from "./graph.js";
import { idAt } from "./ids.js";

/** The targets of a node, and how it writes them, if it is an effect. */
export const writesOf = ({ op, attributes }: Pick<Node, "op" | "attributes">): Writes | undefined =>
  op.definition.writes?.(attributes);

/** Whether a node is an effect; its only result is then in its targets. */
export const isEffect = ({ op }: Pick<Node, "op">): boolean => op.definition.writes !== undefined;

/** The leaves that a node writes in place: none, unless it is an effect. */
export function targetsOf(graph: Graph, id: NodeId): readonly NodeId[] {
  const node = nodeAt(graph, id);
  return node.args.slice(0, writesOf(node)?.targets ?? 0);
}

/** The first argument that an effect only reads: the gradient, or the value that it writes. */
export function sourceOf(node: Pick<Node, "op" | "args" | "attributes">): NodeId {
  const { targets, gradient } = writesOf(node) as Writes;
  return idAt(node.args, gradient ?? targets);
}

/** Whether an effect only writes a value that other nodes compute. */
export const isPlainWrite = (node: Pick<Node, "op" | "attributes">): boolean => {
  const writes = writesOf(node);
  return writes !== undefined && writes.gradient === undefined && bodiesOf(node).every(handsOn);
};
