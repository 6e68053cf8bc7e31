/** Makes schedules of a compiled program: the graph gives the names of values, the layout their places. */
import { mapCalls } from "../../ir/program.js";
import { isOp, isInline, isLeaf, nodeAt, readArgs, type Graph, type Node, type NodeId } from "../../ir/graph.js";
import { constantOf, type Size } from "../../ir/size.js";
import { input } from "../../ops/input.js";
import { param, state } from "../../ops/param.js";
import { places } from "../../ops/places.js";
import { optimizerState, sharedCell } from "../../ops/kept.js";
import { bodiesOf, parametersOf, type Body } from "../../ir/body.js";
import { targetsOf, writesOf } from "../../ir/effects.js";
import type { PlannedModel } from "../kernels.js";
import type { Buffer } from "../memory/buffer.js";
import type { Layout } from "../memory/layout.js";
import type { FunctionPlan, PlannedKernel } from "../plan.js";
import type { Holding, MemoryPlace, Schedule, ScheduledKernel, Write } from "./schedule.js";
import { idAt, type ArgumentPosition } from "../../ir/ids.js";

/** What the verifier is given: the kernels of a plan, and the places of their buffers. */
export interface VerifiedProgram {
  /** The model's. */
  readonly name: string;
  readonly functions: readonly VerifiedFunction[];
  readonly initialize: VerifiedFunction;
  readonly leaves: ReadonlyMap<string, Buffer>;
  readonly constants: ReadonlyMap<string, Float64Array>;
  readonly layout: Layout;
}

export interface VerifiedFunction {
  readonly name: string;
  readonly plan: FunctionPlan;
}

/** The kernels of the plan at the places that the program gives their buffers. */
export function placedPlan(
  planned: PlannedModel,
  { leaves, layout }: Pick<VerifiedProgram, "leaves" | "layout">,
): VerifiedProgram {
  const named = ({ facts, plan }: PlannedModel["initialize"]): VerifiedFunction => ({ name: facts.name, plan });
  const { facts, functions, initialize, constants } = planned;
  return {
    name: facts.name,
    functions: functions.map(named),
    initialize: named(initialize),
    leaves,
    constants,
    layout,
  };
}

export function schedulesOf(program: VerifiedProgram): Schedule[] {
  return [...program.functions, program.initialize].map((made) => new Describer(program, made).schedule());
}

type Values = ReadonlySet<string>;
const none: Values = new Set();

interface Needs {
  readonly all: Values;
  readonly unread: Values;
}

class Describer {
  readonly #program: VerifiedProgram;
  readonly #function: VerifiedFunction;
  readonly #graph: Graph;
  readonly #buffers = new Map<NodeId, string>();

  constructor(program: VerifiedProgram, made: VerifiedFunction) {
    this.#program = program;
    this.#function = made;
    this.#graph = made.plan.graph;
    for (const buffer of made.plan.buffers.values()) {
      if (buffer.node !== null && !program.leaves.has(buffer.id)) this.#buffers.set(buffer.node, buffer.id);
    }
  }

