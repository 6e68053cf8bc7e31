/**
 * The manifest: a description of a build's results as plain JSON data. Everything in it is read off the final kernels
 * and the layout.
 *
 * The memory of a function is the part of the block that its kernels, results, inputs and optimizer use. Each byte of
 * the arena counts for the first value that the function places there, and the bytes that alignment leaves free after a
 * tensor count for that tensor, so that the categories add up to the function's total. Parameters, state, constants,
 * the arena and the scratch are shared by the functions: `total` is less than the sum over them. `state` and
 * `constants` are categories only if a function has such tensors.
 */
import { callsOf } from "../ir/program.js";
import { drivenLength, driverOf } from "../drivers/memory.js";
import { isOp, nodeAt } from "../ir/graph.js";
import { topologicalOrder } from "../ir/order.js";
import { constantOf, type Size } from "../ir/size.js";
import { param } from "../ops/param.js";
import { standardNormal, standardUniform } from "../ops/random.js";
import { optimizerState } from "../ops/kept.js";
import { update } from "../ops/update.js";
import { gradientName } from "../optimizers/driver.js";
import type { AttachedUpdate } from "../passes/notes.js";
import type { Buffer } from "../plan/memory/buffer.js";
import { costOf, sumOfCosts, type Cost } from "../plan/cost/cost.js";
import { bytesOfBuffer } from "../plan/memory/layout.js";
import type { StoredGradient } from "../plan/plan.js";
import { stateKey } from "../plan/memory/bufferIds.js";
import type { CompiledFunction, CompiledProgram } from "./compiled.js";
import { arenaPieces, bufferOf, elementOf, keptPieces, memoryOf, type FunctionMemory } from "./memoryMap.js";
import { idAt } from "../ir/ids.js";

/** A tensor in the block. */
export interface TensorEntry {
  readonly element: "float32" | "float64" | "int32" | "bool";
  /** Sizes: numbers, or formulas in the named dimensions. */
  readonly shape: readonly (number | string)[];
  readonly offset: number;
  /** Without the bytes that alignment leaves free after it. */
  readonly bytes: number;
}

type Tensors = Readonly<Record<string, TensorEntry>>;

export interface KernelEntry extends Cost {
  readonly name: string;
  /** The lines of the graph that it computes. */
  readonly lines: readonly string[];
}

export interface UpdateEntry {
  readonly parameter: string;
  readonly class: AttachedUpdate["kind"] | "driver";
  /** The number of the function's kernel that writes the parameter, from 0. */
  readonly kernel: number;
  /** Whether it is in the kernel that computes the gradient, which is then never stored. */
  readonly fused: boolean;
  /** The reason why it is not. */
  readonly reason?: string;
  /** For a gradient that lists rows: whether only these are updated, and why. */
  readonly rows?: { readonly listed: boolean; readonly reason: string };
}

export interface ArenaEntry {
  readonly name: string;
  /** From the start of the block. */
  readonly offset: number;
  readonly bytes: number;
  /** The first and the last of the function's kernels during which it is kept, from 0. */
  readonly from: number;
  readonly to: number;
}

export interface StreamEntry {
  /** The name that the user gave, or the number of the operation among the model's unnamed random ones. */
  readonly stream: string | number;
  readonly distribution: "uniform" | "normal";
  readonly shape: readonly (number | string)[];
}

export interface FunctionEntry {
  readonly kind: "compute" | "minimize";
  /** The optimizer's name. */
  readonly optimizer?: string;
  /** If the optimizer is host code: how often a call computes loss and gradient, and the tensors that it keeps. */
  readonly driver?: string;
  /** Capacities that differ from the model's. */
  readonly dims?: Readonly<Record<string, number>>;
  readonly inputs: Tensors;
  readonly outputs: Tensors;
  /** In the order in which they run; the costs are those at capacity. */
  readonly kernels: readonly KernelEntry[];
  /** All kernels together. */
  readonly cost: Cost;
  readonly memory: FunctionMemory;
  readonly arena: readonly ArenaEntry[];
  readonly storedGradients: readonly StoredGradient[];
  readonly updates: readonly UpdateEntry[];
  readonly streams: readonly StreamEntry[];
}

