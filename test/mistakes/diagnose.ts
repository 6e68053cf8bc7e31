/** The diagnostics of a build for model files, with the language and the compiler of this checkout. */
import { compileModel } from "../../compiler/compile.js";
import { formatDiagnostic, isOptimcError, type OptimcError } from "../../compiler/diagnostics.js";
import { isModel } from "../../compiler/model/model.js";
import { readModel } from "../../compiler/read/read.js";
import * as optimc from "../../src/index.js";
import { makeProject } from "../read/project.js";

export interface Diagnosis {
  readonly error: OptimcError;
  /** As it is printed, with paths relative to the model file's folder. */
  readonly text: string;
}

/** Builds the first of these files, and gives the error, or null if there is none. */
export async function diagnose(files: Readonly<Record<string, string>>): Promise<Diagnosis | null> {
  const project = makeProject(files);
  const [main] = Object.keys(files) as [string];
  try {
    const { model, nameAt } = await readModel(project.path(main), { modules: { optimc }, isModel });
    compileModel(model, { name: "net", targets: ["js", "wasm"], source: main, nameAt });
    return null;
  } catch (error) {
    if (!isOptimcError(error)) throw error;
    return { error, text: formatDiagnostic(error, { from: project.folder }) };
  } finally {
    project.remove();
  }
}
