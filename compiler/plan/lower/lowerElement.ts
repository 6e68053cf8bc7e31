/**
 * Lowering by demand: gives the scalar of a node at an index, made from the scalars of its arguments. Members of the
 * kernel are computed; all other values are loaded.
 */
import { Canonical } from "../../ir/canonical.js";
import { isOp, isInline, nodeAt, type Graph, type Node, type NodeId } from "../../ir/graph.js";
import { hostScalar, namedHostScalar } from "../../ir/hostScalar.js";
import { literal, type Body } from "../../ir/op.js";
import * as scalars from "../../ir/scalar.js";
import type { Scalar, ScalarType } from "../../ir/scalar.js";
import { constantOf, indexSize, one, size, sub, type Index, type Size } from "../../ir/size.js";
import { hashName, threefryWord } from "../../ir/random.js";
import { named } from "../../ops/hyper.js";
import { remembered } from "../../ir/remembered.js";
import { offsetAt, scalarTypeOf, type Buffer } from "../memory/buffer.js";
import { idAt, type ArgumentPosition } from "../../ir/ids.js";

/** The arithmetic of a target; see "Rounding belongs to the graph" in ARCHITECTURE.md. */
export interface Numerics {
  /** The type in which sums and contractions of floats are accumulated. */
  readonly accumulator: (element: "f32" | "f64") => "f32" | "f64";
  /** The type in which the body of an update runs. */
  readonly update: (element: "f32" | "f64") => "f32" | "f64";
  /** Whether a reduction that includes the last axis runs in four chains, for lanes. */
  readonly chains: boolean;
}

/** A reason why nodes cannot share a kernel, in words that `explain` can print. */
export class NotFusable extends Error {}

/** Scalars that the host computes before the call, by the name of their variable in kernels. */
export class HostScalars {
  readonly byName = new Map<string, Scalar>();
  /** The scalars of the graph's nodes. */
  readonly byNode = new Map<NodeId, Scalar>();
  readonly #canonical = new Canonical();
  readonly #names = new Map<Scalar, string>();

  /** A variable for the scalar; plain variables and constants stand for themselves. */
  variable(scalar: Scalar, wanted: string): Scalar {
    if (scalar.kind === "constant") return scalar;
    const key = this.#canonical.of(scalar);
    let name = this.#names.get(key);
    if (name === undefined) {
      name = scalar.kind === "variable" ? scalar.name : wanted;
      for (let n = 2; this.byName.has(name); n++) name = `${wanted}${n}`;
      this.#names.set(key, name);
      this.byName.set(name, scalar);
    }
    return scalars.variable(name, scalar.type);
  }
}

/** The facts about a function that lowering needs. */
export interface LoweringContext {
  readonly graph: Graph;
  readonly numerics: Numerics;
  /** The buffer in which a node's value lies if it is stored; leaves always are. */
  readonly bufferOf: (id: NodeId) => Buffer;
  readonly host: HostScalars;
  /**
   * The number of indices, of loops and computed ones, in the kernel that is being lowered. Names of indices depend on
   * this number alone.
   */
  readonly indices: { count: number; computed: number };
}

/**
 * The most times that a kernel computes one node for one turn of its loops. If each node of a chain reads two places of
 * the one before it (halves that are joined again, neighbours in several directions), the number doubles with each;
 * beyond this limit the value is stored instead.
 */
const mostPlaces = 32;

export class ElementLowering {
  readonly bindings = new Map<string, { readonly index: Index; readonly value: Scalar }>();
  /** The word for a scalar in printed code, if one is known. */
  readonly labels = new Map<Scalar, string>();
  readonly #memo = new Map<string, Scalar>();
  /** At how many places each member is computed. */
  readonly #places = new Map<NodeId, number>();
  readonly #canonical = new Canonical();
  readonly #computedIndices = new Map<string, Index>();
  readonly context: LoweringContext;
  readonly #members: ReadonlySet<NodeId>;
  readonly #computed: (id: NodeId, index: readonly Size[]) => Scalar | null;

  /** `computed` gives the scalars of members that statements of the kernel compute: reductions and contractions. */
  constructor(
    context: LoweringContext,
    members: ReadonlySet<NodeId>,
    computed: (id: NodeId, index: readonly Size[]) => Scalar | null,
  ) {
    this.context = context;
    this.#members = members;
    this.#computed = computed;
  }

  typeOf(node: Node): ScalarType {
    return scalarTypeOf(node.element, this.context.graph.precision);
  }

  /** The value of a node at an index. */
  at(id: NodeId, index: readonly Size[]): Scalar {
    const key = `${id}[${index.map((each) => each.key).join()}]`;
    const known = this.#memo.get(key);
    if (known) return known;
    const made = this.#make(id, index);
    this.#memo.set(key, made);
    const { name, origin } = this.#called(id);
    const label = made.kind === "load" ? lastPart(this.context.bufferOf(id).label) : (name ?? origin?.word);
    if (label !== undefined && !this.labels.has(made)) this.labels.set(made, label);
    return made;
  }

