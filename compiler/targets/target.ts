/** What a target is to the rest of the compiler. It sees kernels, scalars and sizes: never operations or graphs. */
import type { Kernel } from "../ir/kernel.js";
import type { Precision, Rounding } from "../ir/rounding.js";
import type { Scalar, ScalarType } from "../ir/scalar.js";

/** A buffer or host scalar of a kernel under the name that a person would give it. */
export type LabelOf = (id: string) => string;

export interface PrintedKernel {
  /** The function's text without its name and header. */
  readonly parameters: readonly string[];
  readonly body: string;
  /** Kernels with equal keys are one function: they differ in names at most. */
  readonly key: string;
  /** What the caller passes, in the order of the parameters. */
  readonly passes: readonly Pass[];
  /** Elements of each piece of scratch memory that it needs, at capacity. */
  readonly scratch: Readonly<Record<string, number>>;
}

export type Pass =
  | { readonly kind: "buffer"; readonly id: string }
  | { readonly kind: "dimension"; readonly name: string }
  | { readonly kind: "scalar"; readonly name: string; readonly type: ScalarType };

export interface Target {
  readonly name: string;
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
  printKernel(kernel: Kernel, labelOf: LabelOf, capacityOf: (dimension: string) => number): PrintedKernel;
  /** Gives names to the functions of a module's kernels, each once. */
  kernelNames(): (wanted: string) => string;
}

/** The language of the host's code, which runs before the kernels of any target. */
export interface HostLanguage {
  /** A host scalar as an expression of what has names: its variables, sizes, and what is `known` already. */
  printHostScalar(
    scalar: Scalar,
    names: {
      known(scalar: Scalar): string | undefined;
      variable(name: string): string;
      size(dimension: string): string;
    },
  ): string;
  /** The functions that kernels and host scalars call, and scratch memory of the given sizes. */
  printHelpers(kernels: readonly Kernel[], hostScalars: readonly Scalar[], scratch: PrintedKernel["scratch"]): string;
}
