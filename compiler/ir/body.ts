/**
 * Bodies: functions over nodes, as values. The change of an element by an update, the rule of a custom gradient and the
 * function of a checkpoint are bodies.
 *
 * A body is closed: it refers to its parameters and to nothing outside. `closureOf` makes one of expressions, and turns
 * the outside expressions that they use into further arguments. A body can therefore be used several times, with other
 * arguments, and inside other bodies. It is a table like a graph's, so that code for nodes works on it. The nodes that
 * use bodies hold them in their attribute `bodies` (`bodiesOf`), and have all values that a body needs among their
 * arguments: a search for the nodes on which a node depends need not open its bodies. Modes and streams in bodies are
 * settled with those of the graph (`model/buildGraph.ts`).
 *
 * The gradient of a body is a body. `derivativeOf` makes it, in `passes/reverseSweep.ts` because a sweep needs
 * operations; gradient rules get the function as `GradientContext.derivative`.
 */
import { fail } from "../diagnostics.js";
import type { Body, Expression, Node, NodeId } from "./definition.js";
import { Builder, isOp } from "./graph.js";
import { append, entriesOf, idFor, idsOf, type ArgumentPosition } from "./ids.js";
import { Handles, nodeKey } from "./nodeKey.js";
import { expressionOrder } from "./order.js";
import { copyOf, defineOp, literal, printType } from "./op.js";
import { rememberedWhileHeld } from "./remembered.js";
import { equalAll } from "./size.js";
import type { Attributes, TensorType } from "./tensorType.js";

export type { Body } from "./definition.js";

/** Inside a body: its parameter at this position, from 0. */
export const placeholder = defineOp<[position: number, type: TensorType], { position: number; type: TensorType }>({
  name: "placeholder",
  parse: (position, { shape, element }) => ({ args: [], attributes: { position, type: { shape, element } } }),
  infer: (_, { type }) => type,
  lowering: { kind: "leaf" },
});

/** Which parameter a node of a body stands for; undefined for any other node. */
export const positionOf = (node: Pick<Node, "op" | "attributes">): ArgumentPosition | undefined =>
  isOp(node, placeholder) ? (node.attributes["position"] as ArgumentPosition) : undefined;

/** The bodies that a node uses. */
export const bodiesOf = ({ attributes }: { readonly attributes: Attributes }): readonly Body[] =>
  (attributes["bodies"] as readonly Body[] | undefined) ?? [];

/** The nodes, the nodes of the bodies that they use, and so on at any depth. */
export function* nodesIn(nodes: Iterable<Node>): Iterable<Node> {
  for (const node of nodes) {
    yield node;
    for (const body of bodiesOf(node)) yield* nodesIn(body.nodes);
  }
}

/**
 * Makes a body of nodes of a table: the results and all nodes from which they are computed, down to placeholders. An
 * effect among them is refused in the name of `of`; any other leaf is a defect of the caller, which must make it an
 * argument.
 */
export function bodyFrom(
  of: string,
  parameters: readonly TensorType[],
  nodeOf: (id: NodeId) => Node,
  results: readonly NodeId[],
): Body {
  const nodes = parameters.map((type, position): Node => {
    const { op, attributes, shape, element } = placeholder(position, type);
    return { op, args: [], attributes, shape, element, place: undefined, origin: undefined, name: undefined };
  });
  const placeholders = idsOf(nodes);
  const numbers = new Map<NodeId, NodeId>();
  const add = (id: NodeId): NodeId => {
    const node = nodeOf(id);
    const position = positionOf(node);
    if (position === undefined) {
      refuseEffect(of, node);
      if (node.op.definition.lowering?.kind === "leaf")
        throw new Error(`${of}: ${node.op.definition.name} is no argument`);
      return append(nodes, { ...node, args: node.args.map((arg) => idFor(numbers, arg)) });
    }
    const [type, own] = [parameters[position], placeholders[position]];
    if (!type || own === undefined || !sameType(type, node))
      throw new Error(`${of}: no parameter ${position} of type ${printType(node)}`);
    return own;
  };
  const stack = [...results].reverse();
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const missing = numbers.has(top) ? [] : nodeOf(top).args.filter((arg) => !numbers.has(arg));
    if (missing.length > 0) {
      stack.push(...missing.reverse());
      continue;
    }
    stack.pop();
    if (!numbers.has(top)) numbers.set(top, add(top));
  }
  const found = results.map((id) => idFor(numbers, id));
  const types = parameters.map(({ shape, element }) => ({ shape, element }));
  return Object.freeze({ key: keyOf(nodes, types.length, found), parameters: types, nodes, results: found });
}

