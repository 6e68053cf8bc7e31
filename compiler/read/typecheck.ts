/** TypeScript's own check of a model file. It costs seconds, so that it runs only when it is asked for. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { Project, ts, type CompilerOptions } from "ts-morph";
import { OptimcError } from "../diagnostics.js";
import { hashFile } from "./hash.js";
import type { OnSource } from "./read.js";

/** The faults that TypeScript finds in `file` with the file's tsconfig.json; reports the files that it reads. */
export function typecheck(file: string, onSource?: OnSource): OptimcError[] {
  const configuration = nearestConfiguration(dirname(file));
  const project = new Project(
    configuration === undefined
      ? { compilerOptions: defaults }
      : { tsConfigFilePath: configuration, skipAddingFilesFromTsConfig: true },
  );
  const source = project.addSourceFileAtPath(file);
  const program = project.getProgram();
  for (const each of project.getSourceFiles()) {
    const path = each.getFilePath();
    if (!path.includes("/node_modules/")) onSource?.(path, hashFile(path));
  }
  // Only faults of this file: those of the configuration may arise because ts-morph has another TypeScript than the
  // user.
  const diagnostics = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  return diagnostics.map((diagnostic) => {
    const { messageText, start = 0, code } = diagnostic.compilerObject;
    const { line, column } = source.getLineAndColumnAtPos(start);
    return new OptimcError({
      code: "type-error",
      message: `${ts.flattenDiagnosticMessageText(messageText, "\n")} (TS${code})`,
      place: { file, line, column },
      expected: "a model file without type errors (--typecheck)",
      found: `TypeScript's error ${code}`,
    });
  });
}

const defaults: CompilerOptions = {
  strict: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  skipLibCheck: true,
  noEmit: true,
};

function nearestConfiguration(folder: string): string | undefined {
  const path = join(folder, "tsconfig.json");
  if (existsSync(path)) return path;
  const parent = dirname(folder);
  return parent === folder ? undefined : nearestConfiguration(parent);
}
