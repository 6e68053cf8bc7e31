/** The plan of one function: kernels in order, the buffers they use, and the scalars the host computes for them. */
import { isOp, isInline, isLeaf, nodeAt, throughViews, type Graph, type NodeId } from "../ir/graph.js";
import { usesOf, type Kernel } from "../ir/kernel.js";
import { callStep, sequence, visitCalls, type CallPosition, type Step } from "../ir/program.js";
import type { Scalar } from "../ir/scalar.js";
import { add } from "../ops/add.js";
import { param } from "../ops/param.js";
import { writesOf } from "../ir/effects.js";
import { shareAndHoist } from "./lower/shareAndHoist.js";
import { bytesOf, capacityStrides, scalarTypeOf, type Buffer, type Category } from "./memory/buffer.js";
import { collapseLoops } from "./lower/collapseLoops.js";
import { HostScalars, type LoweringContext, type Numerics } from "./lower/lowerElement.js";
import { fuse, type FusedGroup, type Fusion, type FusionLevel } from "./fuse/fuse.js";
import { lowerGroup } from "./fuse/group.js";
import type { Interval } from "./memory/arena.js";
import { positiveSizes, type Needed } from "./positiveSizes.js";
import { Naming } from "./naming.js";
import { idAt } from "../ir/ids.js";

export interface PlannedKernel {
  readonly kernel: Kernel;
  readonly group: FusedGroup;
}

export interface StoredGradient {
  readonly parameter: string;
  readonly bytes: number;
  readonly reason: string;
}

export interface FunctionPlan {
  readonly graph: Graph;
  readonly dims: Readonly<Record<string, number>>;
  /** The calls of kernels, in order. */
  readonly steps: Step<PlannedKernel>;
  /** Every buffer that a kernel of the function uses or a result lies in, by id. */
  readonly buffers: ReadonlyMap<string, Buffer>;
  readonly outputs: readonly { readonly name: string; readonly buffer: Buffer }[];
  readonly host: ReadonlyMap<string, Scalar>;
  readonly storedGradients: readonly StoredGradient[];
  /** Sizes that a call must make at least 1. */
  readonly positive: readonly Needed[];
  /** The lifetime of each buffer of the arena, in numbers of calls. */
  readonly intervals: readonly Interval[];
}

export interface GroupingOptions {
  readonly dims: Readonly<Record<string, number>>;
  readonly fusion: FusionLevel;
  /** The buffer of a leaf: shared by all functions, or the function's own input. */
  readonly leafBuffer: (id: NodeId, graph: Graph) => Buffer;
}

/** The part of a function's plan that is the same for all targets: the groups, and words for their nodes. */
export interface Grouping {
  readonly context: LoweringContext;
  readonly dims: Readonly<Record<string, number>>;
  readonly buffers: ReadonlyMap<string, Buffer>;
  readonly naming: Naming;
  readonly fusion: Fusion;
}

/** The arithmetic with which lowering is tried: whether nodes can share a kernel depends on no target. */
const anyNumerics: Numerics = { accumulator: () => "f64", update: () => "f64", chains: false };

export function groupFunction(graph: Graph, options: GroupingOptions): Grouping {
  const buffers = new Map<string, Buffer>();
  const byNode = new Map<NodeId, Buffer>();
  const naming = new Naming(graph);
  const bufferOf = (id: NodeId): Buffer => {
    const known = byNode.get(id);
    if (known) return known;
    const node = nodeAt(graph, id);
    const made = isLeaf(node) ? options.leafBuffer(id, graph) : ownBuffer(graph, id, options.dims, naming);
    byNode.set(id, made);
    buffers.set(made.id, made);
    return made;
  };
  const host = new HostScalars();
  const context: LoweringContext = { graph, numerics: anyNumerics, bufferOf, host, indices: { count: 0, computed: 0 } };
  const fusion = fuse(context, options.fusion);
  // The stored values are known only now, and only they need words of their own.
  const stored = fusion.groups
    .flatMap((group) => group.stored)
    .filter((id) => byNode.has(id) && !isLeaf(nodeAt(graph, id)));
  naming.tellApart(stored);
  for (const id of stored) {
    const made = { ...bufferOf(id), label: naming.labelOf(id) };
    byNode.set(id, made);
    buffers.set(made.id, made);
  }
  return { context, dims: options.dims, buffers, naming, fusion };
}

/** Puts the steps of a function into another tree, in the same order of execution. */
export type Arrange = <Call>(steps: Step<Call>) => Step<Call>;

export function planFunction(
  { context, dims, buffers, naming, fusion }: Grouping,
  numerics: Numerics,
  arrange: Arrange = (steps) => steps,
): FunctionPlan {
  const { graph, bufferOf, host } = context;
  const planned = (group: FusedGroup): Step<PlannedKernel> =>
    callStep({ group, kernel: kernelOf({ ...context, numerics }, group, naming) });
  const steps = arrange(sequence(fusion.groups.map(planned)));
  const outputs = graph.outputs.map(({ name, node }) => ({ name, buffer: bufferOf(node) }));
  const used = usedBuffers(steps);
  return {
    graph,
    dims,
    steps,
    buffers,
    outputs,
    host: host.byName,
    positive: positiveSizes(graph),
    storedGradients: storedGradients(graph, fusion.groups, fusion.refusals, bufferOf),
    intervals: lifetimes(buffers, used, outputs),
  };
}

