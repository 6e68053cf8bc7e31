/**
 * One function's final schedule as plain data, which the verifier executes. Values have names; equal names mean equal
 * values. `describe.ts` derives the schedule from the graph and the layout; tests plant faults in it.
 */
import type { Step } from "../../ir/program.js";
import type { Kernel } from "../../ir/kernel.js";
import type { ScalarType } from "../../ir/scalar.js";
import type { Size } from "../../ir/size.js";

/** Where a buffer lies in the instance's memory. */
export interface MemoryPlace {
  /** In the user's words. */
  readonly label: string;
  /** In bytes. */
  readonly offset: number;
  readonly type: ScalarType;
  /** Run-time sizes, and the elements from one index of an axis to the next. */
  readonly shape: readonly Size[];
  readonly strides: readonly number[];
  /** Elements, at capacity. */
  readonly length: number;
  /** Whether kernels may write it: inputs and constants are fixed. */
  readonly fixed: boolean;
}

/** That a buffer holds a value. */
export interface Holding {
  readonly buffer: string;
  readonly value: string;
}

export interface Write extends Holding {
  /** For an update or an assign: the value that it replaces, which must be in the buffer until then. */
  readonly replaces: string | null;
  /** The values from which the written value is computed by this kernel. */
  readonly from: ReadonlySet<string>;
  /** Values among them that may go unread: indices into an axis of one element. */
  readonly unread: ReadonlySet<string>;
  /** The list of rows, if only these are written; absent if every element is. */
  readonly listed?: Listed;
}

/** The rows of a tensor that a list of `count` row numbers names. */
export interface Listed {
  readonly count: Size;
  /** For an update: the table with the last position of each row, and the gradient, with a row for each position. */
  readonly update: { readonly places: string; readonly gradient: string } | null;
}

export interface ScheduledKernel {
  readonly kernel: Kernel;
  /** The values that the kernel's nodes need from outside. */
  readonly reads: readonly Holding[];
  readonly writes: readonly Write[];
}

export interface Schedule {
  readonly name: string;
  /** The capacities of the named dimensions. */
  readonly dims: Readonly<Record<string, number>>;
  /** Sizes that every call makes at least 1. */
  readonly positive: readonly Size[];
  /** Bytes of the instance's memory; the target's scratch memory comes after them. */
  readonly total: number;
  readonly places: ReadonlyMap<string, MemoryPlace>;
  /** In memory before the first kernel: all leaves of the model. Everything else is undefined. */
  readonly before: readonly Holding[];
  readonly steps: Step<ScheduledKernel>;
  /** The values that must be in memory after the last kernel: outputs, and all leaves, updated or untouched. */
  readonly after: readonly (Holding & { readonly as: string })[];
}
