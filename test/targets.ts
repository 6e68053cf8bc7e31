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

/** One precision for a target: one is in float64, the next in float32, and so on. */
const isOwn = (name: TargetName, precision: (typeof precisions)[number]): boolean =>
  precision === precisions[eachTarget.findIndex(([each]) => each === name) % precisions.length];

/** Whether a target is tried in a precision: in the short form it has one. */
export const isTriedIn = (name: TargetName, precision: (typeof precisions)[number]): boolean =>
  isLong || isOwn(name, precision);

/**
 * Every target in one precision, whatever the form: for references, which say what a call means. That each target means the
 * same in each precision is for the laws, which compare it with the interpreter.
 */
export const eachTargetInItsPrecision = allTargetsAndPrecisions.filter(([name, precision]) => isOwn(name, precision));

/** Every target in the precisions in which this form tries it. */
export const eachTargetAndPrecision = allTargetsAndPrecisions.filter(([name, precision]) => isTriedIn(name, precision));
