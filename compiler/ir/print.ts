/** Graphs as text: one line a node, in the order of computation. */
import { isOp, nodeAt, type Graph, type Node, type NodeId } from "./graph.js";
import { literal, printType } from "./op.js";
import { topologicalOrder } from "./order.js";
import { printShape, type Size } from "./size.js";

const isSize = (value: unknown): value is Size => typeof value === "object" && value !== null && "terms" in value;

function printValue(value: unknown): string {
  if (isSize(value)) return value.key;
  if (Array.isArray(value)) return value.every(isSize) ? printShape(value) : `[${value.map(printValue).join(", ")}]`;
  if (typeof value === "function") return value.name;
  if (typeof value === "object" && value !== null) {
    if ("key" in value) return String((value as { key: unknown }).key);
    if ("order" in value) return `#${String((value as { order: unknown }).order)}`;
    return Object.entries(value)
      .map(([name, each]) => `${name}: ${printValue(each)}`)
      .join(", ");
  }
  return typeof value === "string" ? `'${value}'` : String(value);
}

/** Attributes that are not printed: the node's type repeats them, or only refusals of calls use them. */
const implied = new Set(["shape", "element", "initializer", "type", "values", "bodies", "partOf", "several"]);

/** One node as text without its type, its arguments named by `arg`. */
export function printCall(node: Node, arg: (id: NodeId) => string): string {
  const { definition } = node.op;
  const args = node.args.map(arg);
  if (definition.symbol && args.length === 2) return `${args[0]} ${definition.symbol} ${args[1]}`;
  if (isOp(node, literal)) return printValue(node.attributes["value"]);
  const attributes = Object.entries(node.attributes)
    .filter(
      ([name, value]) => !implied.has(name) && value !== undefined && !(Array.isArray(value) && value.length === 0),
    )
    .map(([name, value]) => (name === "name" ? printValue(value) : `${name}: ${printValue(value)}`));
  return `${definition.name}(${[...args, ...attributes].join(", ")})`;
}

/** One node as text, its arguments named by `arg`. */
export function printNode(node: Node, arg: (id: NodeId) => string): string {
  return `${printCall(node, arg)}: ${printType(node)}`;
}

/** The whole graph. Literals, and views of them, stand where they are used. */
export function printGraph(graph: Graph): string {
  const names = new Map<NodeId, string>();
  const taken = new Set<string>();
  const lines = [`graph ${graph.name} (${graph.precision})`];
  let next = 0;
  for (const id of topologicalOrder(graph)) {
    const node = nodeAt(graph, id);
    const arg = (each: NodeId): string => names.get(each) as string;
    if (isOp(node, literal)) {
      names.set(id, printValue(node.attributes["value"]));
      continue;
    }
    const [from, ...others] = node.args;
    const isView = node.op.definition.lowering?.kind === "view" && others.length === 0;
    if (isView && from !== undefined && isOp(nodeAt(graph, from), literal)) {
      names.set(id, arg(from));
      continue;
    }
    const wanted = node.name ?? `%${next++}`;
    const label = taken.has(wanted) ? `${wanted}%${next++}` : wanted;
    taken.add(label);
    names.set(id, label);
    lines.push(`  ${label} = ${printNode(node, arg)}`);
  }
  for (const { parameter, gradient } of graph.gradients) {
    lines.push(`  gradient of ${names.get(parameter)}: ${names.get(gradient)}`);
  }
  for (const effect of graph.effects) lines.push(`  effect ${names.get(effect)}`);
  for (const output of graph.outputs) lines.push(`  return ${output.name}: ${names.get(output.node)}`);
  return lines.join("\n");
}
