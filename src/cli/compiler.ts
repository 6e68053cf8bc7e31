/** What the command line needs of the compiler, loaded only when something must be compiled. */
import type { Place } from "../../compiler/ir/place.js";

/** The stages that `optimc print` shows. */
export const stages = ["graph", "gradient", "update", "kernels", "memory"] as const;
export type Stage = (typeof stages)[number];

/** The targets that `optimc build` writes. */
export const targets = ["js"] as const;
export type Target = (typeof targets)[number];

export interface CompileOptions {
  /** The base name of the outputs. */
  readonly name: string;
  readonly target: Target;
  readonly nameAt: (place: Place) => string | undefined;
  /** The model file's name, for the header. */
  readonly source: string;
}

export interface Compiled {
  readonly javascript: string;
  readonly declaration: string;
  /** Plain JSON data; `total` is the instance's memory in bytes. */
  readonly manifest: { readonly total: number };
  /** How each function's update was classified, one line each. */
  readonly summary: readonly string[];
  readonly print: (stage: Stage) => string;
  readonly explain: () => string;
}

export interface Compiler {
  readonly compileModel: (model: unknown, options: CompileOptions) => Compiled;
  readonly isModel: (value: unknown) => boolean;
}

export type LoadCompiler = () => Promise<Compiler>;

export const loadCompiler: LoadCompiler = async () => import("../../compiler/compile.js");
