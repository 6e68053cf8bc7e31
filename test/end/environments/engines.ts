/** Engines without pages, and what they make of scripts. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { buildSync } from "esbuild";
import { installed } from "./installed.js";
import type { Site } from "./site.js";

export interface Engine {
  readonly name: string;
  readonly path: string | undefined;
  readonly args: readonly string[];
}

export const deno = installed("deno", ".bin/deno");
export const workerd = installed("workerd", ".bin/workerd");

/** Those that read files by themselves. */
export const engines: readonly Engine[] = [
  { name: "this Node", path: process.execPath, args: [] },
  { name: "a current Node", path: installed("node26", "node26/bin/node"), args: [] },
  { name: "Deno", path: deno, args: ["run", "--no-prompt", "--allow-read"] },
  { name: "Bun", path: installed("bun", ".bin/bun"), args: [] },
];

let scripts = 0;

/** The last line that a script in the site's folder prints, from JSON. */
export function runScript<T>({ path, args }: Engine, site: Site, script: string): Promise<T> {
  const file = site.write(`script${++scripts}.js`, script);
  return lastLine(path as string, [...args, file], site.folder);
}

/** The same in workerd: bundled as its tools do, with a build's WebAssembly among the worker's modules. */
export function runWorker<T>(site: Site, imports: string, body: string): Promise<T> {
  const folder = `worker${++scripts}`;
  const entry = site.write(`${folder}.js`, `${imports}\nexport default { async test() { ${body} } };`);
  buildSync({
    entryPoints: [entry],
    outfile: join(site.folder, folder, "main.js"),
    bundle: true,
    format: "esm",
    conditions: ["workerd", "worker", "browser"],
    external: ["*.wasm"],
  });
  const wasm = [...imports.matchAll(/"(\.\/\S+\.wasm)"/g)].map(([, path]) => path as string);
  const embedded = wasm.map((path) => `, (name = "${path}", wasm = embed "../${path}")`).join("");
  const config = site.write(
    `${folder}/config.capnp`,
    `using Workerd = import "/workerd/workerd.capnp";
     const config :Workerd.Config = (services = [(name = "main", worker = .worker)]);
     const worker :Workerd.Worker = (
       modules = [(name = "main.js", esModule = embed "main.js")${embedded}],
       compatibilityDate = "2026-11-01",
     );`,
  );
  return lastLine(workerd as string, ["test", config], site.folder);
}

/** The last line that a command prints, from JSON. */
export async function lastLine<T>(path: string, args: readonly string[], cwd: string): Promise<T> {
  const { stdout } = await promisify(execFile)(path, args, { cwd });
  return JSON.parse(stdout.trim().split("\n").at(-1) as string) as T;
}
