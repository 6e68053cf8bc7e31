import { readFileSync, rmSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readModel } from "../../compiler/read/read.js";
import { compilerId, isUpToDate, readManifest, stamped } from "../../compiler/read/stamp.js";
import { makeProject, standIn, type Project } from "./project.js";

const options = { target: "js" };
let project: Project;
let manifest: string;

beforeEach(async () => {
  project = makeProject({
    "models/net.model.ts": `import { model } from "optimc";\nimport { width } from "./width.js";\nexport default model("net", { width });\n`,
    "models/width.ts": "export const width = 1;\n",
    "tsconfig.json": "{}",
  });
  const file = project.path("models/net.model.ts");
  const { sources } = await readModel(file, standIn());
  const outputs = new Map([[project.path("out/net.js"), "the module"]]);
  project.write("out/net.js", "the module");
  manifest = project.path("out/net.manifest.json");
  project.write("out/net.manifest.json", stamped(manifest, { total: 1, 2: [] }, { file, sources, options, outputs }));
});
afterEach(() => project.remove());

const upToDate = (other = options) => isUpToDate(manifest, project.path("models/net.model.ts"), other);

test("the stamp names every file relative to the manifest", () => {
  expect(upToDate()).toBe(true);
  const { build } = readManifest(manifest)!;
  expect(build.source).toBe("../models/net.model.ts");
  expect(Object.keys(build.inputs)).toEqual([
    "../models/net.model.ts",
    "../models/tsconfig.json",
    "../models/width.ts",
    "../tsconfig.json",
  ]);
  expect(Object.keys(build.outputs)).toEqual(["net.js"]);
  expect(build.compiler).toBe(compilerId());
});

test.each<[string, () => unknown]>([
  ["the model file changes", () => project.write("models/net.model.ts", "export default 1;\n")],
  ["an imported file changes", () => project.write("models/width.ts", "export const width = 2;\n")],
  ["an imported file goes", () => rmSync(project.path("models/width.ts"))],
  ["the configuration changes", () => project.write("tsconfig.json", '{ "compilerOptions": {} }')],
  ["a nearer configuration appears", () => project.write("models/tsconfig.json", "{}")],
  ["an output changes", () => project.write("out/net.js", "edited")],
  ["an output goes", () => rmSync(project.path("out/net.js"))],
  ["the manifest goes", () => rmSync(manifest)],
  ["the manifest is half a merge", () => project.write("out/net.manifest.json", "<<<<<<<")],
  ["the manifest is another tool's", () => project.write("out/net.manifest.json", '{ "build": {} }')],
  ["the manifest is edited", () => edit('"total": 1', '"total": 2')],
  ["the compiler is another", () => edit(compilerId(), "0".repeat(64))],
])("not up to date when %s", (_, change) => {
  change();
  expect(upToDate()).toBe(false);
});

test("other options, or another model file, are another build", () => {
  expect(upToDate({ target: "wasm" })).toBe(false);
  expect(isUpToDate(manifest, project.path("models/width.ts"), options)).toBe(false);
});

function edit(from: string, to: string): void {
  project.write("out/net.manifest.json", readFileSync(manifest, "utf8").replace(from, to));
}
