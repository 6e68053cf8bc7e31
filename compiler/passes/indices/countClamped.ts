/**
 * Counts the computed indices that lie outside their axes and that kernels clamp. Others need no count: a call checks
 * indices from inputs, the build checks constants, and some are proved to lie inside.
 */
import { fail } from "../../diagnostics.js";
import {
  abstractChoice,
  abstractElements,
  abstractLarger,
  abstractSmaller,
  between,
  unknown,
  type AbstractValue,
} from "../../ir/abstractValue.js";
import { Builder, isOp, nodeAt, readArgs, type Graph, type Node, type NodeId } from "../../ir/graph.js";
import type { Expression } from "../../ir/op.js";
import { topologicalOrder } from "../../ir/order.js";
import { withPlace } from "../../ir/place.js";
import { constantOf, equal, product, type Size } from "../../ir/size.js";
import { add } from "../../ops/add.js";
import { sumOver } from "../../ops/broadcast.js";
import { cast } from "../../ops/cast.js";
import { classLabels } from "../../ops/classLabels.js";
import { ge, lt, ne } from "../../ops/compare.js";
import { constantElements } from "../../ops/constant.js";
import { input } from "../../ops/input.js";
import { extent } from "../../ops/sizeScalar.js";
import { and, or } from "../../ops/logical.js";
import { where } from "../../ops/where.js";
import { Handles, nodeKey } from "../../ir/nodeKey.js";
import type { Pass } from "../pass.js";
import { idAt } from "../../ir/ids.js";

/** The name of the result that holds the count. */
export const clampedName = "clamped";

export const countClamped: Pass = {
  name: "clamped",
  doc: "counts the computed indices that are clamped to their axes",
  run(graph) {
    if (!graph.nodes.some(({ op }) => op.definition.indices)) return null;
    const builder = new Builder(graph);
    const bounds = new Bounds(graph, builder);
    const counts = new Map<string, Expression>();
    for (const id of topologicalOrder(graph)) {
      const node = nodeAt(graph, id);
      const types = node.args.map((arg) => nodeAt(graph, arg));
      const used = node.op.definition.indices?.(types, node.attributes);
      if (!used) continue;
      const { below, except } = used;
      const index = bounds.shown(idAt(node.args, used.argument));
      const key = `${bounds.canonical(index)}:${below.key}:${except}`;
      if (counts.has(key) || bounds.isInside(index, below)) continue;
      counts.set(
        key,
        withPlace(node.place, () => countOutside(builder.reference(index), below, except)),
      );
    }
    if (counts.size === 0) return null;
    if (graph.outputs.some(({ name }) => name === clampedName)) {
      fail({
        code: "reserved-name",
        message: `${graph.name}: '${clampedName}' is what the result calls the number of computed indices outside their axes`,
        expected: `results with any other name, because ${graph.name} computes indices`,
        found: clampedName,
        hint: "give the result another name",
      });
    }
    const node = builder.add([...counts.values()].reduce((sum, each) => add.node([sum, each])));
    return { added: builder.added, outputs: [...graph.outputs, { name: clampedName, node }] };
  },
};

function countOutside(index: Expression, below: Size, except: number | undefined): Expression {
  const outside = or(lt(index, 0), ge(index, constantOf(below) ?? cast.node([extent(below)], { to: "int32" })));
  const counted = except === undefined ? outside : and(outside, ne(index, except));
  return sumOver.node([cast.node([counted], { to: "int32" })], { axes: index.shape.map((_, axis) => axis) });
}

/** Facts about the nodes that are indices. */
class Bounds {
  readonly #graph: Graph;
  readonly #builder: Builder;
  readonly #canonical = new Map<NodeId, number>();
  readonly #values = new Map<NodeId, AbstractValue>();

  constructor(graph: Graph, builder: Builder) {
    this.#graph = graph;
    this.#builder = builder;
    const numbers = new Map<string, number>();
    const handles = new Handles();
    for (const id of topologicalOrder(graph)) {
      const node = nodeAt(graph, id);
      const read = readArgs(node);
      const args = read.map((arg) => this.canonical(arg));
      const waits = read.length < node.args.length;
      const key = nodeKey(node, args, handles);
      const number = waits ? (args[0] as number) : (numbers.get(key) ?? numbers.size);
      if (!waits) numbers.set(key, number);
      this.#canonical.set(id, number);
      this.#values.set(id, this.#valueOf(node));
    }
  }

  /** A key that is equal for nodes of equal values, even if one of them is made to wait (`after`). */
  canonical(id: NodeId): number {
    return this.#canonical.get(id) as number;
  }