/** The instance's block; the arena is that of the function that needs the largest. */
export interface BlockMemory {
  readonly parameters: number;
  readonly optimizerState: number;
  readonly state: number;
  readonly constants: number;
  readonly inputs: number;
  readonly arena: number;
  readonly scratch: number;
}

export interface Manifest {
  /** The version of optimc. */
  readonly optimc: string;
  readonly name: string;
  readonly precision: "float32" | "float64";
  /**
   * The targets on which the module may run. The rest of the manifest describes the preferred one: WebAssembly, if it
   * was built.
   */
  readonly targets: readonly string[];
  /** The other ones, by target. */
  readonly alternatives: Readonly<Record<string, Alternative>>;
  /** The bytes of an instance's block, and of its scratch memory, which in JavaScript all instances share. */
  readonly total: number;
  /** The parts of the total. */
  readonly memory: BlockMemory;
  /** Capacities of the named dimensions. */
  readonly dims: Readonly<Record<string, number>>;
  readonly parameters: Tensors;
  readonly state: Tensors;
  readonly functions: Readonly<Record<string, FunctionEntry>>;
  /** The streams that parameters and state are initialized from. */
  readonly initialStreams: readonly StreamEntry[];
}

/** The values that differ between the targets of one module. */
export type Alternative = Pick<Manifest, "total" | "memory" | "functions">;

/**
 * The manifest of a module from its programs, the preferred one first. `version` is that of optimc; a manifest that is
 * only read by a report needs none.
 */
export function manifestOf(
  programs: readonly CompiledProgram[],
  { version = "" }: { readonly version?: string } = {},
): Manifest {
  const [program, ...others] = programs as readonly [CompiledProgram, ...CompiledProgram[]];
  const { model } = program;
  const leaf = (kind: "param" | "state") => (name: string) =>
    [name, tensorEntry(program, program.leaves.get(`${kind}:${name}`) as Buffer)] as const;
  return {
    optimc: version,
    name: model.name,
    precision: model.precision,
    targets: programs.map(({ target }) => target.name).sort(),
    ...alternativeOf(program),
    dims: model.dims,
    parameters: Object.fromEntries(Object.keys(model.parameters).map(leaf("param"))),
    state: Object.fromEntries(Object.keys(model.state).map(leaf("state"))),
    initialStreams: streamsOf(program.initialize),
    alternatives: Object.fromEntries(others.map((other) => [other.target.name, alternativeOf(other)])),
  };
}

const alternativeOf = (program: CompiledProgram): Alternative => ({
  total: program.layout.total,
  memory: blockMemory(program),
  functions: Object.fromEntries(program.functions.map((made) => [made.name, functionEntry(program, made)])),
});

function blockMemory(program: CompiledProgram): BlockMemory {
  const sums = { parameters: 0, optimizerState: 0, state: 0, constants: 0, inputs: 0 };
  for (const { category, bytes } of keptPieces(program)) {
    if (category !== "gradients" && category !== "activations") sums[category] += bytes;
  }
  return { ...sums, arena: program.layout.arena.bytes, scratch: program.layout.scratch.bytes };
}

function functionEntry(program: CompiledProgram, made: CompiledFunction): FunctionEntry {
  const { definition, plan } = made;
  const inputs = Object.keys(program.model.inputs).flatMap((name) => {
    const buffer = program.leaves.get(`input:${made.name}:${name}`);
    return buffer ? [[name, tensorEntry(program, buffer)] as const] : [];
  });
  const kernels = callsOf(made.steps).map(({ name, kernel }): KernelEntry => {
    const cost = costOf(
      kernel,
      (dim) => made.dims[dim] as number,
      (id) => bufferOf(program, made, id),
      program.target.elementary,
    );
    return { name, lines: kernel.doc, ...cost };
  });
  const own = definition?.dims ?? {};
  const driver = driverOf(made);
  return {
    kind: definition?.kind ?? "compute",
    ...(definition?.kind === "minimize" && { optimizer: definition.optimizer.name }),
    ...(driver && { driver: driver.describe(drivenLength(program.model, made)) }),
    ...(Object.keys(own).length > 0 && { dims: own }),
    inputs: Object.fromEntries(inputs),
    outputs: Object.fromEntries(plan.outputs.map(({ name, buffer }) => [name, tensorEntry(program, buffer)])),
    kernels,
    cost: sumOfCosts(kernels),
    memory: memoryOf(program, made),
    arena: arenaPieces(program, made).map(({ name, offset, bytes, from, to }) => ({ name, offset, bytes, from, to })),
    storedGradients: driver ? drivenGradients(program, made) : plan.storedGradients,
    updates: updateEntries(made),
    streams: streamsOf(made),
  };
}

