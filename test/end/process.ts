/** Runs a program that trains with an emitted module in a Node process of its own. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { emit } from "./emit.js";
import type { Model } from "../../src/index.js";

/** What `main` prints, `net` being the module that it may create instances from. */
export function runInProcess(
  model: Model,
  main: string,
  options: { node?: string; flags?: readonly string[] } = {},
): string {
  const folder = mkdtempSync(join(tmpdir(), "optimc-process-"));
  try {
    writeFileSync(join(folder, "net.js"), emit(model));
    writeFileSync(join(folder, "main.js"), `import net from "./net.js";\n${main}`);
    buildSync({
      entryPoints: [join(folder, "main.js")],
      outfile: join(folder, "bundle.mjs"),
      bundle: true,
      format: "esm",
      platform: "node",
      alias: { "optimc/runtime": new URL("../../runtime/index.ts", import.meta.url).pathname },
    });
    const { node = process.execPath, flags = [] } = options;
    return execFileSync(node, [...flags, join(folder, "bundle.mjs")], { encoding: "utf8" }).trim();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
