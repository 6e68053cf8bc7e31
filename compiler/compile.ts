/**
 * The compiler, from a model to its module: it makes graphs (passes), groups of nodes that share a kernel, and kernels
 * in order for each target (plan); prints the kernels and places all buffers in memory (assemble); proves the schedule
 * (verify); and writes the module (emit).
 */
import type { OptimcError } from "./diagnostics.js";
import { assemble } from "./emit/assemble.js";
import type { CompiledProgram } from "./emit/compiled.js";
import { emitDeclaration } from "./emit/declaration.js";
import { manifestOf, type Manifest } from "./emit/manifest.js";
import { emitModule, type EmittedModule } from "./emit/module.js";
import { escaped } from "./ir/escape.js";
import type { NameAt } from "./model/buildGraph.js";
import { isModel, type Model } from "./model/model.js";
import { runPasses, type PassOptions } from "./passes/pipeline.js";
import type { FusionLevel } from "./plan/fuse/fuse.js";
import { groupKernels, planKernels } from "./plan/kernels.js";
import type { Arrange } from "./plan/plan.js";
import { proveGroups } from "./plan/verify/groups.js";
import { placedPlan, proveProgram } from "./plan/verify/verify.js";
import { packageJson } from "./read/package.js";
import { explainProgram } from "./report/explain.js";
import { printStage, type Stage, type Stages } from "./report/stages.js";
import { summaryOf } from "./report/summary.js";
import type { Target } from "./targets/target.js";
import { loadedTargets } from "./targets/loaded.js";
import type { TargetName } from "./targets/targets.js";

export { isModel, type Stage, type TargetName };

export interface ProgramOptions extends PassOptions {
  /** Tests compare the levels. Default "all". */
  readonly fusion?: FusionLevel | undefined;
  /** Tests put the steps into other trees; the output must not change. */
  readonly arrange?: Arrange | undefined;
}

/** The stages of a model for several targets, each proven; the work that is the same for all targets is done once. */
export function compileStages(model: Model, to: readonly Target[], options: ProgramOptions = {}): Stages {
  const graphs = runPasses(model, options);
  const groups = groupKernels(model, graphs, options.fusion);
  proveGroups(groups);
  const planned = to.map((target) => planKernels(groups, target, options.arrange));
  const programs = planned.map((plan, position) => assemble(plan, to[position] as Target));
  planned.forEach((plan, position) => proveProgram(placedPlan(plan, programs[position] as CompiledProgram)));
  return { graphs, groups, planned, programs };
}

export const compileProgram = (model: Model, options: ProgramOptions & { readonly target: Target }): CompiledProgram =>
  compileStages(model, [options.target], options).programs[0] as CompiledProgram;

export interface CompileOptions {
  /** The base name of the outputs. */
  readonly name: string;
  /** At least one; their order does not matter. */
  readonly targets: readonly TargetName[];
  /** Whether the module itself holds the content of files that would lie beside it. Default false. */
  readonly inline?: boolean;
  /** Whether to make code that may fuse multiplications with additions, too. Default true. */
  readonly relaxed?: boolean;
  /** The model file's name, for the header. */
  readonly source: string;
  readonly nameAt?: NameAt;
  /** Gives the printed path of a user's file. Default: its name without folders. */
  readonly pathOf?: (file: string) => string;
  /**
   * Makes a module that checks for values that are not finite. Nothing is fused, so that each value has a line of its
   * own.
   */
  readonly debug?: boolean;
  /** Tests compare the levels. Default "all", and "none" for a debug module. */
  readonly fusion?: FusionLevel;
}

export interface Compiled extends EmittedModule {
  readonly declaration: string;
  readonly manifest: Manifest;
  /** Warnings for the user. */
  readonly warnings: readonly OptimcError[];
  /** A line for each function: its kernels and memory, its updates, and the gradients that it stores. */
  readonly summary: readonly string[];
  print(stage: Stage): string;
  explain(): string;
}

const baseName = (file: string): string => file.split(/[\\/]/).at(-1) as string;

/** Compiles a model. Faults of the user's are OptimcErrors; any other error is a defect of the compiler. */
export function compileModel(model: unknown, options: CompileOptions): Compiled {
  if (!isModel(model)) throw new Error("compileModel: not a model");
  const { name, source, nameAt, inline = false, relaxed = true, debug = false, pathOf = baseName } = options;
  const { fusion = debug ? "none" : "all" } = options;
  const chosen = Object.entries(loadedTargets).filter(([target]) => options.targets.includes(target as TargetName));
  const to = chosen.map(([, target]) => target);
  const stages = compileStages(model, to, { nameAt, fusion });
  const { graphs, programs } = stages;
  const [preferred] = programs;
  if (preferred === undefined) throw new Error("compileModel: no target");
  const header = { source, version: packageJson().version };
  const manifest = manifestOf(programs, header);
  const compileOther = (functions: Model["functions"]): CompiledProgram => {
    const other = { ...model, functions: { ...model.functions, ...functions } };
    return compileProgram(other, { target: preferred.target, nameAt, fusion });
  };
  return {
    ...emitModule(programs, { ...header, name, inline, relaxed, debug, pathOf }),
    declaration: emitDeclaration(preferred, { ...header, module: name }),
    manifest,
    warnings: [...model.warnings, ...graphs.functions.flatMap(({ notes }) => notes.warnings)],
    summary: summaryOf(manifest).map(escaped),
    explain: () => escaped(explainProgram(stages, compileOther)),
    print: (stage) => escaped(printStage(stages, stage)),
  };
}
