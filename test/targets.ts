/** All targets: what holds for one holds for the other. */
import { js } from "../compiler/targets/js/js.js";
import type { Target } from "../compiler/targets/target.js";
import { wasm } from "../compiler/targets/wasm/wasm.js";

export const targets = { js, wasm } as const;
export type TargetName = keyof typeof targets;

/** For describe.each: the name, and the target. */
export const eachTarget: readonly (readonly [TargetName, Target])[] = [
  ["js", js],
  ["wasm", wasm],
];

const precisions = ["float64", "float32"] as const;

/** The same with both precisions. */
export const eachTargetAndPrecision = eachTarget.flatMap(([name, target]) =>
  precisions.map((precision) => [name, precision, target] as const),
);
