/** Users' mistakes: each is reported at its line, in words from which a reader knows what to change. */
import { join } from "node:path";
import ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";
import { diagnose } from "./diagnose.js";
import { mistakes, type Mistake } from "./mistakes.js";

const root = new URL("../../", import.meta.url).pathname;

/** The files of a mistake by their names, and the line that is at fault, with its file. */
function filesOf({ text }: Mistake, extension: "ts" | "js") {
  const [first, ...others] = text.split(/^\/\/ file: (.*)\n/m) as [string, ...string[]];
  const files: Record<string, string> = { [`net.model.${extension}`]: first };
  for (let at = 0; at < others.length; at += 2) {
    files[(others[at] as string).replace(/\.js$/, `.${extension}`)] = others[at + 1] as string;
  }
  const [file, wrong] = Object.entries(files).find(([, each]) => each.includes("// here")) as [string, string];
  return { files, file, line: wrong.slice(0, wrong.indexOf("// here")).split("\n").length };
}

for (const extension of ["ts", "js"] as const) {
  describe(`mistakes in .${extension} files`, () => {
    it.each(mistakes.map((each) => [each.name, each] as const))("%s", async (_, mistake) => {
      const { files, file, line } = filesOf(mistake, extension);
      const found = await diagnose(files);
      expect(found?.error.code, found?.text).toBe(mistake.code);
      const { error, text } = found as NonNullable<typeof found>;
      expect(`${error.place?.file.split("/").at(-1)}:${error.place?.line}`, text).toBe(`${file}:${line}`);
      for (const word of mistake.says) expect(text).toContain(word);
      expect(text).not.toMatch(/\[object|undefined is not|Cannot read prop/);
      expect([error.expected ?? error.code, error.found, error.hint].filter(Boolean).length).toBeGreaterThan(1);
    });
  });
}

describe("the editor", () => {
  const marked = new Map<string, Set<number>>();
  beforeAll(() => {
    const options: ts.CompilerOptions = {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      strict: true,
      skipLibCheck: true,
      noEmit: true,
      types: [],
      paths: { optimc: [join(root, "src/index.ts")] },
    };
    const texts = new Map<string, string>();
    mistakes.forEach((mistake, number) => {
      for (const [file, text] of Object.entries(filesOf(mistake, "ts").files)) {
        texts.set(join(root, `test/mistakes/${number}/${file}`), text);
      }
    });
    const host = ts.createCompilerHost(options);
    const { fileExists, readFile } = host;
    host.fileExists = (file) => texts.has(file) || fileExists(file);
    host.readFile = (file) => texts.get(file) ?? readFile(file);
    host.directoryExists = () => true;
    const program = ts.createProgram([...texts.keys()], options, host);
    for (const file of texts.keys()) {
      const source = program.getSourceFile(file) as ts.SourceFile;
      const faults = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
      const rows = faults.map(({ start = 0 }) => ts.getLineAndCharacterOfPosition(source, start).line + 1);
      marked.set(file, new Set(rows));
    }
  });

  it.each(mistakes.map((each, number) => [each.name, each, number] as const))("%s", (_, mistake, number) => {
    const { file, line } = filesOf(mistake, "ts");
    const rows = marked.get(join(root, `test/mistakes/${number}/${file}`));
    expect(rows?.has(line), `lines with faults: ${[...(rows ?? [])].join(", ")}`).toBe(mistake.editor);
  });
});
