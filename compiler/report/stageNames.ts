/** What `optimc print` can show, by name: the command line asks before anything is compiled. */
import { targets } from "../targets/targets.js";

export const graphStages = ["graph", "gradient", "update"] as const;

const ofTargets = Object.values(targets).flatMap(({ stageNames }) => stageNames);

export const stages: readonly string[] = [...graphStages, "groups", "steps", ...ofTargets.sort(), "memory"];

/** The target that prints a stage of its own, by name. */
export const targetOfStage = (stage: string): string | undefined =>
  Object.values(targets).find(({ stageNames }) => stageNames.includes(stage))?.name;
