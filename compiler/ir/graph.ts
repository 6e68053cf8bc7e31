/**
 * The graph: a flat table of nodes that refer to each other by number. It is frozen; passes make new ones.
 */
import type { Expression, Node, NodeId } from "./definition.js";
import { literal, makeExpression } from "./op.js";
import { append, idAt, idFor, idsOf } from "./ids.js";

export type { Node, NodeId } from "./definition.js";

export interface Output {
  readonly name: string;
  readonly node: NodeId;
}

export interface Graph {
  readonly name: string;
  readonly precision: "float32" | "float64";
  readonly nodes: readonly Node[];
  readonly outputs: readonly Output[];
  /** Nodes that write: updates and assigns. */
  readonly effects: readonly NodeId[];
  /** For each trained parameter, the leaf and its gradient, until the update pass has used them. */
  readonly gradients: readonly { readonly parameter: NodeId; readonly gradient: NodeId }[];
}

/** The nodes that must be computed; a node is alive if one of them needs it. */
export function rootsOf(graph: Graph): NodeId[] {
  return [
    ...graph.outputs.map((output) => output.node),
    ...graph.effects,
    ...graph.gradients.map(({ gradient }) => gradient),
  ];
}

export function nodeAt(graph: Graph, id: NodeId): Node {
  const node = graph.nodes[id];
  if (!node) throw new Error(`${graph.name}: there is no node ${id}`);
  return node;
}

/** Whether the node was made by the operation: nodes carry the operation itself. */
export function isOp(node: Pick<Node, "op">, op: { readonly definition: unknown }): boolean {
  return node.op.definition === op.definition;
}

/** An input, a parameter, a state or a constant: in memory before the first kernel. */
export function isLeaf(node: Pick<Node, "op">): boolean {
  return node.op.definition.lowering?.kind === "leaf";
}

/**
 * Nodes that are computed where they are used and never stored for their own sake: views, host scalars, and cheap nodes
 * without arguments.
 */
export function isInline(graph: Graph, node: Node): boolean {
  const { lowering, costly, converts } = node.op.definition;
  if (node.element === "scalar" || lowering?.kind === "view" || isHostNumber(graph, node)) return true;
  if (lowering?.kind === "point") return node.args.length === 0 && !costly;
  if (lowering?.kind === "elementwise" && node.element === "bool" && node.args.length === 2) {
    // A comparison with a number: computing it again costs less than storing its result.
    return node.args.some((arg) => isNumber(graph, arg));
  }
  const [from] = node.args;
  if (!converts || from === undefined) return false;
  return nodeAt(graph, from).element === "scalar" || isLeaf(nodeAt(graph, from));
}

const hostNumbers = new WeakMap<Graph, Map<Node, boolean>>();

/**
 * Whether it is one number that follows from host scalars and literals alone, such as 1 / batch. Each kernel that uses
 * it computes it once, before its loops: that costs less than calling another kernel and loading the result.
 */
function isHostNumber(graph: Graph, root: Node): boolean {
  const known = hostNumbers.get(graph) ?? new Map<Node, boolean>();
  hostNumbers.set(graph, known);
  const told = (node: Node): boolean | undefined => {
    if (node.element === "scalar" || isOp(node, literal)) return true;
    const { lowering, costly } = node.op.definition;
    const isNumber = lowering?.kind === "elementwise" && !costly && node.shape.length === 0 && node.args.length > 0;
    return isNumber ? known.get(node) : false;
  };
  // Iterative, because the user's file decides the depth.
  const stack = [root];
  for (let top = stack.at(-1); top !== undefined && told(root) === undefined; top = stack.at(-1)) {
    const args = top.args.map((arg) => nodeAt(graph, arg));
    const missing = args.filter((arg) => told(arg) === undefined);
    if (missing.length > 0) {
      stack.push(...missing);
      continue;
    }
    known.set(top, args.every(told));
    stack.pop();
  }
  return told(root) === true;
}

/** The arguments from which a node's value is computed, without those for which it only waits (`after`). */
export function readArgs(node: Pick<Node, "op" | "args">): readonly NodeId[] {
  const { lowering } = node.op.definition;
  return lowering?.kind === "view" ? node.args.slice(0, lowering.reads) : node.args;
}

/** The node behind a view, or behind a view of a view. */
export function throughViews(graph: Graph, id: NodeId): NodeId {
  let at = id;
  for (let node = nodeAt(graph, at); isInline(graph, node) && node.args.length > 0; node = nodeAt(graph, at)) {
    at = idAt(node.args, 0);
  }
  return at;
}

/** A literal, seen through views. */
function isNumber(graph: Graph, id: NodeId): boolean {
  const node = nodeAt(graph, id);
  if (node.op.definition.lowering?.kind === "view") return isNumber(graph, idAt(node.args, 0));
  return isOp(node, literal);
}

/** Collects nodes to add to a graph. References are expressions that stand for nodes of the graph. */
export class Builder {
  readonly added: Node[] = [];
  readonly #ids = new Map<Expression, NodeId>();
  readonly #references = new Map<NodeId, Expression>();
  readonly #graph: Graph;

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  node(id: NodeId): Node {
    const node = this.#graph.nodes[id] ?? this.added[id - this.#graph.nodes.length];
    if (!node) throw new Error(`${this.#graph.name}: there is no node ${id}`);
    return node;
  }

  /** Names an added node that has no name. */
  rename(id: NodeId, name: string): void {
    const position = id - this.#graph.nodes.length;
    const node = this.added[position];
    if (node && node.name === undefined) this.added[position] = { ...node, name };
  }

  /** Adds a node as it stands. */
  append(node: Node): NodeId {
    return append(this.added, node, this.#graph.nodes.length);
  }

  /** The ids of added nodes, without as many of the first. */
  addedSince(count: number): readonly NodeId[] {
    const first = this.#graph.nodes.length;
    return idsOf({ length: first + this.added.length }, first + count);
  }

  /** An expression that stands for a node: rules that make expressions are called with these. */
  reference(id: NodeId): Expression {
    let found = this.#references.get(id);
    if (!found) {
      const node = this.node(id);
      found = makeExpression(node.op, [], node.attributes, node, node.place, node.origin);
      this.#references.set(id, found);
      this.#ids.set(found, id);
    }
    return found;
  }

  /** The node for an expression; adds its new nodes. Iterative, because the user's file decides the depth. */
  add(root: Expression, describe: (expression: Expression) => Partial<Node> = () => ({})): NodeId {
    const stack = [root];
    while (stack.length > 0) {
      const top = stack[stack.length - 1] as Expression;
      if (this.#ids.has(top)) {
        stack.pop();
        continue;
      }
      const missing = top.args.filter((arg) => !this.#ids.has(arg));
      if (missing.length > 0) {
        stack.push(...missing.reverse());
        continue;
      }
      stack.pop();
      const { op, attributes, shape, element, place, origin, name } = top;
      const args = top.args.map((arg) => idFor(this.#ids, arg));
      this.#ids.set(top, this.append({ op, args, attributes, shape, element, place, origin, name, ...describe(top) }));
    }
    return idFor(this.#ids, root);
  }
}
