/**
 * A whole program as a target is given it, with kernels in order and every buffer in its place, and the target's
 * output.
 */
import type { Place } from "../ir/place.js";
import type { Kernel } from "../ir/kernel.js";
import { callsOf, callStep, type Step } from "../ir/program.js";
import type { ScalarType } from "../ir/scalar.js";

/** A buffer or host scalar of a kernel, with its label in the user's words. */
export type LabelOf = (id: string) => string;

export interface PrintedKernel {
  /** The function's text without its name and header. */
  readonly parameters: readonly string[];
  readonly body: string;
  /** Kernels with equal keys are one function: they differ in names at most. */
  readonly key: string;
  /** The arguments, in the order of the parameters. */
  readonly passes: readonly Argument[];
  /** Elements of each piece of scratch memory that it needs, at capacity. */
  readonly scratch: Readonly<Record<string, number>>;
}

export type Argument =
  | { readonly kind: "buffer"; readonly id: string }
  | { readonly kind: "dimension"; readonly name: string }
  | { readonly kind: "scalar"; readonly name: string; readonly type: ScalarType };

/** A number that a function is given: the size of a named dimension, an int32, or a scalar that the host computes. */
export type Parameter = Exclude<Argument, { readonly kind: "buffer" }>;

/** A tensor in the block. */
export interface TargetBuffer {
  readonly id: string;
  /** In the user's words. */
  readonly label: string;
  readonly type: ScalarType;
  /** Elements at capacity. */
  readonly length: number;
  /** In bytes, from the start of the block. */
  readonly offset: number;
}

/** One kernel of a function. Kernels with equal texts share a name. */
export interface TargetCall {
  readonly kernel: Kernel;
  readonly printed: PrintedKernel;
  readonly name: string;
  /** The user's line that it computes. */
  readonly place: Place | undefined;
}

export interface TargetFunction {
  readonly name: string;
  /** Capacities of the named dimensions. */
  readonly dims: Readonly<Record<string, number>>;
  /** The numbers that it is given, in order. */
  readonly parameters: readonly Parameter[];
  /** The buffer in which it finds these numbers, a double each; null if they are its arguments. */
  readonly given: TargetBuffer | null;
  /** The calls of kernels, in order. */
  readonly steps: Step<TargetCall>;
  bufferOf(id: string): TargetBuffer;
}

/** A kernel that is called with the addresses of its buffers, in this order. */
export interface VectorKernel {
  readonly name: string;
  readonly kernel: Kernel;
  readonly buffers: readonly string[];
}

export interface TargetProgram {
  /** The model's. */
  readonly name: string;
  readonly functions: readonly TargetFunction[];
  /** Sets parameters, state and optimizer state. */
  readonly initialize: TargetFunction;
  /** The kernels that drivers call beside the functions. */
  readonly vectorKernels: readonly VectorKernel[];
  readonly constants: readonly { readonly buffer: TargetBuffer; readonly values: Float64Array }[];
  /** Doubles of each piece of scratch memory. */
  readonly scratch: PrintedKernel["scratch"];
  /** The end of the block without the scratch memory, and with it. */
  readonly scratchOffset: number;
  readonly total: number;
}

export interface PrintOptions {
  /** The base name of the outputs. */
  readonly name: string;
  /** Whether the module itself holds the content of files that would lie beside it. */
  readonly inline: boolean;
  /** Whether to make code that may fuse multiplications with additions, too. */
  readonly relaxed: boolean;
  /** Whether each kernel of a function is called by itself (`train.0`, `train.1`, ...), and not the function. */
  readonly apart: boolean;
  /** A text that tells this build from others. Default: a checksum of its content. */
  readonly build?: string | undefined;
  /** Gives the printed path of a user's file. Default: the places of kernels are left out. */
  readonly pathOf?: ((file: string) => string) | undefined;
}

/** A property of the module's description, as lines. */
export type Described = readonly [name: string, lines: readonly string[]];

/** A printed program: parts of the JavaScript module, and files beside it. */
export interface PrintedProgram {
  /** Kernels that the module holds as JavaScript: the helpers that they call are printed once with the host's. */
  readonly kernels: readonly Kernel[];
  /** The scratch memory of these helpers. */
  readonly scratch: PrintedKernel["scratch"];
  /** The functions before the helpers, and the names that the target takes among all of the module. */
  readonly functions: readonly string[];
  readonly names: readonly string[];
  /** The lines after the helpers, printed once all `taken` names are known. */
  binding(taken: readonly string[]): readonly string[];
  /** Properties of the description before `host`, and those after it: functions of the module. */
  readonly described: readonly Described[];
  readonly bound: readonly Described[];
  /** The contents of the files, by their endings. */
  readonly files: Readonly<Record<string, Uint8Array | string>>;
}

/** The kernels of a function one by one: `train.0`, `train.1`, ... */
export const oneByOne = ({ name, steps }: TargetFunction): Pick<TargetFunction, "name" | "steps">[] =>
  callsOf(steps).map((call, position) => ({ name: `${name}.${position}`, steps: callStep(call) }));
