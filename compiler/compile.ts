/** The compiler's entry: a model in, the text of its module and all that is known about it out. */
import { emitDeclaration } from "./emit/declaration.js";
import { explainProgram } from "./emit/explain.js";
import { manifestOf, type Manifest } from "./emit/manifest.js";
import { printMemory } from "./emit/memory.js";
import { emitModule, printKernels } from "./emit/module.js";
import { printGraph } from "./ir/print.js";
import type { NameAt } from "./intern.js";
import { isModel } from "./model.js";
import { compileProgram, type CompiledProgram } from "./program.js";
import type { FusionLevel } from "./plan/fuse.js";
import { packageJson } from "./read/package.js";
import { js } from "./targets/js/js.js";

export const targets = { js } as const;

export interface CompileOptions {
  /** The base name of the outputs. */
  readonly name: string;
  readonly target: keyof typeof targets;
  /** The model file's name, for the header. */
  readonly source: string;
  readonly nameAt?: NameAt;
  /** Tests compare the levels. Default "all". */
  readonly fusion?: FusionLevel;
}

export type Stage = "graph" | "gradient" | "update" | "kernels" | "memory";

export interface Compiled {
  readonly javascript: string;
  readonly declaration: string;
  readonly manifest: Manifest;
  /** A line for each function: what its update is and what it stores. */
  readonly summary: readonly string[];
  print(stage: Stage): string;
  explain(): string;
}

export { isModel };

/** Compiles a model. Faults of the user's are OptimcErrors; any other error is a defect of the compiler. */
export function compileModel(model: unknown, options: CompileOptions): Compiled {
  if (!isModel(model)) throw new Error("compileModel: not a model");
  const program = compileProgram(model, {
    target: targets[options.target],
    ...(options.nameAt && { nameAt: options.nameAt }),
    ...(options.fusion && { fusion: options.fusion }),
  });
  const header = { source: options.source, version: packageJson().version };
  const manifest = manifestOf(program, header);
  return {
    javascript: emitModule(program, header),
    declaration: emitDeclaration(program, { ...header, module: options.name }),
    manifest,
    summary: summarize(manifest),
    explain: () => explainProgram(program),
    print: (stage) => printStage(program, stage),
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

function printStage(program: CompiledProgram, stage: Stage): string {
  switch (stage) {
    case "graph":
    case "gradient":
    case "update":
      return program.functions.map((made) => printGraph(made.stages[stage])).join("\n\n");
    case "kernels":
      return program.functions.map((made) => [`// ${made.name}`, ...printKernels(made)].join("\n")).join("\n\n");
    case "memory":
      return printMemory(program);
  }
}
