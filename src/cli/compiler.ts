/** What the command line needs of the compiler, loaded only when something must be compiled. */
import type { OptimcError } from "../../compiler/diagnostics.js";
import type { ModuleParts } from "../../compiler/emit/module.js";
import type { Place } from "../../compiler/ir/place.js";
import type { Target, TargetFile } from "../../compiler/targets/target.js";
import { targets, type TargetName } from "../../compiler/targets/targets.js";

export { stages } from "../../compiler/report/stageNames.js";
export type { TargetName };

/** The targets that `optimc build` writes, by name; all of them by default. */
export const targetNames = (Object.keys(targets) as TargetName[]).sort();

/** The files that targets write beside the module. */
export const targetFiles: readonly TargetFile[] = Object.values<Target>(targets).flatMap(({ files }) => files);

/** The targets among these that write such files. */
export const withFiles = (names: readonly TargetName[]): Target[] =>
  names.map((name): Target => targets[name]).filter(({ files }) => files.length > 0);

export interface CompileOptions {
  /** The base name of the outputs. */
  readonly name: string;
  readonly targets: readonly TargetName[];
  /** Whether what would be files beside the module is to stand in it. */
  readonly inline?: boolean;
  /** Whether to make code that may fuse multiplications with additions, too. Default true. */
  readonly relaxed?: boolean;
  readonly nameAt: (place: Place) => string | undefined;
  /** The model file's name, for the header. */
  readonly source: string;
  /** What the module calls a file of the user's. */
  readonly pathOf: (file: string) => string;
  /** Makes a module that looks for values that are not finite. Default false. */
  readonly debug?: boolean;
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
  /** Of what `javascript` is put together. */
  readonly parts: ModuleParts;
  /** What stands in files beside the module, by their endings. */
  readonly files: Readonly<Record<string, Uint8Array | string>>;
  readonly declaration: string;
  /** Plain JSON data; the name is the model's. */
  readonly manifest: MemoryNeeds & { readonly name?: string };
  readonly warnings: readonly OptimcError[];
  /** How each function's update was classified, one line each. */
  readonly summary: readonly string[];
  readonly print: (stage: string) => string;
  readonly explain: () => string;
}

export interface Compiler {
  readonly compileModel: (model: unknown, options: CompileOptions) => Compiled;
  readonly isModel: (value: unknown) => boolean;
}

export type LoadCompiler = () => Promise<Compiler>;

export const loadCompiler: LoadCompiler = async () => import("../../compiler/compile.js");
