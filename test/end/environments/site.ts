/** A user's folder: the package as it is installed, and modules that were built in every way. */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { dist } from "../../cli/dist.js";
import { compiled } from "../emit.js";
import { everything } from "./nets.js";

/** The folders of the builds. */
const builds = {
  both: { targets: ["js", "wasm"], inline: false },
  inline: { targets: ["js", "wasm"], inline: true },
  wasm: { targets: ["wasm"], inline: false },
  js: { targets: ["js"], inline: false },
} as const;

/** The nets, with all operations in one precision each. */
export const nets = { net32: "float32", net64: "float64" } as const;

export interface Site {
  /** Holds the nets in a folder for each build, and the helpers train.js and report.js. */
  readonly folder: string;
  /** Writes a file, and gives its path. */
  write(path: string, text: string): string;
  remove(): void;
}

export async function makeSite(names: readonly (keyof typeof nets)[] = ["net32"]): Promise<Site> {
  const root = await dist();
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "optimc-environments-")));
  const write = (path: string, content: string | Uint8Array): string => {
    const file = join(folder, path);
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, content);
    return file;
  };

  // All that a module imports; a copy, since dist may be built again meanwhile.
  cpSync(join(root, "runtime"), join(folder, "node_modules/optimc/dist/runtime"), { recursive: true });
  cpSync(join(root, "../package.json"), join(folder, "node_modules/optimc/package.json"));
  write("package.json", JSON.stringify({ name: "site", private: true, type: "module" }));
  for (const helper of ["train.js", "report.js"]) {
    cpSync(fileURLToPath(new URL(helper, import.meta.url)), join(folder, helper));
  }

  for (const [build, { targets, inline }] of Object.entries(builds)) {
    for (const name of names) {
      const { javascript, files } = compiled(everything(name, nets[name]), targets, { inline });
      write(`${build}/${name}.js`, javascript);
      for (const [ending, bytes] of Object.entries(files)) write(`${build}/${name}${ending}`, bytes);
    }
  }
  return { folder, write, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
