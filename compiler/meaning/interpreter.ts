/**
 * The plain meaning of a graph, in double, with which every target is compared. It must stay simple: one node after
 * another, each by its operation's own `evaluate`, with every value kept whole. It works on a graph at every stage;
 * only marks of gradients have no meaning.
 *
 * On request it carries a bound of a program's error beside every value: see errorBound.ts.
 */
import { errorBound, isNonNegative, roundingOf, signOf, type Value } from "./errorBound.js";
import { evaluateScalar } from "../ir/evaluate.js";
import { isOp, nodeAt, type Graph, type Node, type NodeId } from "../ir/graph.js";
import type { Attributes, Body, Dense, Expression, MeaningContext, Op, TensorType, Writes } from "../ir/op.js";
import { topologicalOrder } from "../ir/order.js";
import { withPlace, type Place } from "../ir/place.js";
import { smallestNormal } from "../ir/math/normal.js";
import { hashName, threefry } from "../ir/random.js";
import type { Rounding } from "../ir/rounding.js";
import { constant } from "../ir/scalar.js";
import { evaluate as evaluateSize, type Size } from "../ir/size.js";
import { input } from "../ops/input.js";
import { assignment, param, state as stateLeaf } from "../ops/param.js";
import { cellOf, optimizerState, sharedCell } from "../ops/kept.js";
import { update } from "../ops/update.js";
import { bodiesOf, placeholder, positionOf } from "../ir/body.js";
import { writesOf } from "../ir/effects.js";
import { remembered } from "../ir/remembered.js";
import { atRows, listedRows, withRows } from "./rowValues.js";
import { idAt } from "../ir/ids.js";

export type { Value } from "./errorBound.js";

type Numbers = ArrayLike<number>;

/** All values on which a call of a function depends. */
export interface Environment {
  /** Run-time sizes. */
  readonly dims?: Readonly<Record<string, number>>;
  readonly inputs?: Readonly<Record<string, Numbers>>;
  readonly parameters?: Readonly<Record<string, Numbers>>;
  readonly state?: Readonly<Record<string, Numbers>>;
  /** The optimizer's tensors: by parameter, by name. */
  readonly optimizer?: Readonly<Record<string, Readonly<Record<string, Numbers>>>>;
  /** The tensors of other functions' optimizers, by function. */
  readonly optimizers?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Numbers>>>>>>;
  /** Numbers that optimizers and schedules keep, by function and name. */
  readonly shared?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Hyper-parameters by variable: numbers, or schedules. */
  readonly hyper?: Readonly<Record<string, number | Expression>>;
  /** The number of this update, from 1. */
  readonly step?: number;
  /** How often the function was called before. */
  readonly call?: number;
  readonly seed?: number;
}

export interface Evaluation {
  readonly values: ReadonlyMap<NodeId, Value>;
  readonly outputs: Readonly<Record<string, Value>>;
  /** The gradient of each trained parameter, until the update pass has used it. */
  readonly gradients: Readonly<Record<string, Value>>;
  /** The values that effects leave: by parameter, by state, and by parameter and the optimizer's name. */
  readonly parameters: Readonly<Record<string, Value>>;
  readonly state: Readonly<Record<string, Value>>;
  readonly optimizer: Readonly<Record<string, Readonly<Record<string, Value>>>>;
  /** Kept numbers, by name. */
  readonly shared: Readonly<Record<string, Value>>;
}

/** The fields that a node and an expression share. */
type Operation = TensorType & { readonly op: Op; readonly attributes: Attributes; readonly place: Place | undefined };

/** The graph without the arguments that only gradients use. */
export function valuesOf(graph: Graph): Graph {
  if (!graph.nodes.some((node) => node.op.definition.rule)) return graph;
  const nodes = graph.nodes.map((node) => {
    const rule = node.op.definition.rule?.(node.attributes);
    return rule ? { ...node, args: node.args.slice(0, rule.value) } : node;
  });
  return { ...graph, nodes };
}

/** `known` are the given values of some nodes, which are then not computed. */
export function evaluate(
  whole: Graph,
  circumstances: Environment,
  rounding: Rounding | null = null,
  known: ReadonlyMap<NodeId, Value> = new Map(),
): Evaluation {
  const graph = valuesOf(whole);
  const interpreter = new Interpreter(graph, circumstances, rounding, known);
  for (const id of topologicalOrder(graph)) if (!known.has(id)) interpreter.visit(id);
  return interpreter.result();
}

/**
 * The value that an optimizer stores: 0 in place of a subnormal number. The bound allows for numbers that rounding
 * moves across this limit.
 */
function keptOf({ data, bound, shape }: Value, precision: Graph["precision"]): Value {
  const least = smallestNormal[precision === "float32" ? "f32" : "f64"];
  const near = bound?.map((each, i) => (Math.abs(data[i] as number) < least + each && each > 0 ? each + least : each));
  return { shape, data: data.map((each) => (Math.abs(each) < least ? 0 : each)), bound: near ?? null };
}

