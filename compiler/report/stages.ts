/** The output of `optimc print`: what each stage of the compiler made of a model, as text. */
import type { CompiledProgram } from "../emit/compiled.js";
import { targetProgramOf } from "../emit/targetProgram.js";
import { printGraph } from "../ir/print.js";
import type { ModelGraphs } from "../passes/pipeline.js";
import type { ModelGroups, PlannedModel } from "../plan/kernels.js";
import { printGroups } from "./groups.js";
import { printMemory } from "./memoryTable.js";
import { graphStages, stages, targetOfStage } from "./stageNames.js";
import { printSteps } from "./steps.js";

/** What the stages made of one model, side by side: none of them holds another. */
export interface Stages {
  readonly graphs: ModelGraphs;
  readonly groups: ModelGroups;
  /** For each target, in the order in which the targets were given; so are programs. */
  readonly planned: readonly PlannedModel[];
  /** The preferred one first. */
  readonly programs: readonly CompiledProgram[];
}

/** One of `stages`. */
export type Stage = string;

export function printStage({ graphs, groups, programs }: Stages, stage: Stage): string {
  const [preferred] = programs as readonly [CompiledProgram];
  const ofGraph = graphStages.find((each) => each === stage);
  if (ofGraph) return graphs.functions.map((made) => printGraph(made.stages[ofGraph])).join("\n\n");
  if (stage === "groups") return printGroups(groups);
  if (stage === "steps") return printSteps(preferred);
  if (stage === "memory") return printMemory(preferred);
  const name = targetOfStage(stage);
  const program = programs.find(({ target }) => target.name === name);
  if (name === undefined) throw new Error(`there is no stage ${stage}: ${stages.join(", ")}`);
  if (!program) throw new Error(`the stage ${stage} is the target ${name}'s, which was not compiled`);
  return program.target.stages[stage]!(targetProgramOf(program));
}