function ownBuffer(graph: Graph, id: NodeId, dims: Grouping["dims"], naming: Naming): Buffer {
  const node = nodeAt(graph, id);
  const category: Category = naming.gradients.has(id) ? "gradients" : "activations";
  const label = naming.labelOf(id);
  const type = scalarTypeOf(node.element, graph.precision);
  return {
    id: `${graph.name}:${id}`,
    label,
    type,
    shape: node.shape,
    ...capacityStrides(node.shape, dims),
    category,
    node: id,
  };
}

/** The kernel with loops collapsed and shared parts named, described by the graph lines that it fuses. */
function kernelOf(context: LoweringContext, group: FusedGroup, naming: Naming): Kernel {
  const lowered = lowerGroup(context, group, group.stored);
  const labels = new Map(lowered.labels);
  const relabel = (before: Scalar, after: Scalar): void => {
    const label = labels.get(before);
    if (label !== undefined) labels.set(after, label);
  };
  const collapsed = lowered.bindings.size > 0 ? lowered.statements : collapseLoops(lowered.statements, relabel);
  let locals = 0;
  const body = shareAndHoist(
    collapsed,
    lowered.bindings,
    (scalar) => `local:${++locals}:${labels.get(scalar) ?? "value"}`,
  );
  return { name: naming.kernelName(group), doc: naming.kernelDoc(group), body };
}

type Used = ReadonlyMap<string, { readonly first: CallPosition; readonly last: CallPosition }>;

function usedBuffers(steps: Step<PlannedKernel>): Used {
  const used = new Map<string, { first: CallPosition; last: CallPosition }>();
  visitCalls(steps, ({ kernel }, at) => {
    for (const id of usesOf(kernel).buffers.keys()) {
      used.set(id, { first: used.get(id)?.first ?? at, last: at });
    }
  });
  return used;
}

const inArena: ReadonlySet<Category> = new Set(["gradients", "activations"]);

function lifetimes(buffers: ReadonlyMap<string, Buffer>, used: Used, outputs: FunctionPlan["outputs"]): Interval[] {
  const returned = new Set(outputs.map(({ buffer }) => buffer.id));
  return [...used].flatMap(([id, { first, last }]) => {
    const buffer = buffers.get(id) as Buffer;
    if (!inArena.has(buffer.category)) return [];
    const to = returned.has(id) ? Number.POSITIVE_INFINITY : last;
    return [{ id, bytes: buffer.length * bytesOf[buffer.type], from: first, to }];
  });
}

/**
 * The gradients that lie in memory, and why. If the last kernel completes a sum of contributions, the contributions
 * that are stored until then are listed too.
 */
function storedGradients(
  graph: Graph,
  groups: readonly FusedGroup[],
  refusals: ReadonlyMap<NodeId, string>,
  bufferOf: (id: NodeId) => Buffer,
): StoredGradient[] {
  const stored = new Set(groups.flatMap((group) => group.stored));
  const byName = new Map<string, NodeId[]>();
  for (const id of stored) {
    const name = String(nodeAt(graph, id).name);
    const same = byName.get(name) ?? [];
    byName.set(name, same);
    same.push(id);
  }
  const entry = (parameter: NodeId, id: NodeId, reason: string): StoredGradient => {
    const buffer = bufferOf(id);
    return { parameter: String(nodeAt(graph, parameter).name), bytes: buffer.length * bytesOf[buffer.type], reason };
  };
  return graph.effects.flatMap((effect) => {
    const node = nodeAt(graph, effect);
    const parameter = idAt(node.args, 0);
    const { gradient: position, rows } = writesOf(node) ?? {};
    if (!isOp(nodeAt(graph, parameter), param)) return [];
    if (position === undefined) {
      const own = byName.get(`${nodeAt(graph, parameter).name}.gradient`) ?? [];
      return own.map((id) => entry(parameter, id, "the update needs the whole gradient at once"));
    }
    const gradient = throughViews(graph, idAt(node.args, position));
    if (stored.has(gradient)) {
      const reason = rows
        ? "rows that are listed several times are summed first"
        : (refusals.get(effect) ?? "updates are kept apart from gradients");
      return [entry(parameter, gradient, reason)];
    }
    const waiting = contributions(graph, gradient).filter((id) => stored.has(id));
    return waiting.map((id) => entry(parameter, id, "one of several contributions: it waits for the last"));
  });
}

/** The terms of a sum of contributions, and the terms of those that are sums themselves, each once. */
function contributions(graph: Graph, root: NodeId): NodeId[] {
  const terms = new Set<NodeId>();
  const visit = (id: NodeId): void => {
    const node = nodeAt(graph, id);
    if (isInline(graph, node) && node.args.length === 1) return visit(idAt(node.args, 0));
    for (const arg of isOp(node, add) ? node.args : []) {
      if (terms.has(arg)) continue;
      terms.add(arg);
      visit(arg);
    }
  };
  visit(root);
  return [...terms];
}
