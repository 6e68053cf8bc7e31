import { compileModel, type Compiled, type TargetName } from "../../compiler/compile.js";
import type { Model } from "../../src/index.js";

/** All that a build of the model writes; for both targets by default. */
export function compiled(
  model: Model,
  targets: readonly TargetName[] = ["js", "wasm"],
  options: { readonly inline?: boolean } = {},
): Compiled {
  return compileModel(model, { name: model.name, targets, source: `${model.name}.model.ts`, ...options });
}

/** The text of a model's module. */
export const emit = (model: Model, targets?: readonly TargetName[]): string => compiled(model, targets).javascript;
