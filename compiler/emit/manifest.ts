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
import { constantOf, type Size } from "../ir/size.js";
import type { NamedBuffer, StoredGradient, StreamFacts, UpdateFacts } from "../plan/facts.js";
import type { Buffer } from "../plan/memory/buffer.js";
import { costOf, sumOfCosts, type Cost } from "../plan/cost/cost.js";
import { bytesOfBuffer } from "../plan/memory/layout.js";
import { drivenReason } from "../plan/storedGradients.js";
import type { CompiledFunction, CompiledProgram } from "./compiled.js";
import { arenaPieces, bufferOf, elementOf, keptPieces, memoryOf, type FunctionMemory } from "./memoryMap.js";

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
  readonly class: UpdateFacts["kind"] | "driver";
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
  return {
    optimc: version,
    name: program.name,
    precision: program.precision,
    targets: programs.map(({ target }) => target.name).sort(),
    ...alternativeOf(program),
    dims: program.dims,
    parameters: tensorEntries(program, program.parameters),
    state: tensorEntries(program, program.state),
    initialStreams: program.initialize.streams.map(streamEntry),
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
  const { kind, ownDims, training } = made;
  const kernels = callsOf(made.steps).map(({ name, kernel }): KernelEntry => {
    const cost = costOf(
      kernel,
      (dim) => made.dims[dim] as number,
      (id) => bufferOf(program, made, id),
      program.target.elementary,
    );
    return { name, lines: kernel.doc, ...cost };
  });
  const driver = training?.driver;
  return {
    kind: kind === "minimize" ? kind : "compute",
    ...(training && { optimizer: training.optimizer }),
    ...(driver && { driver: driver.description }),
    ...(Object.keys(ownDims).length > 0 && { dims: ownDims }),
    inputs: tensorEntries(program, made.inputs),
    outputs: tensorEntries(program, made.outputs),
    kernels,
    cost: sumOfCosts(kernels),
    memory: memoryOf(program, made),
    arena: arenaPieces(program, made).map(({ name, offset, bytes, from, to }) => ({ name, offset, bytes, from, to })),
    storedGradients: made.storedGradients,
    updates: updateEntries(made),
    streams: made.streams.map(streamEntry),
  };
}

function updateEntries(made: CompiledFunction): UpdateEntry[] {
  const kernels = updatingKernels(made);
  const stored = new Map([...made.storedGradients].reverse().map((each) => [each.parameter, each]));
  const { updates = [], driver } = made.training ?? {};
  return updates.map(({ parameter, kind, isBody, rows }) => {
    const entry = { parameter, class: kind, kernel: kernels.get(parameter) ?? -1, ...(rows && { rows }) };
    if (driver) return { ...entry, class: "driver", fused: false, reason: drivenReason };
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
function updatingKernels({ steps, training }: CompiledFunction): ReadonlyMap<string, number> {
  const isDriven = Boolean(training?.driver);
  const found = new Map<string, number>();
  for (const [position, { updates }] of callsOf(steps).entries()) {
    for (const { parameter, isKept } of updates) {
      if (isKept === isDriven && !found.has(parameter)) found.set(parameter, position);
    }
  }
  return found;
}

const tensorEntries = (program: CompiledProgram, tensors: readonly NamedBuffer[]): Tensors =>
  Object.fromEntries(tensors.map(({ name, buffer }) => [name, tensorEntry(program, buffer)]));

function tensorEntry(program: CompiledProgram, buffer: Buffer): TensorEntry {
  const offset = program.layout.offsets.get(buffer.id) as number;
  return { element: elementOf(buffer), shape: shapeEntry(buffer.shape), offset, bytes: bytesOfBuffer(buffer) };
}

const shapeEntry = (shape: readonly Size[]): (number | string)[] => shape.map((each) => constantOf(each) ?? each.key);

const streamEntry = ({ stream, isNormal, shape }: StreamFacts): StreamEntry => ({
  stream,
  distribution: isNormal ? "normal" : "uniform",
  shape: shapeEntry(shape),
});