const drivenReason = "the driver needs all gradients at once, and several times a call";

function drivenGradients({ leaves }: CompiledProgram, { name, notes }: CompiledFunction): StoredGradient[] {
  return [...notes.updates.keys()].map((parameter) => {
    const buffer = leaves.get(stateKey(name, parameter, gradientName)) as Buffer;
    return { parameter, bytes: bytesOfBuffer(buffer), reason: drivenReason };
  });
}

function updateEntries(made: CompiledFunction): UpdateEntry[] {
  const kernels = updatingKernels(made);
  const stored = new Map([...made.plan.storedGradients].reverse().map((each) => [each.parameter, each]));
  return [...made.notes.updates.values()].map(({ parameter, kind, isBody }) => {
    const decision = made.notes.rows.find((each) => each.parameter === parameter);
    const rows = decision && { rows: { listed: decision.sparse, reason: decision.reason } };
    const entry = { parameter, class: kind, kernel: kernels.get(parameter) ?? -1, ...rows };
    if (driverOf(made)) return { ...entry, class: "driver", fused: false, reason: drivenReason };
    if (!isBody) {
      return { ...entry, fused: false, reason: "the update needs the whole gradient: it is not elementwise" };
    }
    const apart = stored.get(parameter);
    // The gradient of a global update is stored for the number that follows from all gradients.
    const reason = kind === "global" && apart ? "held until what follows from all gradients is known" : apart?.reason;
    return { ...entry, fused: !apart, ...(reason !== undefined && { reason }) };
  });
}

/** The first kernel that writes each parameter; if host code writes it, the kernel that writes its gradient. */
function updatingKernels(made: CompiledFunction): ReadonlyMap<string, number> {
  const { plan, stages } = made;
  const isDriven = driverOf(made) !== null;
  const found = new Map<string, number>();
  for (const [position, { group }] of callsOf(plan.steps).entries()) {
    for (const id of group.members) {
      const node = nodeAt(stages.final, id);
      const target = isOp(node, update) ? nodeAt(stages.final, idAt(node.args, 0)) : undefined;
      if (!target || !isOp(target, isDriven ? optimizerState : param)) continue;
      const parameter = target.attributes[isDriven ? "parameter" : "name"] as string;
      if (!found.has(parameter)) found.set(parameter, position);
    }
  }
  return found;
}

function tensorEntry(program: CompiledProgram, buffer: Buffer): TensorEntry {
  const offset = program.layout.offsets.get(buffer.id) as number;
  return { element: elementOf(buffer), shape: shapeEntry(buffer.shape), offset, bytes: bytesOfBuffer(buffer) };
}

const shapeEntry = (shape: readonly Size[]): (number | string)[] => shape.map((each) => constantOf(each) ?? each.key);

/** The random streams that a function draws from, each once. */
function streamsOf(made: CompiledFunction): StreamEntry[] {
  const { final } = made.stages;
  const found = new Map<string | number, StreamEntry>();
  for (const id of topologicalOrder(final)) {
    const node = nodeAt(final, id);
    if (!isOp(node, standardUniform) && !isOp(node, standardNormal)) continue;
    const stream = node.attributes["stream"] as string | number;
    const distribution = isOp(node, standardNormal) ? "normal" : "uniform";
    found.set(stream, { stream, distribution, shape: shapeEntry(node.shape) });
  }
  return [...found.values()];
}
