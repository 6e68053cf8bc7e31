/** What is known of one call of a kernel beside the kernel: read off its nodes once, for debug modules and reports. */
import { isOp, nodeAt, type Graph } from "../ir/graph.js";
import { idAt, type NodeId } from "../ir/ids.js";
import type { Place } from "../ir/place.js";
import { optimizerState } from "../ops/kept.js";
import { param } from "../ops/param.js";
import { update } from "../ops/update.js";
import type { FusedGroup } from "./fuse/fuse.js";

/** One update in a kernel. */
interface WrittenParameter {
  readonly parameter: string;
  /** Whether it writes a tensor that is kept for the parameter, as for a driver, and not the parameter itself. */
  readonly isKept: boolean;
}

/** The facts about one call of a kernel. */
export interface CallFacts {
  /** What it computes, in words: an operation, or `the update of hidden.weight (adam)`. */
  readonly what: string;
  /** The user's line that it computes. */
  readonly place: Place | undefined;
  /** The updates in it, in the order of its nodes. */
  readonly updates: readonly WrittenParameter[];
}

/** The words and the place are those of the first value that the group stores. */
export function callFacts(graph: Graph, group: FusedGroup): CallFacts {
  const node = nodeAt(graph, idAt(group.stored, 0));
  const what = isOp(node, update)
    ? `the update of ${nodeAt(graph, idAt(node.args, 0)).name} (${String(node.attributes["by"])})`
    : node.op.definition.name;
  return { what, place: node.place, updates: [...group.members].flatMap((id) => writtenBy(graph, id)) };
}

function writtenBy(graph: Graph, id: NodeId): WrittenParameter[] {
  const node = nodeAt(graph, id);
  if (!isOp(node, update)) return [];
  const target = nodeAt(graph, idAt(node.args, 0));
  if (isOp(target, param)) return [{ parameter: String(target.attributes["name"]), isKept: false }];
  return isOp(target, optimizerState) ? [{ parameter: String(target.attributes["parameter"]), isKept: true }] : [];
}
