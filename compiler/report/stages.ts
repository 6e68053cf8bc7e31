/** The output of `optimc print`: the compiler's data at each stage, as text. */
import type { CompiledProgram } from "../emit/compiled.js";
import { targetProgramOf } from "../emit/targetProgram.js";
import { printGraph } from "../ir/print.js";
import { printMemory } from "./memoryTable.js";
import { graphStages, stages, targetOfStage } from "./stageNames.js";

/** One of `stages`. */
export type Stage = string;

export function printStage(programs: readonly CompiledProgram[], stage: Stage): string {
  const [preferred] = programs as readonly [CompiledProgram];
  const ofGraph = graphStages.find((each) => each === stage);
  if (ofGraph) return preferred.functions.map((made) => printGraph(made.stages[ofGraph])).join("\n\n");
  if (stage === "memory") return printMemory(preferred);
  const name = targetOfStage(stage);
  const program = programs.find(({ target }) => target.name === name);
  if (name === undefined) throw new Error(`there is no stage ${stage}: ${stages.join(", ")}`);
  if (!program) throw new Error(`the stage ${stage} is the target ${name}'s, which was not compiled`);
  return program.target.stages[stage]!(targetProgramOf(program));
}
