/**
 * The kernels of a model: first the groups of nodes that share one, which are the same for all targets, then their
 * kernels in the arithmetic of one target.
 */
import { isOp, isLeaf, nodeAt } from "../ir/graph.js";
import type { Model } from "../model/model.js";
import { vectorKernels } from "../drivers/kernels.js";
import { driverBuffers } from "../drivers/memory.js";
import { input } from "../ops/input.js";
import type { FunctionGraph, ModelGraphs } from "../passes/pipeline.js";
import type { FunctionFacts, ModelFacts } from "./facts.js";
import type { FusionLevel } from "./fuse/fuse.js";
import { functionFacts, modelFacts } from "./gatherFacts.js";
import type { Numerics } from "./lower/lowerElement.js";
import type { Buffer } from "./memory/buffer.js";
import { Leaves } from "./memory/leaves.js";
import type { VectorKernel } from "../targets/program.js";
import { groupFunction, planFunction, type Arrange, type FunctionPlan, type Grouping } from "./plan.js";

interface Kept {
  readonly facts: ModelFacts;
  /** The buffers of all that lies in memory before the first kernel, by id. */
  readonly leaves: ReadonlyMap<string, Buffer>;
  readonly constants: ReadonlyMap<string, Float64Array>;
}

export interface GroupedFunction {
  readonly facts: FunctionFacts;
  readonly grouping: Grouping;
}

/** The functions of a model with their nodes in groups: the part that all targets share. */
export interface ModelGroups extends Kept {
  readonly functions: readonly GroupedFunction[];
  readonly initialize: GroupedFunction;
}

export interface PlannedFunction {
  readonly facts: FunctionFacts;
  readonly plan: FunctionPlan;
}

/** The functions of a model as kernels in order, for the arithmetic of one target. */
export interface PlannedModel extends Kept {
  readonly functions: readonly PlannedFunction[];
  readonly initialize: PlannedFunction;
  /** The kernels that drivers call beside the functions. */
  readonly vectorKernels: readonly VectorKernel[];
}

export function groupKernels(model: Model, graphs: ModelGraphs, fusion: FusionLevel = "all"): ModelGroups {
  const leaves = new Leaves(model);
  const group = (made: FunctionGraph): readonly [FunctionGraph, Grouping] => {
    const { name, dims, stages } = made;
    // An input that the user's function mentions is taken even if nothing that is left depends on it.
    for (const node of stages.graph.nodes) if (isOp(node, input)) leaves.bufferOf(node, name, dims);
    const grouping = groupFunction(stages.final, {
      dims,
      fusion,
      leafBuffer: (id, of) => leaves.bufferOf(nodeAt(of, id), name, dims),
    });
    for (const buffer of driverBuffers(model, made)) leaves.buffers.set(buffer.id, buffer);
    touchWritten(grouping);
    return [made, grouping];
  };
  const groups = graphs.functions.map(group);
  const first = group(graphs.initialize);
  // Only now do all leaves have buffers: one function may keep what only another mentions.
  const described = ([made, grouping]: readonly [FunctionGraph, Grouping]): GroupedFunction => ({
    facts: functionFacts(model, made, grouping, leaves.buffers),
    grouping,
  });
  return {
    facts: modelFacts(model, leaves.buffers),
    functions: groups.map(described),
    initialize: described(first),
    leaves: leaves.buffers,
    constants: leaves.constants,
  };
}

/**
 * Makes the buffers that kernels write in place before any target asks for one, so that all targets have them in one
 * order.
 */
function touchWritten({ context: { graph, bufferOf }, fusion }: Grouping): void {
  for (const effect of fusion.groups.flatMap(({ stored }) => stored)) {
    for (const arg of nodeAt(graph, effect).args) if (isLeaf(nodeAt(graph, arg))) bufferOf(arg);
  }
}

export function planKernels(
  { functions, initialize, ...kept }: ModelGroups,
  numerics: Numerics,
  arrange?: Arrange,
): PlannedModel {
  const plan = ({ facts, grouping }: GroupedFunction): PlannedFunction => ({
    facts,
    plan: planFunction(grouping, numerics, arrange),
  });
  const { precision } = kept.facts;
  return {
    ...kept,
    functions: functions.map(plan),
    initialize: plan(initialize),
    vectorKernels: functions.flatMap(({ facts: { name, training } }) =>
      training?.driver ? vectorKernels(name, training.driver.length, precision, numerics) : [],
    ),
  };
}
