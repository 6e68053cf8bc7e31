/** What the command line needs of the compiler, loaded only when something must be compiled. */
import type { Compiled as Full, CompileOptions } from "../compiler/compile.js";
import type { TargetFacts, TargetFile } from "../compiler/targets/target.js";
import { targets, type TargetName } from "../compiler/targets/targets.js";

export { stages } from "../compiler/report/stageNames.js";
export type { CompileOptions, TargetName };

/** The targets that `optimc build` writes, by name; all of them by default. */
export const targetNames = (Object.keys(targets) as TargetName[]).sort();

/** The files that targets write beside the module. */
export const targetFiles: readonly TargetFile[] = Object.values<TargetFacts>(targets).flatMap(({ files }) => files);

/** The targets among these that write such files. */
export const withFiles = (names: readonly TargetName[]): TargetFacts[] =>
  names.map((name): TargetFacts => targets[name]).filter(({ files }) => files.length > 0);

/** The instance's memory in bytes on the preferred target, and on the others. */
export interface MemoryNeeds {
  readonly total: number;
  readonly alternatives?: Readonly<Record<string, { readonly total: number }>>;
}

/** The most that an instance may need. */
export const mostMemory = ({ total, alternatives = {} }: MemoryNeeds): number =>
  Math.max(total, ...Object.values(alternatives).map((each) => each.total));

/** A compiled model, and of its manifest what the command line reads; the name is the model's. */
export type Compiled = Omit<Full, "manifest"> & { readonly manifest: MemoryNeeds & { readonly name?: string } };

export interface Compiler {
  readonly compileModel: (model: unknown, options: CompileOptions) => Compiled;
  readonly isModel: (value: unknown) => boolean;
}

export type LoadCompiler = () => Promise<Compiler>;

export const loadCompiler: LoadCompiler = async () => import("../compiler/compile.js");
