/** Parameters that no gradient reaches, and where the way to them ends. */
import { fail, OptimcError, type Related } from "../diagnostics.js";
import { Builder, isOp, nodeAt, type Graph, type Node, type NodeId } from "../ir/graph.js";
import { topologicalOrder } from "../ir/order.js";
import type { Place } from "../ir/place.js";
import { literal } from "../ir/op.js";
import { broadcast } from "../ops/broadcast.js";
import { cast } from "../ops/cast.js";
import { cotangents } from "./reverseSweep.js";
import type { Pass } from "./pass.js";
import { idAt } from "../ir/ids.js";

interface Trained {
  readonly name: string;
  readonly place: Place | undefined;
  /** Whether the user named the parameters. */
  readonly areNamed: boolean;
}

/** Finds parameters that no gradient reaches. */
export const checkReached: Pass = {
  name: "reached",
  doc: "finds parameters that no gradient reaches",
  run(graph, { definition }) {
    if (definition?.kind !== "minimize") return null;
    const trained = { name: graph.name, place: definition.place, areNamed: definition.params !== null };
    return { notes: { warnings: warningsOf(graph, trained) } };
  },
};

/**
 * A warning if the gradient of some trained parameters is 0 for all inputs; an error if that is so for all parameters,
 * since nothing would be trained. `graph` holds the gradients, and the loss as its output of that name.
 */
function warningsOf(graph: Graph, { name, place, areNamed }: Trained): readonly OptimcError[] {
  const unreached = graph.gradients.filter(({ gradient }) => isZero(graph, gradient)).map(({ parameter }) => parameter);
  if (unreached.length === 0) return [];
  const ends = endsOf(graph, unreached);
  const related = ends
    .slice(0, 3)
    .map((end): Related => ({ place: end.place, label: `the gradient ends in ${nameOf(end)}` }));
  const found = `a loss to which they go through ${listed(ends.map(nameOf))} alone, which no gradient passes`;
  const names = unreached.map((id) => String(nodeAt(graph, id).attributes["name"]));
  if (unreached.length === graph.gradients.length) {
    fail({
      code: "no-gradient",
      message: `${name}: no gradient of the loss reaches any parameter, so that nothing would be trained`,
      place,
      expected: "a loss that changes smoothly with some parameter",
      found,
      related,
      hint: "minimize such a loss, as crossEntropy in the place of accuracy, and return this one beside it: { also: { ... } }",
    });
  }
  const hint = areNamed
    ? `leave ${names.length === 1 ? "it" : "them"} out of params`
    : "list those to train as params: an optimizer also acts on gradients of 0, by weight decay for one";
  return [
    new OptimcError({
      code: "no-gradient",
      message: `${name}: no gradient reaches ${listed(names)}`,
      place,
      expected: "a loss that changes smoothly with each parameter that is trained",
      found,
      related,
      hint,
    }),
  ];
}

/** Whether a gradient is zero by the form of the graph. */
function isZero(graph: Graph, id: NodeId): boolean {
  const node = nodeAt(graph, id);
  if (isOp(node, broadcast)) return isZero(graph, idAt(node.args, 0));
  return isOp(node, literal) && node.attributes["value"] === 0;
}

/**
 * The nodes on the way from parameters to the loss that let no gradient through; equal operations at one place count
 * once.
 */
function endsOf(graph: Graph, parameters: readonly NodeId[]): readonly Node[] {
  const loss = graph.outputs.find(({ name }) => name === "loss");
  const builder = new Builder(graph);
  const argsOf = (id: NodeId): readonly NodeId[] => builder.node(id).args;
  const flowing = new Set(parameters);
  const ends = new Map<string, Node>();
  for (const id of topologicalOrder(graph, loss ? [loss.node] : [])) {
    const node = nodeAt(graph, id);
    if (flowing.has(id) || !node.args.some((arg) => flowing.has(arg))) continue;
    const passed = node.element === "float" ? cotangents(builder, id, builder.reference(id), argsOf) : [];
    if (node.args.some((arg, position) => flowing.has(arg) && passed[position])) flowing.add(id);
    else {
      const key = `${nameOf(node)}:${node.place?.file}:${node.place?.line}:${node.place?.column}`;
      if (!ends.has(key)) ends.set(key, node);
    }
  }
  return [...ends.values()];
}

/** The name of the operation that the user called. */
function nameOf(node: Node): string {
  if (!isOp(node, cast)) return node.op.definition.name;
  return node.element === "int32" ? "toInt" : node.element === "bool" ? "toBool" : "toFloat";
}

function listed(names: readonly string[]): string {
  const distinct = [...new Set(names)];
  const shown = distinct.length > 5 ? [...distinct.slice(0, 4), `${distinct.length - 4} more`] : distinct;
  return shown.length < 2 ? (shown[0] ?? "nothing") : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}
