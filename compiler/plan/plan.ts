/** The plan of one function: kernels in order, the buffers they use, and the scalars the host computes for them. */
import { isLeaf, nodeAt, type Graph, type NodeId } from "../ir/graph.js";
import { usesOf, type Kernel } from "../ir/kernel.js";
import { callStep, sequence, visitCalls, type CallPosition, type Step } from "../ir/program.js";
import type { Scalar } from "../ir/scalar.js";
import { shareAndHoist } from "./lower/shareAndHoist.js";
import { bytesOf, capacityStrides, scalarTypeOf, type Buffer, type Category } from "./memory/buffer.js";
import { collapseLoops } from "./lower/collapseLoops.js";
import { HostScalars, type LoweringContext, type Numerics } from "./lower/lowerElement.js";
import { fuse, type FusedGroup, type Fusion, type FusionLevel } from "./fuse/fuse.js";
import { lowerGroup } from "./fuse/group.js";
import type { Interval } from "./memory/arena.js";
import { positiveSizes, type Needed } from "./positiveSizes.js";
import { Naming } from "./naming.js";
import { callFacts, type CallFacts } from "./callFacts.js";

export interface PlannedKernel {
  readonly kernel: Kernel;
  readonly group: FusedGroup;
  readonly facts: CallFacts;
}

export interface FunctionPlan {
  readonly graph: Graph;
  readonly dims: Readonly<Record<string, number>>;
  /** The calls of kernels, in order. */
  readonly steps: Step<PlannedKernel>;
  /** Every buffer that a kernel of the function uses or a result lies in, by id. */
  readonly buffers: ReadonlyMap<string, Buffer>;
  readonly outputs: Grouping["outputs"];
  /** The scalars that the host computes for kernels, by name. */
  readonly host: ReadonlyMap<string, Scalar>;
  readonly positive: Grouping["positive"];
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
  /** The buffers of the results, in the order of the graph's outputs. */
  readonly outputs: readonly { readonly name: string; readonly buffer: Buffer }[];
  /** Sizes that a call must make at least 1. */
  readonly positive: readonly Needed[];
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
  // Results are stored, so that they have buffers by now: `materialize` copies those that were not.
  const outputs = graph.outputs.map(({ name, node }) => ({ name, buffer: bufferOf(node) }));
  return { context, dims: options.dims, buffers, naming, fusion, outputs, positive: positiveSizes(graph) };
}

/** Puts the steps of a function into another tree, in the same order of execution. */
export type Arrange = <Call>(steps: Step<Call>) => Step<Call>;

export function planFunction(
  { context, dims, buffers, naming, fusion, outputs, positive }: Grouping,
  numerics: Numerics,
  arrange: Arrange = (steps) => steps,
): FunctionPlan {
  const { graph, host } = context;
  const planned = (group: FusedGroup): Step<PlannedKernel> =>
    callStep({ group, kernel: kernelOf({ ...context, numerics }, group, naming), facts: callFacts(graph, group) });
  const steps = arrange(sequence(fusion.groups.map(planned)));
  const intervals = lifetimes(buffers, usedBuffers(steps), outputs);
  return { graph, dims, steps, buffers, outputs, host: host.byName, positive, intervals };
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
