/** The reverse sweep: replaces marked gradients by the graph that computes them. */
import { fail } from "../diagnostics.js";
import { Builder, isA, nodeAt, type Graph, type Node, type NodeId } from "../ir/graph.js";
import { labelsOf } from "../ir/labels.js";
import { literal, type Expression } from "../ir/op.js";
import { topologicalOrder } from "../ir/order.js";
import { gradientOrigin, withOrigin, withPlace } from "../ir/place.js";
import { printShape } from "../ir/size.js";
import { add } from "../ops/add.js";
import { broadcastTo } from "../ops/broadcast.js";
import { gradientMark } from "../ops/gradient.js";
import type { Pass } from "./pass.js";

/** The arguments of a node, marks that are resolved replaced by what they stand for. */
type Args = (id: NodeId) => readonly NodeId[];

/** Everything that `root` is computed from, arguments first, in a graph that is still growing. */
function orderFrom(builder: Builder, root: NodeId, argsOf: Args): NodeId[] {
  const done = new Set<NodeId>();
  const order: NodeId[] = [];
  const stack = [root];
  while (stack.length > 0) {
    const top = stack[stack.length - 1] as NodeId;
    const missing = done.has(top) ? [] : argsOf(top).filter((arg) => !done.has(arg));
    if (missing.length > 0) {
      stack.push(...missing.reverse());
      continue;
    }
    stack.pop();
    if (!done.has(top)) order.push(top);
    done.add(top);
  }
  return order;
}

/** The cotangents of a node's arguments, null where none flows. */
export function cotangents(
  builder: Builder,
  id: NodeId,
  cotangent: Expression,
  argsOf: Args,
): readonly (Expression | null)[] {
  const { op, attributes } = builder.node(id);
  const args = argsOf(id);
  const { gradient, rule } = op.definition;
  if (gradient) {
    const references = args.map((arg) => builder.reference(arg));
    return gradient({ args: references, attributes, result: builder.reference(id), cotangent });
  }
  const found: (Expression | null)[] = args.map(() => null);
  if (!rule) return found;
  const given = rule(attributes);
  const wanted = given.gradients.map((each) => args[each.gradient] as NodeId);
  const holder = args[given.cotangent] as NodeId;
  const made = copyWith(builder, wanted, holder, builder.add(cotangent), argsOf);
  for (const [position, { argument }] of given.gradients.entries()) {
    found[argument] = builder.reference(made[position] as NodeId);
  }
  return found;
}

/** The nodes, with another node for `holder`: all that is computed from it is made anew, the rest is shared. */
function copyWith(builder: Builder, roots: readonly NodeId[], holder: NodeId, instead: NodeId, argsOf: Args): NodeId[] {
  const copies = new Map([[holder, instead]]);
  for (const root of roots) {
    for (const id of orderFrom(builder, root, argsOf)) {
      const args = argsOf(id);
      if (copies.has(id) || !args.some((arg) => copies.has(arg))) continue;
      copies.set(id, builder.append({ ...builder.node(id), args: args.map((arg) => copies.get(arg) ?? arg) }));
    }
  }
  return roots.map((root) => copies.get(root) ?? root);
}

/** The cotangents of `targets` for a cotangent 1 of `of`. */
function sweep(
  builder: Builder,
  of: NodeId,
  targets: ReadonlySet<NodeId>,
  argsOf: Args,
  owners: ReadonlyMap<NodeId, string>,
): Map<NodeId, Expression> {
  const order = orderFrom(builder, of, argsOf);
  const active = new Set<NodeId>();
  for (const id of order) {
    const reached = targets.has(id) || argsOf(id).some((arg) => active.has(arg));
    if (reached && builder.node(id).element === "float") active.add(id);
  }
  const contributions = new Map<NodeId, Expression[]>([[of, [literal(1, "float")]]]);
  const found = new Map<NodeId, Expression>();
  for (const id of order.reverse()) {
    const parts = contributions.get(id);
    if (!active.has(id) || !parts) continue;
    const node = builder.node(id);
    onBehalfOf(node, () => {
      // One number for the sum: every use below refers to the node, not to the expression that made it.
      const label = owners.get(id);
      const name = label === undefined ? undefined : `${label}.gradient`;
      const total = builder.reference(
        builder.add(
          parts.reduce((sum, part) => add(sum, part)),
          () => ({ place: node.place }),
        ),
      );
      if (name !== undefined) builder.rename(builder.add(total), name);
      if (targets.has(id)) found.set(id, total);
      if (!argsOf(id).some((arg) => active.has(arg))) return;
      for (const [position, part] of cotangents(builder, id, total, argsOf).entries()) {
        const arg = argsOf(id)[position] as NodeId;
        if (part === null || !active.has(arg)) continue;
        const before = contributions.get(arg);
        if (before) before.push(part);
        else contributions.set(arg, [part]);
      }
    });
  }
  return found;
}

/** What a gradient is computed with is at the place of the operation, and has the words of its layer. */
function onBehalfOf({ place, origin, op }: Node, run: () => void): void {
  const { name, expand } = op.definition;
  const operation = origin?.operation ?? (expand && name);
  withPlace(place, () => withOrigin(gradientOrigin({ layer: origin?.layer, operation }), run));
}

/**
 * Whose gradient takes the name of a label: the result of the layer that is called so. Where no layer made these nodes,
 * the first of them, since gradients of weights are made from its gradient.
 */
function labelOwners(graph: Graph): ReadonlyMap<NodeId, string> {
  const owners = new Map<string, { readonly id: NodeId; readonly ofLayer: boolean }>();
  for (const [id, label] of labelsOf(graph)) {
    const ofLayer = nodeAt(graph, id).origin?.layer === label;
    const before = owners.get(label);
    const takes =
      before === undefined || (ofLayer === before.ofLayer ? (ofLayer ? id > before.id : id < before.id) : ofLayer);
    if (takes) owners.set(label, { id, ofLayer });
  }
  return new Map([...owners].map(([label, { id }]) => [id, label]));
}

export const gradient: Pass = {
  name: "gradient",
  doc: "derives gradients by one reverse sweep for each loss",
  run(graph) {
    const marks = topologicalOrder(graph).filter((id) => isA(nodeAt(graph, id), gradientMark));
    if (marks.length === 0) return null;
    const builder = new Builder(graph);
    const owners = labelOwners(graph);
    const redirected = new Map<NodeId, NodeId>();
    const argsOf: Args = (id) => builder.node(id).args.map((arg) => redirected.get(arg) ?? arg);
    // Topological order: a gradient of a gradient finds the inner one resolved.
    for (const mark of marks) {
      if (redirected.has(mark)) continue;
      const [of] = argsOf(mark) as [NodeId, NodeId];
      const level = marks.filter((other) => !redirected.has(other) && argsOf(other)[0] === of);
      const targets = new Map(level.map((each) => [each, argsOf(each)[1] as NodeId]));
      const found = sweep(builder, of, new Set(targets.values()), argsOf, owners);
      for (const [each, target] of targets) {
        const { shape, element, place } = builder.node(target);
        if (element !== "float") {
          fail({
            code: "not-differentiable",
            message: "gradient: the target is not a float tensor",
            place,
            expected: "a float tensor",
            found: `${element} ${printShape(shape)}`,
          });
        }
        const zero = () => broadcastTo(literal(0, "float"), shape);
        redirected.set(
          each,
          builder.add(found.get(target) ?? zero(), () => ({ place })),
        );
      }
    }
    return { added: builder.added, redirected };
  },
};
