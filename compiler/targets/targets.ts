/** The targets: a folder each, and its line here. */
import { js } from "./js/js.js";
import type { Target } from "./target.js";
import { wasm } from "./wasm/wasm.js";

/** What a module may run on, by preference: the first that was built, and that the environment has. */
export const targets = { wasm, js } as const satisfies Readonly<Record<string, Target>>;
export type TargetName = keyof typeof targets;
