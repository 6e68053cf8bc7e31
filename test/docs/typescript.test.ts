/** docs/typescript.md is tried: its files, its command, tsc, and Node on what came of it. */
import { spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { dist } from "../cli/dist.js";
import { makeProject, type Project } from "../read/project.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const page = readFileSync(`${root}docs/typescript.md`, "utf8");
const files = Object.fromEntries(
  [...page.matchAll(/```(?:ts|json)\n\/\/ (\S+)\n([\s\S]*?)```/g)].map(([, name, text]) => [name!, text!]),
);
const [, command = ""] = /^optimc (.*) && tsc$/m.exec(page) ?? [];

const types = `export type Float32<S> = S extends readonly unknown[] ? Float32Array : never;
export type FloatInput<S> = Float32<S>;
export type ModelState = object;
export type LoadOptions = object;
export type LoadReport = object;
export type Shapes = object;
export interface Module<Net> { create(options?: object): Promise<Net> }
`;

let project: Project | undefined;
afterAll(() => project?.remove());

const run = (...args: string[]) =>
  spawnSync(process.execPath, args, { cwd: project?.folder, encoding: "utf8", timeout: 180_000 });

test("one build serves tsc and what it writes", async () => {
  const built = await dist();
  project = makeProject({
    ...files,
    "package.json": '{ "type": "module" }',
    // The package with the types of arrays alone: what is tried is where files lie.
    "node_modules/optimc/package.json": JSON.stringify({
      name: "optimc",
      type: "module",
      exports: { "./runtime": { types: "./runtime.d.ts", default: "./runtime.js" } },
    }),
    "node_modules/optimc/runtime.js": `export * from ${JSON.stringify(pathToFileURL(`${built}runtime/node.js`).href)};\n`,
    "node_modules/optimc/runtime.d.ts": types,
  });
  const tsc = () => run(`${root}node_modules/typescript/bin/tsc`);
  expect(tsc().stdout).toContain("Cannot find module './net.js'");
  expect(run(`${built}cli/main.js`, ...command.split(" "))).toMatchObject({ status: 0, stderr: "" });
  expect(tsc()).toMatchObject({ status: 0, stdout: "" });
  expect(readdirSync(project.path("src")).sort()).toEqual(["main.ts", "net.d.ts", "net.model.ts"]);
  project.write("run.mjs", 'import { y } from "./dist/main.js";\nconsole.log(y.join());\n');
  expect(run("run.mjs")).toMatchObject({ stdout: "2,4,6\n", stderr: "" });
  const again = run(`${built}cli/main.js`, ...command.split(" ")).stdout;
  expect(again.match(/^unchanged/gm)).toHaveLength(6);
}, 300_000);