  /** The node from which a scalar gets its words: a conversion to another type keeps the words of its argument. */
  #called(id: NodeId): Node {
    const node = nodeAt(this.context.graph, id);
    const [from] = node.args;
    return node.op.definition.converts && node.name === undefined && from !== undefined ? this.#called(from) : node;
  }

  #make(id: NodeId, index: readonly Size[]): Scalar {
    const { graph } = this.context;
    const node = nodeAt(graph, id);
    const { lowering, name } = node.op.definition;
    if (!lowering) throw new Error(`${graph.name}: ${name} has no lowering`);
    if (node.element === "scalar") {
      const wanted = isOp(node, named) ? String(node.attributes["name"]) : (node.name ?? node.origin?.word ?? name);
      return this.context.host.variable(this.#hostScalar(id), wanted);
    }
    if (!this.#members.has(id) && !isInline(graph, node)) {
      const buffer = this.context.bufferOf(id);
      return scalars.load(buffer.id, offsetAt(buffer, index), this.typeOf(node));
    }
    if (this.#members.has(id)) this.#countPlace(id);
    const computed = this.#computed(id, index);
    if (computed) return computed;
    switch (lowering.kind) {
      case "elementwise":
        return lowering.scalar(
          node.args.map((arg) => this.at(arg, index)),
          node.attributes,
          this.typeOf(node),
        );
      case "view":
      case "point":
        return lowering.read(this.pointContext(id, index));
      case "reduce":
      case "contract":
      case "scatter":
      case "row":
      case "leaf":
      case "host":
      case "effect":
        throw new NotFusable(`${name} has no value inside this kernel`);
    }
  }

  #countPlace(id: NodeId): void {
    const count = (this.#places.get(id) ?? 0) + 1;
    this.#places.set(id, count);
    if (count > mostPlaces) {
      throw new NotFusable(`${nodeAt(this.context.graph, id).op.definition.name} would be computed at too many places`);
    }
  }

  pointContext(id: NodeId, index: readonly Size[]) {
    const { graph } = this.context;
    const node = nodeAt(graph, id);
    return {
      index,
      attributes: node.attributes,
      shape: node.shape,
      args: node.args.map((arg) => nodeAt(graph, arg)),
      type: this.typeOf(node),
      at: (argument: ArgumentPosition, where: readonly Size[]) => this.at(idAt(node.args, argument), where),
      asIndex: (value: Scalar, extent: Size) => this.asIndex(value, extent),
      random: (stream: unknown) => this.random(stream),
    };
  }

  /** An int32 as an index into an axis, clamped to it. */
  asIndex(value: Scalar, extent: Size): Size {
    if (constantOf(extent) === 1) return size(0);
    const last = scalars.indexValue(sub(extent, one));
    const low = scalars.select(scalars.lt(value, 0), scalars.constant(0, "i32"), value);
    const clamped = scalars.select(scalars.lt(last, low), last, low);
    const key = `${this.#canonical.numberOf(value)}:${extent.key}`;
    let index = this.#computedIndices.get(key);
    if (!index) {
      index = { id: `at.${++this.context.indices.computed}`, extent };
      this.#computedIndices.set(key, index);
      this.bindings.set(index.id, { index, value: clamped });
    }
    return indexSize(index);
  }

  /** The key of a stream is folded from the seed, the function's name and the stream, on the host. */
  random(stream: unknown): { readonly key: readonly [Scalar, Scalar]; readonly call: Scalar } {
    const { graph, host } = this.context;
    const label = typeof stream === "string" ? stream : `stream${String(stream)}`;
    const hash = typeof stream === "string" ? hashName(stream) : (stream as number) | 0;
    const seed = [scalars.variable("seedLow", "i32"), scalars.variable("seedHigh", "i32")] as const;
    // Two blocks of the generator, whose counters differ in the function's word, give the two words of the key.
    const word = (which: 0 | 1) => {
      const counter = [hashName(`${graph.name}/${which}`), hash].map((each) => scalars.constant(each, "i32"));
      return host.variable(scalars.call(threefryWord(0), ...seed, ...counter), `${label} key ${which}`);
    };
    return { key: [word(0), word(1)], call: host.variable(scalars.variable("call", "i32"), "call") };
  }

  #hostScalar(id: NodeId): Scalar {
    const { byNode } = this.context.host;
    const known = byNode.get(id);
    if (known) return known;
    const node = nodeAt(this.context.graph, id);
    const made = hostScalar(node, (arg) => this.#hostScalar(arg), node.args);
    byNode.set(id, made);
    return made;
  }

  /** The results of an elementwise body whose parameters have these values; floats are computed in `type`. */
  body({ nodes, parameters, results }: Body, args: readonly Scalar[], type: "f32" | "f64"): readonly Scalar[] {
    const onHost = remembered((id: NodeId): Scalar => {
      const node = nodes[id] as Node;
      return namedHostScalar(node, onHost, node.args);
    });
    const visit = remembered((id: NodeId): Scalar => {
      if (id < parameters.length) return args[id] as Scalar;
      const { op, element, attributes, args: operands } = nodes[id] as Node;
      const { lowering, name } = op.definition;
      if (element === "scalar") {
        const wanted = isOp({ op }, named) ? String(attributes["name"]) : "factor";
        return this.context.host.variable(onHost(id), wanted);
      }
      const own = element === "float" ? type : scalarTypeOf(element, "float64");
      if (isOp({ op }, literal)) return scalars.constant(attributes["value"] as number, own);
      if (lowering?.kind !== "elementwise") throw new Error(`an elementwise body holds ${name}`);
      return lowering.scalar(operands.map(visit), attributes, own);
    });
    return results.map(visit);
  }
}

/** `hidden.weight.exp_avg` is called exp_avg inside a kernel. */
export const lastPart = (label: string): string => label.slice(label.lastIndexOf(".") + 1);
