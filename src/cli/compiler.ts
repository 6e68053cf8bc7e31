/** What the command line needs of the compiler, loaded only when something must be compiled. */
import type { OptimcError } from "../../compiler/diagnostics.js";
import type { Place } from "../../compiler/ir/place.js";

/** The stages that `optimc print` shows. */
export const stages = ["graph", "gradient", "update", "kernels", "wat", "memory"] as const;
export type Stage = (typeof stages)[number];

/** The targets that `optimc build` writes; all of them by default. */
export const targets = ["js", "wasm"] as const;
export type Target = (typeof targets)[number];

export interface CompileOptions {
  /** The base name of the outputs. */
  readonly name: string;
  readonly targets: readonly Target[];
  /** Whether WebAssembly is to stand in the module, and not in files beside it. */
  readonly inline?: boolean;
  /** Whether to make the WebAssembly that may fuse, too. Default true. */
  readonly relaxed?: boolean;
  readonly nameAt: (place: Place) => string | undefined;
  /** The model file's name, for the header. */
  readonly source: string;
  /** Makes a module that looks for values that are not finite; the places in its errors are written by this. */
  readonly debug?: { readonly where: (place: Place) => string };
}

/** The instance's memory in bytes on the preferred target, and on the others. */
export interface MemoryNeeds {
  readonly total: number;
  readonly alternatives?: Readonly<Record<string, { readonly total: number }>>;
}

/** The most that an instance may need. */
export const mostMemory = ({ total, alternatives = {} }: MemoryNeeds): number =>
  Math.max(total, ...Object.values(alternatives).map((each) => each.total));

export interface Compiled {
  readonly javascript: string;
  /** What the .wasm files hold; null where WebAssembly is no target, or one of them is not made. */
  readonly wasm: { readonly strict: Uint8Array; readonly relaxed: Uint8Array | null } | null;
  readonly declaration: string;
  /** Plain JSON data; the name is the model's. */
  readonly manifest: MemoryNeeds & { readonly name?: string };
  readonly warnings: readonly OptimcError[];
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
