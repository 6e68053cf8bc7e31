/**
 * A part of a graph alone: one node, whose arguments are inputs with their values from the whole graph. For a node with
 * a rule of the user's, the part goes back to the inputs that the rule names. A fault of the whole is so traced to the
 * smallest part that shows it, and then to the smallest sizes.
 */
import { below } from "./gradients.js";
import type { Value } from "../meaning/interpreter.js";
import { isOp, nodeAt, type Graph, type Node, type NodeId } from "../ir/graph.js";
import { literal, type Expression, type TensorType } from "../ir/op.js";
import { withPlace } from "../ir/place.js";
import { constantOf, size, substitute, type Size } from "../ir/size.js";
import { offsetsOf, pick, stridesOf } from "../ops/rowMajor.js";
import { input } from "../ops/input.js";
import type { Dims } from "./draw.js";
import { idAt } from "../ir/ids.js";

export interface Argument {
  readonly id: NodeId;
  /** As the user calls it, or its position. */
  readonly label: string;
  readonly element: TensorType["element"];
  readonly shape: readonly number[];
  readonly data: Float64Array;
  /** Its position among the arguments of the node's gradient rule; null if the rule has no cotangent for it. */
  readonly position: number | null;
}

export interface CheckedNode {
  readonly graph: Graph;
  readonly id: NodeId;
  readonly node: Node;
  readonly args: readonly Argument[];
  /** The value in the part of each size of the graph. */
  readonly sizeOf: (each: Size) => Size;
}

/** A node of an evaluated graph as a part, at the sizes of the evaluation. */
export function partOf(graph: Graph, id: NodeId, values: ReadonlyMap<NodeId, Value>, dims: Dims): CheckedNode {
  const node = nodeAt(graph, id);
  const rule = node.op.definition.rule?.(node.attributes);
  const from = rule ? rule.arguments.map((argument) => idAt(node.args, argument)) : node.args;
  const inside = below(graph, from);
  const args: Argument[] = [];
  const seen = new Set<NodeId>();
  const visit = (at: NodeId): void => {
    if (seen.has(at)) return;
    seen.add(at);
    const node = nodeAt(graph, at);
    const { element, name, args: own } = node;
    const value = values.get(at);
    const position = from.indexOf(at);
    const apart = position >= 0 || (at !== id && !inside.has(at));
    // Literals and host scalars do not become inputs.
    const stays = value === undefined || element === "scalar" || isOp(node, literal);
    if (!apart || stays) return own.forEach(visit);
    const { shape, data } = value;
    const label = name ?? (from.length === 1 ? "x" : position < 0 ? "beside" : `input ${position + 1}`);
    args.push({ id: at, label, element, shape, data, position: position < 0 ? null : position });
  };
  visit(id);
  const sizeOf = (each: Size): Size =>
    substitute(each, (factor) => (factor.kind === "dimension" ? size(dims[factor.name] as number) : undefined));
  return { graph, id, node, args: args.sort((a, b) => (a.position ?? Infinity) - (b.position ?? Infinity)), sizeOf };
}

/** The part as an expression, and its arguments as inputs `x0`, `x1`, ... */
export function expressionOfPart({ graph, id, args, sizeOf }: CheckedNode): {
  readonly result: Expression;
  readonly inputs: readonly Expression[];
} {
  const inputs = args.map(({ element, shape }, position) =>
    input.node([], { name: `x${position}`, shape: shape.map(size), element }),
  );
  const made = new Map(args.map((arg, position) => [arg.id, inputs[position] as Expression]));
  const build = (at: NodeId): Expression => {
    const known = made.get(at);
    if (known) return known;
    const { op, args: own, attributes, place } = nodeAt(graph, at);
    const operands = own.map(build);
    const expression = withPlace(place, () => op.node(operands, mapSizes(attributes, sizeOf) as Node["attributes"]));
    made.set(at, expression);
    return expression;
  };
  return { result: build(id), inputs };
}

/** The arrays for the inputs of the part. */
export const inputsOfPart = ({ args }: CheckedNode): Record<string, Float64Array> =>
  Object.fromEntries(args.map(({ data }, position) => [`x${position}`, data]));

const isSize = (value: unknown): value is Size => typeof value === "object" && value !== null && "terms" in value;

/** Attributes with every size in them replaced. */
function mapSizes(value: unknown, replace: (each: Size) => Size): unknown {
  if (isSize(value)) return replace(value);
  if (Array.isArray(value)) return value.map((each) => mapSizes(each, replace));
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mapSizes(each, replace)]));
}

/** The part with one size made smaller wherever it occurs; values are those from `start` on, along each such axis. */
function resized(part: CheckedNode, from: number, to: number, start: number): CheckedNode {
  return {
    ...part,
    sizeOf(each) {
      const found = part.sizeOf(each);
      return constantOf(found) === from ? size(to) : found;
    },
    args: part.args.map((arg) => {
      const strides = stridesOf(arg.shape);
      const shape = arg.shape.map((each) => (each === from ? to : each));
      const first = arg.shape.reduce(
        (sum, each, axis) => (each === from ? sum + start * (strides[axis] as number) : sum),
        0,
      );
      return { ...arg, shape, data: pick(arg.data.subarray(first), offsetsOf(shape, strides)) };
    }),
  };
}

/**
 * The part at the smallest sizes at which it still fails. A size that it cannot have counts as one at which it does not
 * fail.
 */
export function shrink(part: CheckedNode, fails: (part: CheckedNode) => boolean): CheckedNode {
  const possible = (smaller: CheckedNode): boolean => {
    try {
      return fails(smaller);
    } catch {
      return false;
    }
  };
  let found = part;
  const sizes = [...new Set(part.args.flatMap(({ shape }) => shape))].sort((a, b) => b - a);
  for (const from of sizes) {
    const smaller = [1, 2, 3, 5, 8, 16, 64].filter((to) => to < from);
    const tried = smaller.flatMap((to) =>
      [...new Set([0, 1, 2, 3, from - to])].filter((start) => start + to <= from).map((start) => [to, start] as const),
    );
    const fitting = tried.find(([to, start]) => possible(resized(found, from, to, start)));
    if (fitting) found = resized(found, from, ...fitting);
  }
  return found;
}

/** The values of the part's arguments, if they are few. */
export function printArguments({ args }: CheckedNode): string {
  const text = args.flatMap(({ label, shape, data, position }) => {
    if (position === null) return [];
    const values = Array.from(data.slice(0, 4), (each) => String(Number(each.toPrecision(5))));
    if (shape.length === 0) return [`${label}: ${values[0]}`];
    const more = data.length > 4 ? `, ...: shape [${shape.join(", ")}]` : "";
    return [`${label}: [${values.join(", ")}${more}]`];
  });
  return text.length === 0 ? "" : ` (${text.join("; ")})`;
}
