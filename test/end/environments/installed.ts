/** What is installed. Engines and bundlers are no dependencies: `.ci/run` installs them, and what is missing is skipped aloud. */
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const modules = fileURLToPath(new URL("../../../node_modules/", import.meta.url));

/** A path in node_modules, if it is there. */
export function installed(name: string, path: string): string | undefined {
  if (existsSync(join(modules, path))) return join(modules, path);
  return missing(name, "npm install --no-save it, as .ci/run does");
}

/** A command on the PATH by any of its names. */
export function command(...names: readonly string[]): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const found = names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
  return found ?? missing(names[0] as string, "install it on this machine");
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function missing(name: string, cure: string): undefined {
  console.warn(`No ${name}: its tests are skipped. To run them, ${cure}.`);
}
