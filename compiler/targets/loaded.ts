/** The targets with all that prints, for whoever compiles. */
import type { Target } from "./target.js";
import { targets, type TargetName } from "./targets.js";

const load = async ([name, { load }]: (typeof entries)[number]) => [name, await load()] as const;
const entries = Object.entries(targets);

/** The same names in the same order as `targets`. */
export const loadedTargets = Object.fromEntries(await Promise.all(entries.map(load))) as Readonly<
  Record<TargetName, Target>
>;
