/** The targets: a folder each, and its line here. What prints is loaded when something is compiled. */
import { facts as js } from "./js/facts.js";
import type { Target, TargetFacts } from "./target.js";
import { facts as wasm } from "./wasm/facts.js";

interface ListedTarget extends TargetFacts {
  load(): Promise<Target>;
}

/** What a module may run on, by preference: the first that was built, and that the environment has. */
export const targets = {
  wasm: { ...wasm, load: async () => (await import("./wasm/wasm.js")).wasm },
  js: { ...js, load: async () => (await import("./js/js.js")).js },
} as const satisfies Readonly<Record<string, ListedTarget>>;
export type TargetName = keyof typeof targets;
