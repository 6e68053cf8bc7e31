/** The targets: each has a folder, and a line here. */
import { js } from "./js/js.js";
import type { Target } from "./target.js";
import { wasm } from "./wasm/wasm.js";

/** The targets by preference: a module runs on the first that was built and that the environment supports. */
export const targets = { wasm, js } as const satisfies Readonly<Record<string, Target>>;
export type TargetName = keyof typeof targets;
