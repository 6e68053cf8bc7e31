/** Runs a program that trains with an emitted module in a Node process of its own. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import type { TargetName } from "../../compiler/compile.js";
import type { Model } from "../../src/index.js";
import { compiled } from "./emit.js";

export interface ProcessOptions {
  readonly node?: string;
  readonly flags?: readonly string[];
  readonly targets?: readonly TargetName[];
}

/** What `main` prints, `net` being the module that it may create instances from; the files of the build lie beside it. */
export function runInProcess(model: Model, main: string, options: ProcessOptions = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "optimc-process-"));
  try {
    const { javascript, files } = compiled(model, options.targets);
    writeFileSync(join(folder, "net.js"), javascript);
    for (const [ending, bytes] of Object.entries(files)) writeFileSync(join(folder, `${model.name}${ending}`), bytes);
    writeFileSync(join(folder, "main.js"), `import net from "./net.js";\n${main}`);
    buildSync({
      entryPoints: [join(folder, "main.js")],
      outfile: join(folder, "bundle.mjs"),
      bundle: true,
      format: "esm",
      platform: "node",
      alias: { "optimc/runtime": new URL("../../runtime/node.ts", import.meta.url).pathname },
    });
    const { node = process.execPath, flags = [] } = options;
    return execFileSync(node, [...flags, join(folder, "bundle.mjs")], { encoding: "utf8" }).trim();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
