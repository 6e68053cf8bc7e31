/**
 * Local rewrites that hold for every IEEE value: `x * 1` is x, but `x * 0` is not 0, `x / x` is not 1 and `x + 0` is
 * not x (x may be -0).
 */
import { Builder, nodeAt, type Graph, type Node, type NodeId } from "../ir/graph.js";
import type { DotDimensions } from "../ir/lowering.js";
import { literal, type Expression } from "../ir/op.js";
import { topologicalOrder } from "../ir/order.js";
import { withPlace } from "../ir/place.js";
import { equalAll } from "../ir/size.js";
import { broadcast, broadcastTo } from "../ops/broadcast.js";
import { dot, freeAxes } from "../ops/dot.js";
import { reshape } from "../ops/reshape.js";
import { transpose } from "../ops/transpose.js";
import type { Pass } from "./pass.js";

/** What a rule sees of a node. */
interface View {
  readonly node: Node;
  readonly args: readonly NodeId[];
  readonly at: (id: NodeId) => Node;
  readonly argsOf: (id: NodeId) => readonly NodeId[];
  /** The number that every element of the node is, if that is plain from the graph. */
  readonly numberAt: (id: NodeId) => number | undefined;
  readonly reference: (id: NodeId) => Expression;
}

/** Gives what the node can be replaced by: another node, or an expression to add. */
type Rule = (view: View) => NodeId | Expression | undefined;

const isView = (node: Node): boolean => node.op.definition.lowering?.kind === "view";

const rules: Readonly<Record<string, Rule>> = {
  mul: ({ args: [x, y], numberAt }) => (numberAt(x as NodeId) === 1 ? y : numberAt(y as NodeId) === 1 ? x : undefined),
  div: ({ args: [x, y], numberAt }) => (numberAt(y as NodeId) === 1 ? x : undefined),
  sub: ({ args: [x, y], numberAt }) => (Object.is(numberAt(y as NodeId), 0) ? x : undefined),
  neg({ node, args: [x], at, argsOf, numberAt }) {
    const value = numberAt(x as NodeId);
    if (value !== undefined) return broadcastTo(literal(-value, node.element), node.shape);
    return at(x as NodeId).op.definition.name === "neg" ? argsOf(x as NodeId)[0] : undefined;
  },
  where: ({ args: [, x, y] }) => (x === y ? x : undefined),
  cast: ({ node, args: [x], at }) => (at(x as NodeId).element === node.element ? x : undefined),
  sum: ({ node, args: [x] }) => ((node.attributes["axes"] as readonly number[]).length === 0 ? x : undefined),
  max: ({ node, args: [x] }) => ((node.attributes["axes"] as readonly number[]).length === 0 ? x : undefined),
  reshape({ node, args: [x], at, argsOf, reference }) {
    const from = at(x as NodeId);
    if (equalAll(from.shape, node.shape)) return x;
    if (from.op.definition.name !== "reshape") return undefined;
    return reshape.node([reference(argsOf(x as NodeId)[0] as NodeId)], { shape: node.shape });
  },
  broadcast({ node, args: [x], at, argsOf, reference }) {
    const from = at(x as NodeId);
    if (equalAll(from.shape, node.shape)) return x;
    if (from.op.definition.name !== "broadcast") return undefined;
    return broadcast.node([reference(argsOf(x as NodeId)[0] as NodeId)], { shape: node.shape });
  },
  dot: throughTransposes,
  transpose({ node, args: [x], at, argsOf, reference }) {
    const permutation = node.attributes["permutation"] as readonly number[];
    if (permutation.every((axis, position) => axis === position)) return x;
    const from = at(x as NodeId);
    if (from.op.definition.name === "dot") return swapped(from, permutation, argsOf(x as NodeId).map(reference));
    if (from.op.definition.name !== "transpose") return undefined;
    const inner = from.attributes["permutation"] as readonly number[];
    const both = permutation.map((axis) => inner[axis] as number);
    return transpose.node([reference(argsOf(x as NodeId)[0] as NodeId)], { permutation: both });
  },
};

