/** The interface of a target. A target sees kernels, scalars and sizes, never operations or graphs. */
import type { Kernel } from "../ir/kernel.js";
import type { Precision, Rounding } from "../ir/rounding.js";
import type { Scalar } from "../ir/scalar.js";
import type { LabelOf, PrintedKernel, PrintedProgram, PrintOptions, TargetProgram } from "./program.js";

export type { LabelOf, Parameter, Argument, PrintedKernel } from "./program.js";

/** A name that the module imports from the runtime, and its name in the module. */
export interface Import {
  readonly name: string;
  /** Default: the name. */
  readonly as?: string;
}

/** Functions and memory at the top of a module, for kernels and the host's code. */
export interface Helpers {
  readonly text: string;
  /** All names that they take. */
  readonly names: readonly string[];
  /** Those of them that are scratch memory of kernels. */
  readonly scratch: readonly string[];
}

/** A file that a target writes beside the module. */
export interface TargetFile {
  /** The ending after the base name: `.wasm`. */
  readonly ending: string;
  /** Whether some content is such a file written by any build of optimc: no other file is overwritten. */
  isOurs(content: Uint8Array): boolean;
}

/** What is known of a target before anything is printed. It is light: every start of the command line reads it. */
export interface TargetFacts {
  readonly name: string;
  /** Its name in sentences. */
  readonly title: string;
  /** The most numbers that a function can be given as arguments. */
  readonly mostNumbers: number;
  /** What an instance may say that it runs on, with what is to be known of it. A name with a `-` is a variant's. */
  readonly instances: Readonly<Record<string, string | null>>;
  /** All that it may write beside the module. */
  readonly files: readonly TargetFile[];
  /** The stages of `optimc print` that are its own. */
  readonly stageNames: readonly string[];
}

export interface Target extends TargetFacts {
  /** The type in which sums and contractions of floats are accumulated. */
  readonly accumulator: (element: "f32" | "f64") => "f32" | "f64";
  /** The type in which the body of an update runs. */
  readonly update: (element: "f32" | "f64") => "f32" | "f64";
  /** Whether a reduction that includes the last axis runs in four chains, for lanes. */
  readonly chains: boolean;
  /** The type in which elementary functions are evaluated. */
  readonly elementary: (element: "f32" | "f64") => "f32" | "f64";
  /** How far all of that rounds, in models of each precision. */
  readonly rounding: Readonly<Record<Precision, Rounding>>;
  /** Whether all instances share the scratch memory, which then stands in the module; otherwise it is in each block. */
  readonly sharesScratch: boolean;
  /**
   * The code that makes a module of its description if this is the preferred target: imports from the runtime and lines
   * after them, one of which defines `program`.
   */
  readonly loader: { readonly imports: readonly Import[]; readonly lines: readonly string[] };
  /** What `optimc print` shows of a program, by the names of stages. */
  readonly stages: Readonly<Record<string, (program: TargetProgram) => string>>;
  printKernel(kernel: Kernel, labelOf: LabelOf, capacityOf: (dimension: string) => number): PrintedKernel;
  /** Gives names to the functions of a module's kernels, each once. */
  kernelNames(): (wanted: string) => string;
  print(program: TargetProgram, options: PrintOptions): PrintedProgram;
}

/** The names in the host's code: of variables, of sizes, and of scalars that are `known` already. */
export interface HostNames {
  known(scalar: Scalar): string | undefined;
  variable(name: string): string;
  size(dimension: string): string;
}

/** The language of the host's code, which runs before the kernels of any target. */
export interface HostLanguage {
  /** A host scalar as an expression in these names; as an `operand` it is in parentheses unless it is one word. */
  printHostScalar(scalar: Scalar, names: HostNames, as?: "operand"): string;
  /** The functions that kernels and host scalars call, and scratch memory of the given sizes. */
  printHelpers(kernels: readonly Kernel[], hostScalars: readonly Scalar[], scratch: PrintedKernel["scratch"]): Helpers;
}
