/** A model compiled for one target; modules, declarations and reports are made from it. */
import type { Step } from "../ir/program.js";
import type { FusedGroup } from "../plan/fuse/fuse.js";
import type { PlannedFunction, PlannedModel } from "../plan/kernels.js";
import type { Layout } from "../plan/memory/layout.js";
import type { TargetCall, VectorKernel } from "../targets/program.js";
import type { Target } from "../targets/target.js";

/** One kernel of a function, printed, and the nodes that it computes. */
export interface KernelCall extends TargetCall {
  readonly group: FusedGroup;
}

export interface CompiledFunction extends PlannedFunction {
  /** The calls of kernels, in order. */
  readonly steps: Step<KernelCall>;
}

export interface CompiledProgram extends Omit<PlannedModel, "functions" | "initialize"> {
  readonly target: Target;
  readonly functions: readonly CompiledFunction[];
  /** Sets parameters, state and optimizer state. */
  readonly initialize: CompiledFunction;
  readonly layout: Layout;
  /** The kernels that drivers call beside the functions. */
  readonly vectorKernels: readonly VectorKernel[];
  /** Doubles of each piece of the target's scratch memory, which all instances of the module share. */
  readonly scratch: Readonly<Record<string, number>>;
}