  schedule(): Schedule {
    const { layout, leaves } = this.#program;
    const { plan, name } = this.#function;
    const places = new Map<string, MemoryPlace>();
    for (const buffer of [...leaves.values(), ...plan.buffers.values()]) {
      const { label, type, shape, strides, length, category } = buffer;
      const offset = layout.offsets.get(buffer.id);
      const fixed = category === "inputs" || category === "constants";
      if (offset !== undefined) places.set(buffer.id, { label, offset, type, shape, strides, length, fixed });
    }
    const updated = this.#updated();
    const outputs = this.#graph.outputs.map((output, position) => ({
      buffer: plan.outputs[position]?.buffer.id ?? "",
      value: this.#valueOf(output.node),
      as: `the output ${output.name}`,
    }));
    const kept = [...leaves.values()].map(({ id, label }) => ({ buffer: id, value: updated.get(id) ?? id, as: label }));
    return {
      name,
      dims: plan.dims,
      positive: plan.positive.map(({ size }) => size),
      total: layout.scratch.offset,
      places,
      before: [...leaves.keys()].map((buffer) => ({ buffer, value: buffer })),
      steps: mapCalls(plan.steps, (planned) => this.#kernel(planned)),
      after: [...outputs, ...kept],
    };
  }

  /** The value that each buffer holds at the end of the function, for the buffers that its effects write. */
  #updated(): Map<string, string> {
    const updated = new Map<string, string>();
    for (const effect of this.#graph.effects) {
      for (const target of targetsOf(this.#graph, effect))
        updated.set(this.#bufferOf(target), this.#updatedValue(effect, target));
    }
    return updated;
  }

  #updatedValue(effect: NodeId, target: NodeId): string {
    const by = String(nodeAt(this.#graph, effect).attributes["by"]);
    return `${this.#bufferOf(target)} after ${by} %${effect}`;
  }

  #bufferOf(id: NodeId): string {
    const node = nodeAt(this.#graph, id);
    return isLeaf(node) ? this.#leafOf(node) : (this.#buffers.get(id) ?? `no buffer of %${id}`);
  }

  /** The buffer of a leaf, found by the kind of the leaf. */
  #leafOf({ op, attributes }: Node): string {
    const name = String(attributes["name"]);
    if (isOp({ op }, param)) return `param:${name}`;
    if (isOp({ op }, state)) return `state:${name}`;
    if (isOp({ op }, input)) return `input:${this.#function.name}:${name}`;
    if (isOp({ op }, optimizerState))
      return `kept:${String(attributes["function"])}:${String(attributes["parameter"])}:${name}`;
    if (isOp({ op }, sharedCell)) return `cell:${String(attributes["function"])}:${String(attributes["name"])}`;
    const values = (attributes["values"] as () => Float64Array)();
    for (const [key, known] of this.#program.constants) if (known === values) return key;
    return "no such constant";
  }

  #valueOf(id: NodeId): string {
    const node = nodeAt(this.#graph, id);
    if (isLeaf(node)) return this.#leafOf(node);
    return `%${id} (${node.name ?? node.op.definition.name})`;
  }

  /** The rows that a node writes; undefined if it writes all. */
  #listed(id: NodeId): Pick<Write, "listed"> {
    const { op, args, attributes } = nodeAt(this.#graph, id);
    const count = (list: ArgumentPosition): Size => nodeAt(this.#graph, idAt(args, list)).shape[0] as Size;
    if (isOp({ op }, places)) return { listed: { count: count(0), update: null } };
    const { rows, gradient: sums } = writesOf({ op, attributes }) ?? {};
    if (!rows) return {};
    const [table, gradient] = [rows.places, sums as ArgumentPosition].map((at) => this.#bufferOf(idAt(args, at)));
    return {
      listed: { count: count(rows.indices), update: { places: table as string, gradient: gradient as string } },
    };
  }

  #kernel({ kernel, group }: PlannedKernel): ScheduledKernel {
    const needs = new NeedsOf(this.#graph, group.members, (id) => this.#valueOf(id));
    const reads = new Map<string, Holding>();
    for (const id of needs.outside())
      reads.set(this.#bufferOf(id), { buffer: this.#bufferOf(id), value: this.#valueOf(id) });
    const writes = group.stored.flatMap((id): Write[] => {
      const targets = targetsOf(this.#graph, id);
      if (targets.length === 0) {
        const { all, unread } = needs.ofNode(id);
        const listed = this.#listed(id);
        return [{ buffer: this.#bufferOf(id), value: this.#valueOf(id), replaces: null, from: all, unread, ...listed }];
      }
      return targets.map((target, position) => {
        const { all, unread } = needs.ofUpdate(id, position);
        return {
          buffer: this.#bufferOf(target),
          value: this.#updatedValue(id, target),
          replaces: this.#valueOf(target),
          from: all,
          unread,
          ...this.#listed(id),
        };
      });
    });
    return { kernel, reads: [...reads.values()], writes };
  }
}

/**
 * The values from outside a kernel from which its nodes are computed, through other nodes of the kernel and through
 * views.
 */
class NeedsOf {
  readonly #graph: Graph;
  readonly #members: ReadonlySet<NodeId>;
  readonly #valueOf: (id: NodeId) => string;
  readonly #known = new Map<NodeId, Needs>();
  readonly #outside = new Set<NodeId>();

  constructor(graph: Graph, members: ReadonlySet<NodeId>, valueOf: (id: NodeId) => string) {
    this.#graph = graph;
    this.#members = members;
    this.#valueOf = valueOf;
    for (const id of members) this.ofNode(id);
  }

  /** The nodes whose values are read from memory. */
  outside(): Iterable<NodeId> {
    return this.#outside;
  }

  #isInside(id: NodeId): boolean {
    return this.#members.has(id) || isInline(this.#graph, nodeAt(this.#graph, id));
  }

  ofNode(root: NodeId): Needs {
    const stack = [root];
    for (let id = stack.at(-1); id !== undefined; id = stack.at(-1)) {
      const args = this.#argsOf(id);
      const missing = args.filter(([arg]) => !this.#known.has(arg));
      if (this.#known.has(id) || missing.length === 0) {
        stack.pop();
        if (!this.#known.has(id)) this.#known.set(id, this.#join(args));
        continue;
      }
      for (const [arg] of missing) {
        if (this.#isInside(arg)) stack.push(arg);
        else {
          this.#outside.add(arg);
          this.#known.set(arg, { all: new Set([this.#valueOf(arg)]), unread: none });
        }
      }
    }
    return this.#known.get(root) as Needs;
  }

  /** The arguments, and whether each may go unread. */
  #argsOf(id: NodeId): (readonly [NodeId, boolean])[] {
    const node = nodeAt(this.#graph, id);
    if (node.element === "scalar") return [];
    const types = node.args.map((arg) => nodeAt(this.#graph, arg));
    const indices = node.op.definition.indices?.(types, node.attributes);
    // An index is not read into an axis of one element, nor if the picked value is the same all along the axis.
    const picks = node.op.definition.lowering?.kind !== "scatter";
    const unread =
      indices !== undefined && (constantOf(indices.below) === 1 || (picks && this.#mayRepeat(idAt(node.args, 0))));
    return readArgs(node).map((arg, position) => [arg, unread && indices.argument === position]);
  }

  /**
   * Whether the kernel computes a value that may be the same all along an axis: a view on the way to it may repeat its
   * argument, or an index on the way may go unread itself. A value that is loaded directly depends on the place.
   */
  #mayRepeat(root: NodeId): boolean {
    const seen = new Set([root]);
    // A set may grow while it is walked.
    for (const id of seen) {
      if (!this.#isInside(id)) continue;
      const { op, args, attributes } = nodeAt(this.#graph, id);
      const types = args.map((arg) => nodeAt(this.#graph, arg));
      const indices = op.definition.indices?.(types, attributes);
      if (op.definition.lowering?.kind === "view" || (indices && constantOf(indices.below) === 1)) return true;
      for (const arg of args) seen.add(arg);
    }
    return false;
  }

  #join(args: readonly (readonly [NodeId, boolean])[]): Needs {
    let [all, unread] = [none, none];
    for (const [arg, optional] of args) {
      const of = this.#known.get(arg) as Needs;
      all = union(all, of.all);
      unread = union(unread, optional ? of.all : of.unread);
    }
    return { all, unread };
  }

  /** What one target of an update is computed from: the arguments that its formula mentions. */
  ofUpdate(id: NodeId, target: ArgumentPosition): Needs {
    const node = nodeAt(this.#graph, id);
    const [body] = bodiesOf(node) as readonly [Body];
    const positions = parametersOf(body, target);
    // The values of all targets depend on which rows are updated.
    const rows = writesOf(node)?.rows;
    if (rows) positions.add(rows.indices).add(rows.places);
    return this.#join(node.args.flatMap((arg, position) => (positions.has(position) ? [[arg, false] as const] : [])));
  }
}

function union(a: Values, b: Values): Values {
  if (b.size > a.size) return union(b, a);
  let all: Set<string> | null = null;
  for (const each of b) if (!a.has(each)) (all ??= new Set(a)).add(each);
  return all ?? a;
}
