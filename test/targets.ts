/** Tables of all targets, so that tests run on each. */
import type { Target } from "../compiler/targets/target.js";
import { loadedTargets as targets } from "../compiler/targets/loaded.js";
import { isLong } from "./runs.js";
import type { TargetName } from "../compiler/targets/targets.js";

export { targets, type TargetName };

/** For describe.each: the name, and the target. */
export const eachTarget: readonly (readonly [TargetName, Target])[] = (Object.keys(targets) as TargetName[])
  .sort()
  .map((name) => [name, targets[name]]);

const precisions = ["float64", "float32"] as const;

/** Every target in both precisions, whatever the form. */
export const allTargetsAndPrecisions = eachTarget.flatMap(([name, target]) =>
  precisions.map((precision) => [name, precision, target] as const),
);

/** The same; in the short form each target in one precision: one of them in float64, the next in float32. */
export const eachTargetAndPrecision = allTargetsAndPrecisions.filter(
  ([name, precision]) =>
    isLong || precision === precisions[eachTarget.findIndex(([each]) => each === name) % precisions.length],
);
