/** A model compiled for one target; modules, declarations and reports are made from it. It is plain data, without graphs. */
import type { Step } from "../ir/program.js";
import type { Scalar } from "../ir/scalar.js";
import type { CallFacts } from "../plan/callFacts.js";
import type { FunctionFacts, ModelFacts } from "../plan/facts.js";
import type { Interval } from "../plan/memory/arena.js";
import type { Buffer } from "../plan/memory/buffer.js";
import type { Layout } from "../plan/memory/layout.js";
import type { TargetCall, VectorKernel } from "../targets/program.js";
import type { Target } from "../targets/target.js";

/** One kernel of a function, printed, and the facts about its call. */
export interface KernelCall extends TargetCall, Omit<CallFacts, "place"> {}

export interface CompiledFunction extends FunctionFacts {
  /** The calls of kernels, in order. */
  readonly steps: Step<KernelCall>;
  /** Every buffer that a kernel of the function uses or a result lies in, by id. */
  readonly buffers: ReadonlyMap<string, Buffer>;
  /** The scalars that the host computes for kernels, by name. */
  readonly host: ReadonlyMap<string, Scalar>;
  /** The lifetime of each buffer of the arena, in numbers of calls. */
  readonly intervals: readonly Interval[];
}

export interface CompiledProgram extends ModelFacts {
  readonly target: Target;
  readonly functions: readonly CompiledFunction[];
  /** Sets parameters, state and optimizer state. */
  readonly initialize: CompiledFunction;
  /** The buffers of all that lies in memory before the first kernel, by id. */
  readonly leaves: ReadonlyMap<string, Buffer>;
  /** The elements of the constants among them, by id. */
  readonly constants: ReadonlyMap<string, Float64Array>;
  readonly layout: Layout;
  /** The kernels that drivers call beside the functions. */
  readonly vectorKernels: readonly VectorKernel[];
  /** Doubles of each piece of the target's scratch memory, which all instances of the module share. */
  readonly scratch: Readonly<Record<string, number>>;
}
