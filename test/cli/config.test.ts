import { existsSync, readFileSync, readdirSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { filesOf } from "../../cli/glob.js";
import { makeProject, type Project } from "../read/project.js";
import { modelText, optimc } from "./command.js";

let project: Project;
afterEach(() => project.remove());

const manifestOf = (path: string) =>
  JSON.parse(readFileSync(project.path(path), "utf8")) as {
    readonly build: { readonly options: object; readonly inputs: object };
  };

const config = (text: string) =>
  `import { defineConfig } from "optimc/config";\nexport default defineConfig(${text});\n`;

test("build with no file builds the models of the configuration, with their settings", async () => {
  project = makeProject({
    "optimc.config.ts": config(`{
      models: ["nets/*.model.ts", { file: "nets/b.model.ts", targets: ["wasm"], inline: true, outDir: "other" }],
      outDir: "build",
      targets: ["js"],
    }`),
    "nets/a.model.ts": modelText("a"),
    "nets/b.model.ts": modelText("b"),
    "nets/no.ts": "throw 1;\n",
  });
  const { code, error } = await optimc(project, "build");
  expect({ code, error }).toEqual({ code: 0, error: "" });
  expect(readdirSync(project.path("build")).sort()).toEqual(["a.d.ts", "a.js", "a.manifest.json"]);
  expect(readdirSync(project.path("other")).sort()).toEqual(["b.d.ts", "b.js", "b.manifest.json"]);
  expect(manifestOf("build/a.manifest.json").build.options).toEqual({ target: "js", inline: false });
  expect(manifestOf("other/b.manifest.json").build.options).toEqual({ target: "wasm", inline: true });
  expect((await optimc(project, "build")).compilations).toBe(0);
});

test("it holds for files that are named too, and below its folder; the command line wins", async () => {
  project = makeProject({
    "optimc.config.mjs": `export default { targets: ["js"], outDir: "build", inline: true, budget: 10 };\n`,
    "deep/net.model.ts": modelText("net"),
  });
  const below = { ...project, folder: project.path("deep") };
  expect((await optimc(below, "build", "net.model.ts")).error).toContain("error[over-budget]");
  const args = ["build", "net.model.ts", "--budget", "1MB"];
  expect((await optimc(below, ...args)).code).toBe(0);
  expect(manifestOf("build/net.manifest.json").build.options).toEqual({ target: "js", inline: false });

  expect((await optimc(below, ...args, "--out-dir=.", "--target", "wasm")).code).toBe(0);
  expect(manifestOf("deep/net.manifest.json").build.options).toEqual({ target: "wasm", inline: true });
  expect((await optimc(below, ...args, "--out-dir=.", "--target", "wasm", "--no-inline")).code).toBe(0);
  expect(manifestOf("deep/net.manifest.json").build.options).toEqual({ target: "wasm", inline: false });
});

test("it is a source of the build: a change of it, or of what it imports, builds again", async () => {
  project = makeProject({
    "optimc.config.ts": `import { outDir } from "./folder.js";\nexport default { models: ["net.model.ts"], outDir };\n`,
    "folder.ts": `export const outDir = "build";\n`,
    "net.model.ts": modelText("net"),
  });
  await optimc(project, "build");
  expect(Object.keys(manifestOf("build/net.manifest.json").build.inputs)).toEqual([
    "../folder.ts",
    "../net.model.ts",
    "../optimc.config.ts",
  ]);
  expect((await optimc(project, "build")).compilations).toBe(0);
  project.write("folder.ts", `export const outDir = "build"; // the same\n`);
  expect((await optimc(project, "build")).compilations).toBe(1);
});

test("--config names another; two in one folder are refused", async () => {
  project = makeProject({
    "optimc.config.mjs": "export default { outDir: 'first' };\n",
    "other.js": "export default { outDir: 'second' };\n",
    "net.model.ts": modelText("net"),
  });
  await optimc(project, "build", "net.model.ts", "--config", "other.js");
  expect(existsSync(project.path("second/net.js"))).toBe(true);
  project.write("optimc.config.ts", "export default {};\n");
  const { code, error } = await optimc(project, "build", "net.model.ts");
  expect(code).toBe(1);
  expect(error).toContain("error[invalid-config]: two configuration files lie in one folder");
  expect((await optimc(project, "build", "net.model.ts", "--config", "absent.js")).error).toContain("there is no file");
});

test.each([
  ["{ modls: [] }", "the configuration has no setting 'modls'", "1:18", "did you mean models?"],
  ["{ models: 'net.model.ts' }", "the setting 'models' is not usable", "1:18", undefined],
  ["{ models: [], targets: ['wasm', 'gpu'] }", "the setting 'targets' is not usable", "1:30", undefined],
  ["{ budget: 'much' }", "much is not a size", "1:18", "write 2MB"],
  ["{ models: ['net.model.ts', { outDir: 'a' }] }", "an entry of models names no file", "1:43", undefined],
  ["{ models: ['net.model.ts', { file: 'net.model.ts', outdir: 'a' }] }", "no setting 'outdir'", "1:67", "outDir"],
  ["{ models: ['net.model.ts', 'nets/*.ts'] }", "no file matches nets/*.ts", "1:43", undefined],
  ["{ models: ['net.model.ts'], define: { hidden: 1 } }", "the model has no values", "1:54", "configurable"],
  ["[1]", "the configuration is no object", "1:1", undefined],
])("errors stand at their line of the configuration: %s", async (text, message, place, hint) => {
  project = makeProject({ "optimc.config.ts": `export default ${text};\n`, "net.model.ts": modelText("net") });
  const { code, error } = await optimc(project, "build");
  expect(code).toBe(1);
  expect(error).toContain(message);
  expect(error).toContain(`at optimc.config.ts:${place}\n`);
  if (hint) expect(error.slice(error.indexOf("hint:"))).toContain(hint);
});

test("a configuration behind a name, and one that throws", async () => {
  project = makeProject({
    "optimc.config.ts": `import { defineConfig } from "optimc/config";\nconst settings = {\n  outdir: "a",\n} as never;\nexport default defineConfig(settings);\n`,
    "net.model.ts": modelText("net"),
  });
  expect((await optimc(project, "build")).error).toContain("at optimc.config.ts:3:3\n");
  project.write("optimc.config.ts", `\nthrow new Error("no");\n`);
  expect((await optimc(project, "build")).error).toContain("at optimc.config.ts:2:7\n");
});

test("patterns", () => {
  const names = ["a.model.ts", "b.ts", "x/a.model.ts", "x/y/c.model.ts", "node_modules/n.model.ts", ".h/h.model.ts"];
  project = makeProject(Object.fromEntries(names.map((name) => [name, ""])));
  const found = (pattern: string) =>
    filesOf(pattern, project.folder).map((path) => path.slice(project.folder.length + 1));
  expect(found("*.model.ts")).toEqual(["a.model.ts"]);
  expect(found("./**/*.model.ts")).toEqual(["a.model.ts", "x/a.model.ts", "x/y/c.model.ts"]);
  expect(found("x/**/c*.ts")).toEqual(["x/y/c.model.ts"]);
  expect(found("*/a.model.*")).toEqual(["x/a.model.ts"]);
  expect(found("absent.ts")).toEqual(["absent.ts"]);
  expect(found("absent/*.ts")).toEqual([]);
  expect(found("aXmodel.t*")).toEqual([]);
});
