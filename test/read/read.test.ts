import { createHash } from "node:crypto";
import { pathToFileURL } from "node:url";
import { afterEach, expect, test } from "vitest";
import { fail, formatDiagnostic, isOptimcError, type OptimcError } from "../../compiler/diagnostics.js";
import { readModel, type ReadOptions } from "../../compiler/read/read.js";
import { makeProject, standIn, type Project } from "./project.js";

let project: Project | undefined;
afterEach(() => project?.remove());

const isModel = (value: unknown) => typeof value === "object" && value !== null && "isModel" in value;

async function read(files: Readonly<Record<string, string>>, options: ReadOptions = {}) {
  project = makeProject(files);
  return readModel(project.path("net.model.ts"), { ...standIn(), ...options });
}

async function errorOf(
  files: Readonly<Record<string, string>>,
  options: ReadOptions = { isModel },
): Promise<OptimcError> {
  const error: unknown = await read(files, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isOptimcError(error)) throw error ?? new Error("it was read");
  return error;
}

const where = ({ place }: OptimcError) => place && `${place.line}:${place.column}`;
const hash = (text: string) => createHash("sha256").update(text).digest("hex");

test("packages, relative imports, JSON and tsconfig paths are bundled, and recorded with their configuration", async () => {
  const files = {
    "models/net.model.ts": `
      import { model } from "optimc";
      import { width } from "a-package";
      import { height } from "./height.js";
      import { depth } from "@/depth";
      import sizes from "./sizes.json";
      export default model("net", { sizes: [width, height, depth, sizes.last] });
    `,
    "models/height.ts": "export const height: number = 2;\n",
    "models/sizes.json": '{ "last": 4 }\n',
    "shared/depth.ts": "export const depth = 3;\n",
    "tsconfig.json": '{ // a comment\n "extends": "./base.json", "compilerOptions": {} }\n',
    "base.json": '{ "compilerOptions": { "paths": { "@/*": ["./shared/*"], "optimc": ["./nowhere"] } } }\n',
    "node_modules/a-package/package.json": '{ "name": "a-package", "main": "main.js" }\n',
    "node_modules/a-package/main.js": `const { cpus } = require("os"); exports.width = typeof cpus === "function" ? 1 : 0;\n`,
  };
  project = makeProject(files);
  const { model, sources } = await readModel(project.path("models/net.model.ts"), standIn());
  expect(model).toMatchObject({ sizes: [1, 2, 3, 4] });
  expect(sources.map(({ path }) => path)).toEqual([
    "../base.json",
    "../node_modules/a-package/main.js",
    "../node_modules/a-package/package.json",
    "../shared/depth.ts",
    "../shared/tsconfig.json",
    "../tsconfig.json",
    "height.ts",
    "net.model.ts",
    "sizes.json",
    "tsconfig.json",
  ]);
  const byPath = new Map(sources.map(({ path, sha256 }) => [path, sha256]));
  expect(byPath.get("height.ts")).toBe(hash(files["models/height.ts"]));
  expect(byPath.get("tsconfig.json")).toBeNull();
  expect(byPath.get("../base.json")).toBe(hash(files["base.json"]));
});

test("large JSON files, by import and by require", async () => {
  const values = Array.from({ length: 20_000 }, (_, index) => index);
  const { model } = await read({
    "net.model.ts": `import values from "./values.json"; import { last } from "./last.cjs"; import { model } from "optimc";
      export default model("net", { length: values.length, last });`,
    "last.cjs": `exports.last = require("./values.json").at(-1);\n`,
    "values.json": JSON.stringify(values),
  });
  expect(model).toMatchObject({ length: 20_000, last: 19_999 });
  const error = await errorOf({
    "net.model.ts": `import "./broken.json";`,
    "broken.json": JSON.stringify(values) + "!",
  });
  expect(error.code).toBe("syntax-error");
  expect(error.place?.file).toBe(project!.path("broken.json"));
});

test("import.meta is the source's, and moves no place", async () => {
  const { model } = await read({
    "net.model.ts": `import { model } from "optimc"; import { part } from "./parts/part.js";
      export default model("net", { url: import.meta.url, text: "import.meta.url", part }); // no line feed`,
    "parts/part.ts": "export const part = [import.meta.dirname, import.meta.filename];\n",
  });
  expect(model).toMatchObject({
    url: pathToFileURL(project!.path("net.model.ts")).href,
    text: "import.meta.url",
    part: [project!.path("parts"), project!.path("parts/part.ts")],
  });
});

