/** Reverse sweeps: one over a graph for each loss whose gradients are marked, and one over a body for its gradient. */
import { fail } from "../diagnostics.js";
import { bodiesOf, bodyFrom, placeholder, type Body } from "../ir/body.js";
import { Builder, isOp, nodeAt, type Graph, type Node, type NodeId } from "../ir/graph.js";
import { idAt, idFor, idsOf } from "../ir/ids.js";
import { literal, type Expression, type TensorType } from "../ir/op.js";
import { topologicalOrder } from "../ir/order.js";
import { gradientOrigin, withOrigin, withPlace } from "../ir/place.js";
import { rememberedWhileHeld } from "../ir/remembered.js";
import { printShape, type Size } from "../ir/size.js";
import { add } from "../ops/add.js";
import { broadcastTo } from "../ops/broadcast.js";
import { gradientMark } from "../ops/gradient.js";

/** The arguments of a node, with resolved marks replaced by their gradients. */
type Args = (id: NodeId) => readonly NodeId[];

/** All nodes from which the roots are computed, arguments first, in a graph that is still growing. */
function orderFrom(roots: readonly NodeId[], argsOf: Args): NodeId[] {
  const done = new Set<NodeId>();
  const order: NodeId[] = [];
  const stack = [...roots].reverse();
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
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
  const { op, attributes: own } = builder.node(id);
  const args = argsOf(id);
  const { gradient } = op.definition;
  if (!gradient) return args.map(() => null);
  const references = args.map((arg) => builder.reference(arg));
  const bodies = bodiesOf({ attributes: own });
  const attributes = bodies.length === 0 ? own : { ...own, bodies: bodies.map(withoutMarks) };
  const result = builder.reference(id);
  const found = gradient({ args: references, attributes, result, cotangent, derivative: derivativeOf });
  if (bodies.length === 0) return found;
  // Nodes made from a body have places of their own.
  return found.map((each) => each && builder.reference(builder.add(each)));
}

/** The label of each node that owns one. */
export type Owners = ReadonlyMap<NodeId, string>;

/** The cotangents of `targets`, from the given cotangents of the results. */
function sweep(
  builder: Builder,
  given: readonly (readonly [NodeId, Expression])[],
  targets: ReadonlySet<NodeId>,
  argsOf: Args,
  owners: Owners,
): Map<NodeId, Expression> {
  const contributions = new Map<NodeId, Expression[]>();
  const contribute = (id: NodeId, part: Expression): void => {
    const before = contributions.get(id);
    if (before) before.push(part);
    else contributions.set(id, [part]);
  };
  for (const [id, part] of given) contribute(id, part);
  const order = orderFrom([...contributions.keys()], argsOf);
  const active = new Set<NodeId>();
  for (const id of order) {
    const reached = targets.has(id) || argsOf(id).some((arg) => active.has(arg));
    if (reached && builder.node(id).element === "float") active.add(id);
  }
  const found = new Map<NodeId, Expression>();
  for (const id of order.reverse()) {
    const parts = contributions.get(id);
    if (!active.has(id) || !parts) continue;
    const node = builder.node(id);
    onBehalfOf(node, () => {
      // The sum becomes one node: every use below refers to the node, not to the expression that made it.
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
        const arg = argsOf(id)[position];
        if (arg !== undefined && part !== null && active.has(arg)) contribute(arg, part);
      }
    });
  }
  return found;
}

/** Nodes of a gradient have the place of the operation, and the words of its layer. */
function onBehalfOf({ place, origin, op }: Node, run: () => void): void {
  const { name, expand } = op.definition;
  const operation = origin?.operation ?? (expand && name);
  withPlace(place, () => withOrigin(gradientOrigin({ layer: origin?.layer, operation }), run));
}

/** The marks of gradients, inner ones first. */
export const marksOf = (graph: Graph): readonly NodeId[] =>
  topologicalOrder(graph).filter((id) => isOp(nodeAt(graph, id), gradientMark));

const zerosOf = (shape: readonly Size[]): Expression => broadcastTo(literal(0, "float"), shape);

/** Adds the gradients for which marks stand; returns the node of each mark. */
export function deriveMarks(
  graph: Graph,
  builder: Builder,
  marks: readonly NodeId[],
  owners: Owners,
): ReadonlyMap<NodeId, NodeId> {
  const redirected = new Map<NodeId, NodeId>();
  const argsOf: Args = (id) => builder.node(id).args.map((arg) => redirected.get(arg) ?? arg);
  // Topological order: a gradient of a gradient finds the inner one resolved.
  for (const mark of marks) {
    if (redirected.has(mark)) continue;
    const of = idAt(argsOf(mark), 0);
    const level = marks.filter((other) => !redirected.has(other) && argsOf(other)[0] === of);
    const targets = new Map(level.map((each) => [each, idAt(argsOf(each), 1)]));
    const found = sweep(builder, [[of, literal(1, "float")]], new Set(targets.values()), argsOf, owners);
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
      redirected.set(
        each,
        builder.add(found.get(target) ?? zerosOf(shape), () => ({ place })),
      );
    }
  }
  return redirected;
}

/** The body's table as a graph, whose outputs are the results. */
function graphOf({ nodes, results }: Body): Graph {
  const outputs = results.map((node, position) => ({ name: String(position), node }));
  return { name: "a body", precision: "float64", nodes, outputs, effects: [], gradients: [] };
}

/** The body with the marks in it replaced by gradients. */
const withoutMarks = rememberedWhileHeld((body: Body): Body => {
  const graph = graphOf(body);
  const marks = marksOf(graph);
  if (marks.length === 0) return body;
  const builder = new Builder(graph);
  const redirected = deriveMarks(graph, builder, marks, new Map());
  const to = (id: NodeId): NodeId => (redirected.has(id) ? to(idFor(redirected, id)) : id);
  const nodeOf = (id: NodeId): Node => ({ ...builder.node(id), args: builder.node(id).args.map(to) });
  return bodyFrom(graph.name, body.parameters, nodeOf, body.results.map(to));
});

/**
 * The gradient of a body: the cotangents of its float parameters, in their order, from the parameters and then one
 * cotangent for each result. The cotangent is 0 for a parameter from which no float result is computed.
 */
export const derivativeOf = rememberedWhileHeld((whole: Body): Body => {
  const body = withoutMarks(whole);
  const { parameters, nodes, results } = body;
  const graph = graphOf(body);
  const builder = new Builder(graph);
  const types = results.map((id) => nodes[id] as Node);
  const given = types.map((type, position) =>
    builder.reference(builder.add(placeholder(parameters.length + position, type))),
  );
  const targets = idsOf(parameters).filter((id) => parameters[id]?.element === "float");
  const seeds = results.flatMap((id, position) =>
    types[position]?.element === "float" ? [[id, given[position] as Expression] as const] : [],
  );
  const found = sweep(builder, seeds, new Set(targets), (id) => builder.node(id).args, new Map());
  const ids = targets.map((id) => builder.add(found.get(id) ?? zerosOf((parameters[id] as TensorType).shape)));
  return bodyFrom(graph.name, [...parameters, ...types], (id) => builder.node(id), ids);
});