/** Makes a body of expressions in terms of placeholders. */
export function bodyOf(of: string, parameters: readonly TensorType[], results: readonly Expression[]): Body {
  const builder = new Builder({ name: of, precision: "float64", nodes: [], outputs: [], effects: [], gradients: [] });
  const ids = results.map((each) => builder.add(each));
  return bodyFrom(of, parameters, (id) => builder.node(id), ids);
}

const handles = new Handles();

/** A text that is equal for tables that compute the same, even if one computes a part several times. */
function keyOf(nodes: readonly Node[], parameters: number, results: readonly NodeId[]): string {
  const lines = new Map<string, number>();
  const numbers: number[] = [];
  for (const [id, node] of entriesOf(nodes)) {
    const line = nodeKey(
      node,
      node.args.map((arg) => numbers[arg] as number),
      handles,
    );
    const known = lines.get(line) ?? lines.size;
    lines.set(line, known);
    numbers[id] = known;
  }
  return `${parameters}(${[...lines.keys()].join(";")})>${results.map((id) => numbers[id]).join()}`;
}

const sameType = (a: TensorType, b: TensorType): boolean => a.element === b.element && equalAll(a.shape, b.shape);

function refuseEffect(of: string, { op, place }: Pick<Node, "op" | "place">): void {
  if (op.definition.writes === undefined) return;
  fail({
    code: "invalid-argument",
    message: `${of} has an effect`,
    place,
    expected: "a function that only computes what it returns",
    found: `${op.definition.name} in it, or in a layer that it applies`,
    hint: "list the effect where the function is used, in the effects of what is minimized",
  });
}

/**
 * The body's results with these arguments in the place of the parameters, as new expressions. They keep the places,
 * origins and names of the body's nodes.
 */
export function instantiate(body: Body, args: readonly Expression[]): readonly Expression[] {
  const { parameters, nodes, results } = body;
  if (args.length !== parameters.length || !args.every((arg, at) => sameType(arg, parameters[at] as TensorType))) {
    const wanted = parameters.map(printType).join(", ");
    throw new Error(`a body of (${wanted}) is given (${args.map(printType).join(", ")})`);
  }
  const made: Expression[] = [...args];
  for (const node of nodes.slice(args.length)) {
    const operands = node.args.map((arg) => made[arg] as Expression);
    made.push(copyOf(node, operands));
  }
  return results.map((id) => made[id] as Expression);
}

/** The body's results in terms of placeholders; the same expressions on each call. */
export const opened = rememberedWhileHeld((body: Body): readonly Expression[] =>
  instantiate(
    body,
    body.parameters.map((type, position) => placeholder(position, type)),
  ),
);

/** The positions of the parameters that a result is computed from. */
export function parametersOf({ nodes, results }: Body, result: number): Set<ArgumentPosition> {
  const seen = new Set(results.slice(result, result + 1));
  // A set may grow while it is walked.
  for (const id of seen) for (const arg of (nodes[id] as Node).args) seen.add(arg);
  return new Set([...seen].flatMap((id) => positionOf(nodes[id] as Node) ?? []));
}

/** Whether a body computes nothing: each result is a parameter. */
export const handsOn = ({ parameters, results }: Body): boolean => results.every((id) => id < parameters.length);