test("a file that makes its own require", async () => {
  const { model } = await read({
    "net.model.ts": `import { createRequire } from "node:module"; import { model } from "optimc";
      const require = createRequire(import.meta.url);
      export default model("net", { value: require("./value.json").value });`,
    "value.json": '{ "value": 5 }',
  });
  expect(model).toMatchObject({ value: 5 });
});

test("every read runs the file again", async () => {
  project = makeProject({ "net.model.ts": `export default { tag: {} };` });
  const file = project.path("net.model.ts");
  const first = await readModel(file);
  const second = await readModel(file);
  expect(second.model).toEqual(first.model);
  expect(second.model).not.toBe(first.model);
  project.write("net.model.ts", `export default { tag: 2 };`);
  const both = await Promise.all([readModel(file), readModel(file)]);
  expect(both.map(({ model }) => model)).toEqual([{ tag: 2 }, { tag: 2 }]);
});

test("a syntax error", async () => {
  const error = await errorOf({ "net.model.ts": `const a = 1;\nconst é = 1 +;\n` });
  expect(error.code).toBe("syntax-error");
  expect(where(error)).toBe("2:14");
  const shown = formatDiagnostic(error, { from: project!.folder });
  expect(shown).toBe(
    [
      'error[syntax-error]: net.model.ts: unexpected ";"',
      "  at net.model.ts:2:14",
      "",
      "    1 | const a = 1;",
      "  > 2 | const é = 1 +;",
      "      |              ^",
      "    3 |",
      "",
    ].join("\n"),
  );
});

test("imports that lead nowhere", async () => {
  const missing = await errorOf({ "net.model.ts": `import a from "./absent.js";\nimport b from "absent";\na(b);\n` });
  expect(missing.code).toBe("unresolved-import");
  expect(where(missing)).toBe("1:15");
  expect(missing.related.map(({ place }) => place?.line)).toEqual([2]);

  const subpath = await errorOf({ "net.model.ts": `import a from "optimc/absent";\na();\n` });
  expect(subpath.code).toBe("unresolved-import");
  expect(subpath.message).toContain("optimc has no entry optimc/absent");
  expect(where(subpath)).toBe("1:15");
});

test("a name that optimc does not export", async () => {
  const error = await errorOf({
    "net.model.ts": `import {\n  lineer,\n} from "optimc";\nexport default lineer("x");\n`,
  });
  expect(error.code).toBe("unknown-export");
  expect(error.message).toBe("optimc exports no lineer");
  expect(error.hint).toBe("did you mean linear?");
  expect(where(error)).toBe("2:3");
});

test("a file that throws, in itself or in a function that it calls", async () => {
  const error = await errorOf({
    "net.model.ts": `import { fault } from "./fault.js";\n\nfault(undefined as never);\n`,
    "fault.ts": `export interface Wide { readonly x: number }\nexport const fault = (wide: Wide) =>\n  wide.x;\n`,
  });
  expect(error.code).toBe("model-file-threw");
  expect(error.message).toMatch(/^the model file threw TypeError: Cannot read properties of undefined/);
  expect(error.place?.file).toBe(project!.path("fault.ts"));
  expect(where(error)).toBe("3:8");
  expect(error.cause).toBeInstanceOf(TypeError);

  const text = await errorOf({ "net.model.ts": `throw "a string";` });
  expect(text.message).toBe('the model file threw the string "a string"');
});

test("an error that optimc throws for a call stands at that call", async () => {
  const layer = () => fail({ code: "shape-mismatch", message: "no fit", expected: "[2]", found: "[3]" });
  const text = `import { layer } from "optimc";\nconst deep = () => layer();\nexport default deep();\n`;
  const error = await errorOf({ "net.model.ts": text }, { modules: { optimc: { layer } } });
  expect(error.code).toBe("shape-mismatch");
  expect(where(error)).toBe("2:20");
});

test("no model", async () => {
  const none = await errorOf({ "net.model.ts": `export const a = 1;\n` });
  expect(none.message).toBe("net.model.ts has no default export");

  const other = await errorOf({ "net.model.ts": `const a = 1;\nexport default { loss: a };\n` });
  expect(other.code).toBe("no-model");
  expect(other.found).toBe("an object with loss");
  expect(where(other)).toBe("2:1");
});

test("no file", async () => {
  project = makeProject();
  await expect(readModel(project.path("absent.ts"))).rejects.toMatchObject({ code: "missing-file" });
  project.write("net.model.ts", "");
  await expect(readModel(project.path("net.model.ts/net.ts"))).rejects.toMatchObject({ code: "missing-file" });
  await expect(readModel(project.folder)).rejects.toMatchObject({ code: "not-a-file" });
});
