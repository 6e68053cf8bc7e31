/** The compiler's entry: a model in, the text of its module and all that is known about it out. */
import type { OptimcError } from "./diagnostics.js";
import type { DebugOptions } from "./emit/debug.js";
import { emitDeclaration } from "./emit/declaration.js";
import { explainProgram } from "./report/explain.js";
import { printKernels } from "./emit/kernels.js";
import { manifestOf, type Manifest } from "./emit/manifest.js";
import { printMemory } from "./report/memoryTable.js";
import { emitModule } from "./emit/module.js";
import { emitWasmModules, printWat, type WasmModules } from "./emit/wasm.js";
import { escaped } from "./ir/escape.js";
import { printGraph } from "./ir/print.js";
import type { NameAt } from "./model/buildGraph.js";
import { isModel } from "./model/model.js";
import { compilePrograms, type CompiledProgram } from "./program.js";
import type { FusionLevel } from "./plan/fuse/fuse.js";
import { packageJson } from "./read/package.js";
import { js } from "./targets/js/js.js";
import { wasm } from "./targets/wasm/wasm.js";

/** What a module may run on, by preference: the first that was built, and that the environment has. */
export const targets = { wasm, js } as const;
export type TargetName = keyof typeof targets;

export interface CompileOptions {
  /** The base name of the outputs. */
  readonly name: string;
  /** At least one; their order says nothing. */
  readonly targets: readonly TargetName[];
  /** Whether the WebAssembly stands in the module, and not in files beside it. Default false. */
  readonly inline?: boolean;
  /** Whether to make the WebAssembly that may fuse, too. Default true. */
  readonly relaxed?: boolean;
  /** The model file's name, for the header. */
  readonly source: string;
  readonly nameAt?: NameAt;
  /** Makes a module that looks for values that are not finite; nothing is fused, so that each has a line of its own. */
  readonly debug?: DebugOptions;
  /** Tests compare the levels. Default "all", and "none" for a debug module. */
  readonly fusion?: FusionLevel;
}

export type Stage = "graph" | "gradient" | "update" | "kernels" | "memory" | "wat";

export interface Compiled {
  readonly javascript: string;
  /** The WebAssembly, whether or not the module holds it; null where it is no target. */
  readonly wasm: WasmModules | null;
  readonly declaration: string;
  readonly manifest: Manifest;
  /** What the user should know, but what is no error. */
  readonly warnings: readonly OptimcError[];
  /** A line for each function: what its update is and what it stores. */
  readonly summary: readonly string[];
  print(stage: Stage): string;
  explain(): string;
}

export { isModel };

/** Compiles a model. Faults of the user's are OptimcErrors; any other error is a defect of the compiler. */
export function compileModel(model: unknown, options: CompileOptions): Compiled {
  if (!isModel(model)) throw new Error("compileModel: not a model");
  const { name, source, inline = false, relaxed = true, debug, fusion = debug && "none" } = options;
  const chosen = Object.entries(targets).filter(([target]) => options.targets.includes(target as TargetName));
  const compiling = { ...(options.nameAt && { nameAt: options.nameAt }), ...(fusion && { fusion }) };
  const programs = compilePrograms(
    model,
    chosen.map(([, target]) => target),
    compiling,
  );
  const [preferred] = programs;
  if (preferred === undefined) throw new Error("compileModel: no target");
  const inWasm = programs.find(({ target }) => target === wasm);
  const modules = inWasm ? emitWasmModules(inWasm, { apart: debug !== undefined, relaxed }) : null;
  const header = { source, version: packageJson().version };
  const manifest = manifestOf(programs, header);
  return {
    javascript: emitModule(programs, { ...header, name, wasm: modules, inline, debug }),
    wasm: modules,
    declaration: emitDeclaration(preferred, { ...header, module: name }),
    manifest,
    warnings: [...model.warnings, ...preferred.functions.flatMap(({ warnings }) => warnings)],
    summary: summarize(manifest).map(escaped),
    explain: () =>
      escaped(
        explainProgram(programs, (functions) => {
          const other = { ...model, functions: { ...model.functions, ...functions } };
          return compilePrograms(other, [preferred.target], compiling)[0] as CompiledProgram;
        }),
      ),
    print: (stage) => escaped(printStage(programs, stage)),
  };
}

function summarize(manifest: Manifest): string[] {
  return Object.entries(manifest.functions).map(([name, { kernels, memory, updates, storedGradients }]) => {
    const parts = [`${kernels.length} kernel${kernels.length === 1 ? "" : "s"}`, `${memory.total} bytes`];
    if (updates.length > 0) {
      const fused = updates.filter((update) => update.fused).length;
      const stored = [...new Set(storedGradients.map(({ parameter }) => parameter))];
      parts.push(`${fused} of ${updates.length} updates in the kernel of their gradient`);
      if (stored.length > 0) parts.push(`gradients stored: ${listed(stored)}`);
    }
    return `${name}: ${parts.join("; ")}`;
  });
}

/** The first few names, and how many more there are. */
function listed(names: readonly string[]): string {
  return names.length <= 6 ? names.join(", ") : `${names.slice(0, 4).join(", ")} and ${names.length - 4} more`;
}

function printStage(programs: readonly CompiledProgram[], stage: Stage): string {
  const [preferred] = programs as readonly [CompiledProgram];
  const of = (target: TargetName): CompiledProgram => {
    const found = programs.find((program) => program.target === targets[target]);
    if (!found) throw new Error(`the stage ${stage} is the target ${target}'s, which was not compiled`);
    return found;
  };
  switch (stage) {
    case "graph":
    case "gradient":
    case "update":
      return preferred.functions.map((made) => printGraph(made.stages[stage])).join("\n\n");
    case "kernels":
      return of("js")
        .functions.map((made) => [`// ${made.name}`, ...printKernels(made)].join("\n"))
        .join("\n\n");
    case "wat":
      return printWat(of("wasm"));
    case "memory":
      return printMemory(preferred);
  }
}
