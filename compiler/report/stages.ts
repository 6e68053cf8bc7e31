/** What the compiler hands on from stage to stage, printed: `optimc print`. */
import type { CompiledProgram } from "../emit/compiled.js";
import { printKernels } from "../emit/kernels.js";
import { printWat } from "../emit/wasm.js";
import { printGraph } from "../ir/print.js";
import { targets, type TargetName } from "../targets/targets.js";
import { printMemory } from "./memoryTable.js";

export type Stage = "graph" | "gradient" | "update" | "kernels" | "memory" | "wat";

export function printStage(programs: readonly CompiledProgram[], stage: Stage): string {
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