  /** The node behind views that have as many elements as it, and so show all of them. */
  shown(id: NodeId): NodeId {
    for (let at = id; ;) {
      const node = nodeAt(this.#graph, at);
      const [from] = node.args;
      if (node.op.definition.lowering?.kind !== "view" || from === undefined || isOp(node, classLabels)) return at;
      if (!equal(product(nodeAt(this.#graph, from).shape), product(node.shape))) return at;
      at = from;
    }
  }

  /** Whether each element lies in [0, below), or is checked or counted where it comes from. */
  isInside(index: NodeId, below: Size): boolean {
    const open: { id: NodeId; isPart: boolean }[] = [{ id: index, isPart: true }];
    const seen = new Set<number>();
    for (let next = open.pop(); next; next = open.pop()) {
      const { id, isPart } = next;
      // `isPart` never becomes true again on the way: each node is visited at most once with either value.
      const key = isPart ? id : ~id;
      if (seen.has(key)) continue;
      seen.add(key);
      const node = nodeAt(this.#graph, id);
      const { lowering, parts, positions } = node.op.definition;
      const { from, to } = this.#values.get(id) as AbstractValue;
      if (from >= 0 && to < (constantOf(below) ?? 1)) continue;
      const types = node.args.map((arg) => nodeAt(this.#graph, arg));
      const size = isOp(node, classLabels) ? node.attributes["classes"] : positions?.(types, node.attributes);
      if (size !== undefined && isAtMost(size as Size, below)) continue;
      if (isPart && isChecked(node, below)) continue;
      if (lowering?.kind === "view") open.push({ id: idAt(node.args, 0), isPart });
      else if (parts) open.push(...node.args.map((arg) => ({ id: arg, isPart })));
      else if (isOp(node, where)) open.push(...node.args.slice(1).map((arg) => ({ id: arg, isPart: false })));
      else return false;
    }
    return true;
  }

  #valueOf(node: Node): AbstractValue {
    const { lowering, parts, positions, abstract } = node.op.definition;
    const args = node.args.map((arg) => this.#values.get(arg) as AbstractValue);
    if (node.element === "bool") return between(0, 1);
    if (isOp(node, where)) return this.#chosen(node);
    if (abstract) {
      const references = node.args.map((arg) => this.#builder.reference(arg));
      return rounded(abstract(args, { ...node, args: references }), node);
    }
    const elements = constantElements(node);
    if (elements) return abstractElements(elements);
    const types = node.args.map((arg) => nodeAt(this.#graph, arg));
    const count = positions && constantOf(positions(types, node.attributes));
    if (count) return between(0, count - 1);
    if (lowering?.kind === "view") return args[0] as AbstractValue;
    return parts ? abstractChoice(args) : rounded(unknown, node);
  }

  /** `x < y ? y : x` is the larger of the two, `x < y ? x : y` the smaller one; `clamp` is written with these. */
  #chosen({ args }: Node): AbstractValue {
    const [condition, x, y] = [idAt(args, 0), idAt(args, 1), idAt(args, 2)];
    const [first, second] = [this.#values.get(x) as AbstractValue, this.#values.get(y) as AbstractValue];
    const test = nodeAt(this.#graph, condition);
    if (isOp(test, lt)) {
      const [p, q, left, right] = [...test.args, x, y].map((id) => this.canonical(id));
      if (p === right && q === left) return abstractLarger(first, second);
      if (p === left && q === right) return abstractSmaller(first, second);
    }
    return abstractChoice([first, second]);
  }
}

const anyInteger = between(-(2 ** 31), 2 ** 31 - 1);

/** Bounds of a value as elements store it: integers wrap at 32 bits, and floats are rounded. */
function rounded(value: AbstractValue, { element }: Node): AbstractValue {
  const { from, to } = value;
  if (element === "int32") return from >= anyInteger.from && to <= anyInteger.to ? value : anyInteger;
  // A margin above the rounding of float32.
  const off = 1e-6 * Math.max(Math.abs(from), Math.abs(to)) + 1e-37;
  return { ...value, from: from - off, to: to + off };
}

/**
 * Whether a call checks the elements of a leaf, or the build did. The build's check is not enough for a named axis,
 * which may be shorter than its capacity.
 */
const isChecked = (node: Node, below: Size): boolean =>
  isOp(node, input) || (constantElements(node) !== null && constantOf(below) !== null);

/** Whether one size is at most as large as the other in every call. */
function isAtMost(size: Size, below: Size): boolean {
  const [a, b] = [constantOf(size), constantOf(below)];
  return equal(size, below) || (a !== null && b !== null && a <= b);
}