/** A product whose result is transposed is the product of its operands in the other order. */
function swapped(product: Node, permutation: readonly number[], args: readonly Expression[]): Expression | undefined {
  const dimensions = product.attributes as unknown as DotDimensions;
  const batches = dimensions.batch.length;
  const left = freeAxes((args[0] as Expression).shape.length, dimensions, 0).length;
  const rank = product.shape.length;
  const wanted = [
    ...Array.from({ length: batches }, (_, axis) => axis),
    ...Array.from({ length: rank - batches - left }, (_, axis) => batches + left + axis),
    ...Array.from({ length: left }, (_, axis) => batches + axis),
  ];
  if (permutation.some((axis, position) => axis !== wanted[position])) return undefined;
  const flip = (pairs: DotDimensions["batch"]) => pairs.map(([a, b]) => [b, a] as const);
  return dot.node([args[1] as Expression, args[0] as Expression], {
    batch: flip(dimensions.batch),
    contract: flip(dimensions.contract),
  });
}

/** A product reads a transposed operand as it lies, if that leaves the order of its free axes alone. */
function throughTransposes({ node, args, at, argsOf, reference }: View): Expression | undefined {
  let dimensions = node.attributes as unknown as DotDimensions;
  const operands = [...args];
  for (const side of [0, 1] as const) {
    const from = at(operands[side] as NodeId);
    if (from.op.definition.name !== "transpose") continue;
    const permutation = from.attributes["permutation"] as readonly number[];
    const moved = (pairs: DotDimensions["batch"]) =>
      pairs.map(
        ([a, b]) =>
          (side === 0 ? [permutation[a] as number, b] : [a, permutation[b] as number]) as readonly [number, number],
      );
    const next: DotDimensions = { batch: moved(dimensions.batch), contract: moved(dimensions.contract) };
    const before = freeAxes(permutation.length, dimensions, side).map((axis) => permutation[axis] as number);
    if (freeAxes(permutation.length, next, side).some((axis, position) => axis !== before[position])) continue;
    dimensions = next;
    operands[side] = argsOf(operands[side] as NodeId)[0] as NodeId;
  }
  if (operands.every((operand, side) => operand === args[side])) return undefined;
  return dot.node(operands.map(reference), { batch: dimensions.batch, contract: dimensions.contract });
}

/** A view of a number is that number, repeated: whatever view it was. */
function numberView({ node, args: [x], numberAt, at }: View): Expression | undefined {
  if (!isView(node)) return undefined;
  const value = numberAt(x as NodeId);
  const from = at(x as NodeId);
  if (value === undefined || (node.op.definition.name === "broadcast" && from.shape.length === 0)) return undefined;
  return broadcastTo(literal(value, node.element), node.shape);
}

function round(graph: Graph): { added: readonly Node[]; redirected: Map<NodeId, NodeId> } | null {
  const builder = new Builder(graph);
  const redirected = new Map<NodeId, NodeId>();
  const to = (id: NodeId): NodeId => redirected.get(id) ?? id;
  const numberAt = (id: NodeId): number | undefined => {
    const node = builder.node(to(id));
    if (node.op.definition.name === "literal") return node.attributes["value"] as number;
    return isView(node) ? numberAt(node.args[0] as NodeId) : undefined;
  };
  for (const id of topologicalOrder(graph)) {
    const node = nodeAt(graph, id);
    const argsOf = (each: NodeId) => builder.node(to(each)).args.map(to);
    const at = (each: NodeId) => builder.node(to(each));
    const reference = (each: NodeId) => builder.reference(to(each));
    const view: View = { node, args: node.args.map(to), at, argsOf, numberAt, reference };
    const found = withPlace(node.place, () => numberView(view) ?? rules[node.op.definition.name]?.(view));
    if (found === undefined) continue;
    const replacement = typeof found === "number" ? found : builder.add(found, () => ({ name: node.name }));
    if (replacement !== id) redirected.set(id, to(replacement));
  }
  return redirected.size > 0 ? { added: builder.added, redirected } : null;
}

export const simplify: Pass = {
  name: "simplify",
  doc: "removes what changes no value: x * 1, a transpose of a transpose, a view of a number",
  run: round,
};
