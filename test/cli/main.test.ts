import { spawnSync } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeProject, type Project } from "../read/project.js";
import { dist } from "./dist.js";

let folder: string;
let project: Project;
beforeAll(async () => void (folder = await dist()));
afterAll(() => project?.remove());

const optimc = (args: readonly string[], cwd = project.folder, flags: readonly string[] = []) =>
  spawnSync(process.execPath, [...flags, `${folder}cli/main.js`, ...args], { cwd, encoding: "utf8" });

test("the program that users install", () => {
  project = makeProject({ "net.model.ts": "export default { isModel: true };\n" });
  accessSync(`${folder}cli/main.js`, constants.X_OK);
  expect(readFileSync(`${folder}cli/main.js`, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
  const { version } = JSON.parse(readFileSync(`${folder}../package.json`, "utf8")) as { version: string };
  expect(optimc(["--version"])).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: "" });
  expect(optimc(["build"])).toMatchObject({ status: 2, stdout: "" });
});

/** Builds in another process, through dist, with a compiler that is a stand-in. */
const buildScript = () => `
  import { run } from ${JSON.stringify(pathToFileURL(`${folder}cli/run.js`).href)};
  import { here } from ${JSON.stringify(pathToFileURL(`${folder}compiler/ir/place.js`).href)};
  const print = (line) => console.log(line);
  const model = (name) => ({ name, place: here() });
  const compileModel = (model, { nameAt }) => ({
    javascript: "export default 1;\\n", files: {}, declaration: "export {};\\n", manifest: { total: 1 },
    warnings: [],
    summary: [model.name + " " + model.place.line + ":" + model.place.column + " " + nameAt(model.place)],
  });
  process.exitCode = await run(process.argv.slice(2), {
    terminal: { out: print, error: print, color: false, cwd: process.cwd() },
    loadCompiler: async () => ({ compileModel, isModel: () => true }),
    read: { modules: { optimc: { model } } },
  });
`;

test("a build that is up to date loads neither esbuild, ts-morph, the compiler nor the model", () => {
  project = makeProject({
    "net.model.ts": `import { model } from "optimc";\nconsole.log("the model runs");\nconst net = model("net");\nexport default net;\n`,
    "build.mjs": buildScript(),
    // All that is CommonJS, which esbuild and ts-morph are, can be seen in require.cache.
    "probe.cjs": `process.on("exit", () => console.log("loaded", Object.keys(require.cache).length));\n`,
  });
  const built = spawnSync(process.execPath, ["build.mjs", "build", "net.model.ts"], {
    cwd: project.folder,
    encoding: "utf8",
  });
  expect(built).toMatchObject({ status: 0, stderr: "" });
  expect(built.stdout).toMatch(/^the model runs\nwrote {6}net\.js [^]*\n {2}net 3:13 net\n$/);

  const again = optimc(["build", "net.model.ts"], project.folder, ["--require", project.path("probe.cjs")]);
  expect(again).toMatchObject({ status: 0, stderr: "" });
  expect(again.stdout).toMatch(/^unchanged {2}net\.js {2}41 bytes\n[^]*\nloaded 1\n$/);
});
