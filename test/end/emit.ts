import { compileModel } from "../../compiler/compile.js";
import type { Model } from "../../src/index.js";

/** The text of a model's module. */
export function emit(model: Model): string {
  return compileModel(model, { name: model.name, target: "js", source: `${model.name}.model.ts` }).javascript;
}