/** A single number, repeated; any other value has the shape. */
function spreadTo(value: Value, shape: readonly number[]): Value {
  if (value.shape.length > 0) return value;
  const all = (numbers: Float64Array): Float64Array =>
    new Float64Array(shape.reduce((a, b) => a * b, 1)).fill(numbers[0] as number);
  return { ...value, shape, data: all(value.data), bound: value.bound && all(value.bound) };
}

class Interpreter {
  readonly #graph: Graph;
  readonly #given: Environment;
  readonly #rounding: Rounding | null;
  readonly #values: Map<NodeId, Value>;
  /** The next value of each written leaf. */
  readonly #written = new Map<NodeId, Value>();

  constructor(graph: Graph, given: Environment, rounding: Rounding | null, known: ReadonlyMap<NodeId, Value>) {
    this.#values = new Map(known);
    this.#graph = graph;
    this.#given = given;
    this.#rounding = rounding;
  }

  visit(id: NodeId): void {
    const node = nodeAt(this.#graph, id);
    const types = node.args.map((arg) => nodeAt(this.#graph, arg));
    const args = node.args.map((arg) => this.#values.get(arg) as Value);
    if (isOp(node, assignment) || isOp(node, update)) this.#write(node, args);
    else this.#values.set(id, this.#operation(node, types, args, this.#rounding?.element ?? 0));
  }

  result(): Evaluation {
    const valueOf = (id: NodeId): Value => this.#values.get(id) as Value;
    const named = (id: NodeId): string => nodeAt(this.#graph, id).attributes["name"] as string;
    const parameters: Record<string, Value> = {};
    const state: Record<string, Value> = {};
    const optimizer: Record<string, Record<string, Value>> = {};
    const shared: Record<string, Value> = {};
    for (const [id, value] of this.#written) {
      const leaf = nodeAt(this.#graph, id);
      if (isOp(leaf, param)) parameters[named(id)] = value;
      else if (isOp(leaf, stateLeaf)) state[named(id)] = value;
      else if (isOp(leaf, sharedCell)) shared[named(id)] = value;
      else (optimizer[leaf.attributes["parameter"] as string] ??= {})[named(id)] = value;
    }
    return {
      values: this.#values,
      outputs: Object.fromEntries(this.#graph.outputs.map((output) => [output.name, valueOf(output.node)])),
      gradients: Object.fromEntries(
        this.#graph.gradients.map((each) => [named(each.parameter), valueOf(each.gradient)]),
      ),
      parameters,
      state,
      optimizer,
      shared,
    };
  }

  #write(node: Node, args: readonly Value[]): void {
    if (isOp(node, assignment)) {
      this.#written.set(idAt(node.args, 0), args[1] as Value);
      return;
    }
    const { targets, gradient, rows } = writesOf(node) as Writes;
    const [body] = bodiesOf(node) as readonly [Body];
    const listed = rows && listedRows(args[rows.indices] as Value, args[rows.places] as Value);
    const given = listed
      ? args.map((arg, at) => (at === gradient ? atRows(arg, args[0] as Value, listed) : arg))
      : args;
    const found = this.#atElements(body, node, given, this.#rounding?.update ?? 0);
    const values = listed ? found.map((value, target) => withRows(args[target] as Value, value, listed)) : found;
    for (let target = 0; target < targets; target++) {
      const value = values[target] as Value;
      // The body's result is rounded once more, to the type in which it is stored.
      const unit = this.#rounding?.element ?? 0;
      const { precision } = this.#graph;
      const bound = value.bound?.map((each, i) => each + roundingOf(value.data[i] as number, unit, precision));
      const written = idAt(node.args, target);
      const stored = { ...value, bound: bound ?? null };
      this.#written.set(
        written,
        nodeAt(this.#graph, written).op.definition.keepsNormal ? keptOf(stored, precision) : stored,
      );
    }
  }

  /** The results of a body that is a function of elements and of single numbers, at all elements of a shape. */
  #atElements(body: Body, { shape }: TensorType, args: readonly Value[], unit: number): Value[] {
    const numbers = shape.map((each) => this.#resolve(each));
    const spread = remembered((value: Value) => spreadTo(value, numbers));
    const values = args.slice(0, body.parameters.length);
    for (const node of body.nodes.slice(values.length)) {
      const types = node.args.map((arg) => body.nodes[arg] as Node);
      const own = node.args.map((arg) => values[arg] as Value);
      const isOne = own.length === 0 || node.element === "scalar";
      values.push(
        isOne
          ? this.#operation(node, types, own, unit)
          : this.#operation({ ...node, shape }, types, own.map(spread), unit),
      );
    }
    return body.results.map((id) => spread(values[id] as Value));
  }

  /** The values of expressions in which placeholders stand for `args`. */
  #expressions(roots: readonly Expression[], args: readonly Value[], unit: number): Value[] {
    const known = new Map<Expression, Value>();
    const visit = (each: Expression): Value => {
      const before = known.get(each);
      if (before) return before;
      const position = positionOf(each);
      const value =
        position === undefined
          ? this.#operation(each, each.args, each.args.map(visit), unit)
          : (args[position] as Value);
      known.set(each, value);
      return value;
    };
    return roots.map(visit);
  }

  #operation(operation: Operation, types: readonly TensorType[], args: readonly Value[], unit: number): Value {
    const { op, attributes, element, place } = operation;
    const { name, lowering, expand, evaluate: meaning } = op.definition;
    if (expand) {
      const holders = types.map((type, position) => placeholder(position, type));
      const root = withPlace(place, () => expand(holders, attributes));
      return this.#expressions([root], args, unit)[0] as Value;
    }
    const shape = operation.shape.map((each) => this.#resolve(each));
    if (lowering?.kind === "host") {
      const operands = args.map((arg) => constant(arg.data[0] as number));
      const variable = (wanted: string): number => this.#hyper(wanted);
      return this.#exact(shape, Float64Array.of(evaluateScalar(lowering.scalar(operands, attributes), { variable })));
    }
    // It is only written: nodes that read it get its value from the host.
    if (isOp(operation, sharedCell)) return this.#exact(shape, Float64Array.of(NaN));
    if (!meaning && lowering?.kind === "leaf") return this.#exact(shape, this.#leaf(operation, shape));
    if (!meaning) throw new Error(`${this.#graph.name}: ${name} has no meaning by itself`);
    const context: MeaningContext<Attributes> = {
      attributes,
      shape,
      element,
      precision: this.#graph.precision,
      resolve: (size) => this.#resolve(size),
      random: (stream) => this.#random(stream),
    };
    const run = (operands: readonly Dense[]): Float64Array => {
      const result = meaning(operands, context);
      return element === "int32" ? result.map((each) => each | 0) : result;
    };
    const data = run(args);
    if (!this.#rounding) return { shape, data, bound: null };
    const { precision } = this.#graph;
    const rounding = this.#rounding;
    const bound = errorBound({ ...operation, types, args, data, run, unit, rounding, precision });
    const sign = signOf({ op, args });
    return {
      shape,
      data,
      bound,
      isNonNegative: isNonNegative({ op, args, data }, bound),
      ...(sign && { signOf: sign }),
    };
  }

  #exact(shape: readonly number[], data: Float64Array): Value {
    const bound = this.#rounding && new Float64Array(data.length);
    return { shape, data, bound, isNonNegative: data.every((each) => each >= 0) };
  }

  #resolve(size: Size): number {
    return evaluateSize(size, (name) => this.#given.dims?.[name]);
  }

  #hyper(name: string): number {
    if (name === "step") return this.#given.step ?? 0;
    if (name === "call") return this.#given.call ?? 0;
    const kept = cellOf(name);
    if (kept) return this.#given.shared?.[kept.function || this.#graph.name]?.[kept.name] ?? NaN;
    const value = this.#given.hyper?.[name];
    if (value === undefined) throw new Error(`${this.#graph.name}: no value for the hyper-parameter '${name}'`);
    return typeof value === "number" ? value : (this.#expressions([value], [], 0)[0]?.data[0] as number);
  }

  /** The value of an input, a parameter, a state or an optimizer's tensor. */
  #leaf(leaf: Operation, shape: readonly number[]): Float64Array {
    const { op, attributes } = leaf;
    const name = attributes["name"] as string;
    const { inputs, parameters, state, optimizers = {}, optimizer } = this.#given;
    const kept = optimizers[attributes["function"] as string] ?? optimizer;
    const numbersOf = (): Numbers | undefined => {
      if (isOp(leaf, input)) return inputs?.[name];
      if (isOp(leaf, param)) return parameters?.[name];
      if (isOp(leaf, stateLeaf)) return state?.[name];
      return isOp(leaf, optimizerState) ? kept?.[attributes["parameter"] as string]?.[name] : undefined;
    };
    const found = numbersOf();
    const count = shape.reduce((a, b) => a * b, 1);
    if (found?.length === count) return Float64Array.from(found);
    throw new Error(
      `${this.#graph.name}: ${op.definition.name} '${name}' needs ${count} numbers, found ${found?.length}`,
    );
  }

  #random(stream: unknown): { readonly key: readonly [number, number]; readonly call: number } {
    const { seed = 0, call = 0 } = this.#given;
    const hash = typeof stream === "string" ? hashName(stream) : (stream as number) | 0;
    const word = (which: 0 | 1): number =>
      threefry([seed | 0, (seed / 2 ** 32) | 0], [hashName(`${this.#graph.name}/${which}`), hash])[0];
    return { key: [word(0), word(1)], call };
  }
}
