/** The gradients that a function keeps in memory, and the reasons. */
import { isInline, isOp, nodeAt, throughViews, type Graph, type NodeId } from "../ir/graph.js";
import { writesOf } from "../ir/effects.js";
import { idAt } from "../ir/ids.js";
import { add } from "../ops/add.js";
import { param } from "../ops/param.js";
import type { Fusion } from "./fuse/fuse.js";
import { bytesOf, type Buffer } from "./memory/buffer.js";

/** A gradient that a kernel stores, or a part of one. */
export interface StoredGradient {
  readonly parameter: string;
  readonly bytes: number;
  /** Why it is stored, in words that `explain` prints. */
  readonly reason: string;
}

/** Why the gradients of a driver's function are stored, and its updates are in no kernel. */
export const drivenReason = "the driver needs all gradients at once, and several times a call";

/**
 * The gradients that lie in memory, and why. If the last kernel completes a sum of contributions, the contributions
 * that are stored until then are listed too.
 */
export function storedGradients(
  graph: Graph,
  { groups, refusals }: Fusion,
  bufferOf: (id: NodeId) => Buffer,
): StoredGradient[] {
  const stored = new Set(groups.flatMap((group) => group.stored));
  const byName = new Map<string, NodeId[]>();
  for (const id of stored) {
    const name = String(nodeAt(graph, id).name);
    const same = byName.get(name) ?? [];
    byName.set(name, same);
    same.push(id);
  }
  const entry = (parameter: NodeId, id: NodeId, reason: string): StoredGradient => {
    const buffer = bufferOf(id);
    return { parameter: String(nodeAt(graph, parameter).name), bytes: buffer.length * bytesOf[buffer.type], reason };
  };
  return graph.effects.flatMap((effect) => {
    const node = nodeAt(graph, effect);
    const parameter = idAt(node.args, 0);
    const { gradient: position, rows } = writesOf(node) ?? {};
    if (!isOp(nodeAt(graph, parameter), param)) return [];
    if (position === undefined) {
      const own = byName.get(`${nodeAt(graph, parameter).name}.gradient`) ?? [];
      return own.map((id) => entry(parameter, id, "the update needs the whole gradient at once"));
    }
    const gradient = throughViews(graph, idAt(node.args, position));
    if (stored.has(gradient)) {
      const reason = rows
        ? "rows that are listed several times are summed first"
        : (refusals.get(effect) ?? "updates are kept apart from gradients");
      return [entry(parameter, gradient, reason)];
    }
    const waiting = contributions(graph, gradient).filter((id) => stored.has(id));
    return waiting.map((id) => entry(parameter, id, "one of several contributions: it waits for the last"));
  });
}

/** The terms of a sum of contributions, and the terms of those that are sums themselves, each once. */
function contributions(graph: Graph, root: NodeId): NodeId[] {
  const terms = new Set<NodeId>();
  const visit = (id: NodeId): void => {
    const node = nodeAt(graph, id);
    if (isInline(graph, node) && node.args.length === 1) return visit(idAt(node.args, 0));
    for (const arg of isOp(node, add) ? node.args : []) {
      if (terms.has(arg)) continue;
      terms.add(arg);
      visit(arg);
    }
  };
  visit(root);
  return [...terms];
}
