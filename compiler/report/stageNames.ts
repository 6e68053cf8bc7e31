/** The names of the stages of `optimc print`: the command line checks them before anything is compiled. */
import type { Target } from "../targets/target.js";
import { targets } from "../targets/targets.js";

export const graphStages = ["graph", "gradient", "update"] as const;

/** The target that prints a stage of its own, by the stage's name. */
export const stageTargets: ReadonlyMap<string, Target> = new Map(
  Object.values<Target>(targets).flatMap((target) =>
    Object.keys(target.stages).map((stage) => [stage, target] as const),
  ),
);

export const stages: readonly string[] = [...graphStages, ...[...stageTargets.keys()].sort(), "memory"];
