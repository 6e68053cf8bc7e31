/** `--format json`: one document on stdout, nothing else, whatever happens. */
import { afterEach, expect, test } from "vitest";
import { makeProject, type Project } from "../read/project.js";
import { modelText, optimc } from "./command.js";

let project: Project | undefined;
afterEach(() => project?.remove());

async function json(files: Readonly<Record<string, string>>, ...argv: string[]) {
  project = makeProject(files);
  const { code, out, error } = await optimc(project, ...argv);
  expect(error).toBe("");
  return { code, document: JSON.parse(out.join("\n")) as Record<string, unknown> };
}

test("a build lists its outputs with their sizes", async () => {
  const { code, document } = await json(
    { "net.model.ts": modelText("net") },
    "build",
    "net.model.ts",
    "--format",
    "json",
  );
  expect(code).toBe(0);
  expect(document).toEqual({
    diagnostics: [],
    files: ["net.js", "net.d.ts", "net.wasm", "net.relaxed.wasm", "net.manifest.json"].map((file) => ({
      status: "wrote",
      file,
      bytes: expect.any(Number) as number,
    })),
    notes: ["train: elementwise, net"],
  });
});

test("an error has its code, its place and its words, and other files are built all the same", async () => {
  const files = {
    "net.model.ts": modelText("net"),
    "bad.model.ts": `import { modle } from "optimc";\nexport default modle("bad", {});\n`,
  };
  const { code, document } = await json(files, "build", "--format=json", "bad.model.ts", "net.model.ts");
  expect(code).toBe(1);
  expect(document["diagnostics"]).toEqual([
    {
      severity: "error",
      code: "unknown-export",
      message: "optimc exports no modle",
      file: "bad.model.ts",
      line: 1,
      column: 10,
      endColumn: 15,
      expected: "a name that optimc exports",
      found: "modle",
      hint: "did you mean model?",
      related: [],
    },
  ]);
  expect(document["files"]).toHaveLength(5);
});

test("--check says what would change", async () => {
  const { code, document } = await json(
    { "net.model.ts": modelText("net") },
    "build",
    "--check",
    "net.model.ts",
    "--format",
    "json",
  );
  expect(code).toBe(1);
  expect(document["files"]).toContainEqual({ status: "differs", file: "net.js", bytes: expect.any(Number) as number });
  expect(document["notes"]).toContain("net.model.ts is not up to date: run optimc build");
});

test("explain gives the manifest", async () => {
  const { code, document } = await json(
    { "net.model.ts": modelText("net") },
    "explain",
    "net.model.ts",
    "--format",
    "json",
  );
  expect(code).toBe(0);
  expect(document).toMatchObject({ diagnostics: [], notes: ["train: elementwise, net"], manifest: { total: 1000 } });
});

test.each([
  [["explain", "net.model.ts", "--format", "json"], 1, "missing-file"],
  [["build", "--format", "json"], 2, "usage"],
  [["build", "net.model.ts", "--formt", "x", "--format", "json"], 2, "usage"],
  [["biuld", "net.model.ts", "--format=json"], 2, "usage"],
])("%j fails in JSON too", async (argv, expected, reason) => {
  const { code, document } = await json({}, ...argv);
  expect(code).toBe(expected);
  expect(document).toMatchObject({ diagnostics: [{ severity: "error", code: reason }], files: [] });
});

test("an unknown format is wrong usage", async () => {
  project = makeProject({ "net.model.ts": modelText("net") });
  const { code, out, error } = await optimc(project, "build", "net.model.ts", "--format", "jsn");
  expect({ code, out }).toEqual({ code: 2, out: [] });
  expect(error).toContain("did you mean json?");
});
