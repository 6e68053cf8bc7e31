/** Tables of all targets, so that tests run on each. */
import type { Target } from "../compiler/targets/target.js";
import { targets, type TargetName } from "../compiler/targets/targets.js";

export { targets, type TargetName };

/** For describe.each: the name, and the target. */
export const eachTarget: readonly (readonly [TargetName, Target])[] = (Object.keys(targets) as TargetName[])
  .sort()
  .map((name) => [name, targets[name]]);

const precisions = ["float64", "float32"] as const;

/** The same with both precisions. */
export const eachTargetAndPrecision = eachTarget.flatMap(([name, target]) =>
  precisions.map((precision) => [name, precision, target] as const),
);
