/**
 * Decides whether an update may join the kernel that produces its gradient. A list of conditions must hold; the first
 * that fails is the reason that `explain` prints. The conditions on order and tiles are not in the list: the order
 * edges of the fusion, the lowering of the joined group and the schedule's verifier enforce them.
 */
import { isOp, nodeAt, throughViews, type Graph, type NodeId } from "../../ir/graph.js";
import { add } from "../../ops/add.js";
import { isEffect, sourceOf } from "../../ir/effects.js";
import type { Group } from "./group.js";

interface Candidate {
  readonly graph: Graph;
  readonly producer: Group;
  readonly update: NodeId;
  readonly gradient: NodeId;
  readonly neededBy: ReadonlyMap<NodeId, ReadonlySet<NodeId>>;
  readonly outputs: ReadonlySet<NodeId>;
}

interface Condition {
  readonly holds: (candidate: Candidate) => boolean;
  /** The reason if it does not hold. */
  readonly reason: (candidate: Candidate) => string;
}

/** The members of the producer from which the gradient is computed, the contraction included. */
function chain({ graph, producer, gradient }: Candidate): NodeId[] {
  const found = new Set<NodeId>();
  const stack = [gradient];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    if (!producer.members.has(id) || found.has(id)) continue;
    found.add(id);
    stack.push(...nodeAt(graph, id).args);
  }
  return [...found];
}

const kindOf = (graph: Graph, id: NodeId): string => nodeAt(graph, id).op.definition.name;

const conditions: readonly Condition[] = [
  {
    holds: ({ producer, gradient }) => producer.members.has(gradient),
    reason: () => "of several contributions to the gradient only the last can carry the update",
  },
  {
    holds: ({ producer }) => producer.kind === "contraction",
    reason: ({ graph, gradient }) =>
      nodeAt(graph, gradient).op.definition.lowering?.kind === "contract"
        ? "a reshape has mixed a named dimension with another axis, so that plain loops add it up"
        : `the gradient is not a single contraction but a ${kindOf(graph, gradient)}`,
  },
  {
    holds: (candidate) => chain(candidate).every((id) => !candidate.outputs.has(id)),
    reason: () => "the gradient is also returned",
  },
  {
    holds: (candidate) => {
      const links = chain(candidate);
      const inside = new Set([...links, candidate.update]);
      return links.every((id) => [...(candidate.neededBy.get(id) ?? [])].every((user) => inside.has(user)));
    },
    reason: () => "something else uses the gradient",
  },
];

/** Whether the producer computes the gradient, or a term of a gradient that is a sum. */
function contributes({ graph, producer, gradient }: Candidate): boolean {
  const terms = new Set([gradient]);
  // A set may grow while it is walked.
  for (const id of terms) {
    if (producer.members.has(id)) return true;
    const node = nodeAt(graph, id);
    if (isOp(node, add)) for (const arg of node.args) terms.add(throughViews(graph, arg));
  }
  return false;
}

/**
 * Why the consumer's update cannot join the producer, or null if every condition holds; "" if the producer does not
 * compute its gradient.
 */
export function refusal(
  graph: Graph,
  producer: Group,
  consumer: Group,
  neededBy: Candidate["neededBy"],
  outputs: ReadonlySet<NodeId>,
): string | null {
  for (const id of consumer.members) {
    const node = nodeAt(graph, id);
    if (!isEffect(node)) continue;
    // A view of a gradient counts as the gradient; lowering finds out whether it is aligned.
    const gradient = throughViews(graph, sourceOf(node));
    const candidate: Candidate = { graph, producer, update: id, gradient, neededBy, outputs };
    if (!contributes(candidate)) return "";
    const failed = conditions.find((condition) => !condition.holds(candidate));
    if (failed) return failed.reason(candidate);
  }
  return null;
}
