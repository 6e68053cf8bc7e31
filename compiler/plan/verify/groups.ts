/**
 * The verifier of groups. It shares no code with the grouping: it reads off the graph what each group needs, and asks
 * whether the groups before it have left that in memory.
 */
import { isInline, isLeaf, nodeAt, readArgs, type Graph } from "../../ir/graph.js";
import { isEffect, targetsOf } from "../../ir/effects.js";
import type { NodeId } from "../../ir/ids.js";
import type { ModelGroups } from "../kernels.js";

/** The parts of a group that the verifier needs. */
export interface VerifiedGroup {
  readonly members: ReadonlySet<NodeId>;
  /** The members whose values are kept in memory. */
  readonly stored: readonly NodeId[];
}

/** Ends the build if the groups of a function are wrong: that is a defect of the compiler, never the user's. */
export function proveGroups({ facts, functions, initialize }: ModelGroups): void {
  const faults = [...functions, initialize].flatMap(({ facts: { name }, grouping: { context, fusion } }) =>
    verifyGroups(context.graph, fusion.groups).map((fault) => `${name}: ${fault}`),
  );
  if (faults.length === 0) return;
  throw new Error(`${facts.name}: the groups are wrong (a defect of optimc): ${faults.join("; ")}`);
}

/**
 * Every fault of the groups of a graph, in the order in which they run, as a sentence. Each node that a result or an
 * effect needs belongs to one group, unless it is a leaf or computed where it is used; what a group reads from outside
 * is a leaf or stored by a group before it; results and effects are stored; and no group reads the old value of a tensor
 * that an earlier group replaced.
 */
export function verifyGroups(graph: Graph, groups: readonly VerifiedGroup[]): string[] {
  const faults: string[] = [];
  const name = (id: NodeId): string => `%${id} (${nodeAt(graph, id).name ?? nodeAt(graph, id).op.definition.name})`;
  const groupOf = new Map<NodeId, number>();
  const storedBy = new Map<NodeId, number>();
  for (const [at, { members, stored }] of groups.entries()) {
    for (const id of members) {
      const other = groupOf.get(id);
      if (other !== undefined) faults.push(`${name(id)} is in group ${other + 1} and in group ${at + 1}`);
      if (isLeaf(nodeAt(graph, id))) faults.push(`group ${at + 1} has the leaf ${name(id)}`);
      groupOf.set(id, at);
    }
    for (const id of stored) {
      if (!members.has(id)) faults.push(`group ${at + 1} stores ${name(id)}, which is in another group or in none`);
      storedBy.set(id, at);
    }
  }
  for (const id of needed(graph)) {
    const node = nodeAt(graph, id);
    if (!isLeaf(node) && !isInline(graph, node) && !groupOf.has(id)) faults.push(`${name(id)} is in no group`);
    if (isEffect(node) && groupOf.has(id) && !storedBy.has(id)) faults.push(`the effect ${name(id)} is not stored`);
  }
  for (const { name: output, node } of graph.outputs) {
    if (!storedBy.has(node)) faults.push(`the result ${output}, ${name(node)}, is not stored`);
  }
  const replacedBy = new Map<NodeId, number>();
  for (const [at, { members }] of groups.entries()) {
    const { read, awaited } = readFromOutside(graph, members);
    for (const id of read) {
      const replaced = replacedBy.get(id);
      if (replaced !== undefined)
        faults.push(`group ${at + 1} reads the old value of ${name(id)}, which group ${replaced + 1} replaces before`);
      if (isLeaf(nodeAt(graph, id)) || !groupOf.has(id)) continue;
      const from = storedBy.get(id);
      if (from === undefined) faults.push(`group ${at + 1} reads ${name(id)}, which is not stored`);
      else if (from >= at) faults.push(`group ${at + 1} reads ${name(id)}, which group ${from + 1} has yet to store`);
    }
    for (const id of awaited) {
      const from = groupOf.get(id);
      if (from !== undefined && from > at)
        faults.push(`group ${at + 1} must wait for ${name(id)}, which group ${from + 1} computes`);
    }
    for (const id of members) for (const target of targetsOf(graph, id)) replacedBy.set(target, at);
  }
  return faults;
}

/** All nodes that results and effects need. */
function needed({ nodes, outputs, effects }: Graph): ReadonlySet<NodeId> {
  const found = new Set([...outputs.map(({ node }) => node), ...effects]);
  // A set may grow while it is walked.
  for (const id of found) for (const arg of nodes[id]?.args ?? []) found.add(arg);
  return found;
}

/**
 * The nodes outside of a group whose values it reads, through nodes that are computed where they are used, and those for
 * which it only waits.
 */
function readFromOutside(
  graph: Graph,
  members: ReadonlySet<NodeId>,
): { readonly read: ReadonlySet<NodeId>; readonly awaited: ReadonlySet<NodeId> } {
  const [read, awaited] = [new Set<NodeId>(), new Set<NodeId>()];
  const inside = new Set(members);
  const waiting = new Set<NodeId>();
  const isPassed = (id: NodeId): boolean => !isLeaf(nodeAt(graph, id)) && isInline(graph, nodeAt(graph, id));
  // Both sets may grow while they are walked.
  for (const id of inside) {
    const node = nodeAt(graph, id);
    const reads = readArgs(node);
    for (const arg of reads) {
      if (isPassed(arg)) inside.add(arg);
      else if (!members.has(arg)) read.add(arg);
    }
    for (const arg of node.args.slice(reads.length)) waiting.add(arg);
  }
  for (const id of waiting) {
    if (isPassed(id)) for (const arg of nodeAt(graph, id).args) waiting.add(arg);
    else if (!members.has(id)) awaited.add(id);
  }
  return { read, awaited };
}