export interface Closure {
  readonly body: Body;
  /** The outside expressions that the body uses: the arguments for the parameters after the given ones. */
  readonly captured: readonly Expression[];
}

/**
 * The results as a function of `parameters`, which are any expressions, all different. An expression that depends on
 * none of them is captured: it is computed once, outside. Literals and views of them cost nothing and stay inside. If
 * the results contain a gradient, the tensor of differentiation is captured, and the expressions that depend on it are
 * inside too. An effect is refused in the name of `of`. `instead` gives the expression to take in the place of another,
 * by default the expression itself.
 */
export function closureOf(
  of: string,
  parameters: readonly Expression[],
  results: readonly Expression[],
  instead: (each: Expression) => Expression = (each) => each,
): Closure {
  const holders = new Map(parameters.map((each, position) => [each, placeholder(position, each)]));
  const inner = innerOf(holders, results.map(instead), (each) => each.args.map(instead));
  const captured: Expression[] = [];
  const copies = new Copies(holders);
  const copy = ([each, under]: Visit): Expression => {
    refuseEffect(of, each);
    if (inner.has(each) || isConstant(each)) {
      return copyOf(
        each,
        argsOf([each, under]).map((arg) => copies.get(arg) as Expression),
      );
    }
    const outside = under ? under.op.node([each], under.attributes) : each;
    return placeholder(parameters.length + captured.push(outside) - 1, each);
  };
  const argsOf = ([each, under]: Visit): Visit[] =>
    inner.has(each) || isConstant(each)
      ? each.args.map((arg) => [instead(arg), each.op.definition.mode ? each : under])
      : [];
  const roots = results.map((each): Visit => [instead(each), undefined]);
  const stack = [...roots].reverse();
  while (stack.length > 0) {
    const top = stack[stack.length - 1] as Visit;
    const missing = copies.get(top) ? [] : argsOf(top).filter((arg) => !copies.get(arg));
    if (missing.length > 0) {
      stack.push(...missing.reverse());
      continue;
    }
    stack.pop();
    if (!copies.get(top)) copies.set(top, copy(top));
  }
  const copied = roots.map((root) => copies.get(root) as Expression);
  return { body: bodyOf(of, [...parameters, ...captured], copied), captured };
}

/** A number, or a view of one. */
const isConstant = (each: Expression): boolean =>
  isOp(each, literal) || (each.op.definition.lowering?.kind === "view" && each.args.every(isConstant));

/** An expression, and the nearest operation above it that fixes the mode, which a captured expression must keep. */
type Visit = readonly [each: Expression, under: Expression | undefined];

class Copies {
  readonly #holders: ReadonlyMap<Expression, Expression>;
  readonly #made = new Map<Expression | undefined, Map<Expression, Expression>>();

  constructor(holders: ReadonlyMap<Expression, Expression>) {
    this.#holders = holders;
  }

  get([each, under]: Visit): Expression | undefined {
    return this.#holders.get(each) ?? this.#made.get(under)?.get(each);
  }

  set([each, under]: Visit, copy: Expression): void {
    const made = this.#made.get(under) ?? new Map<Expression, Expression>();
    this.#made.set(under, made.set(each, copy));
  }
}

/** The expressions that depend on the parameters, or on the tensor of differentiation of a gradient among them. */
function innerOf(
  parameters: ReadonlyMap<Expression, unknown>,
  results: readonly Expression[],
  argsOf: (each: Expression) => readonly Expression[],
): ReadonlySet<Expression> {
  const order = expressionOrder(results, (each) => parameters.has(each), argsOf);
  const starts = new Set<Expression>(parameters.keys());
  for (;;) {
    const inner = new Set<Expression>();
    for (const each of order) if (argsOf(each).some((arg) => starts.has(arg) || inner.has(arg))) inner.add(each);
    const before = starts.size;
    for (const each of inner) {
      const { withRespectTo } = each.op.definition;
      if (withRespectTo !== undefined) starts.add(argsOf(each)[withRespectTo] as Expression);
    }
    if (starts.size === before) return inner;
  }
}
