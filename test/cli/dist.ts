/** dist/, built if its sources have changed: for tests of what users install. */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const lock = `${root}node_modules/.dist-lock`;

/** Brings dist up to date, and gives its path. Test files run side by side; one of them builds. */
export async function dist(): Promise<string> {
  while (!acquire()) await sleep(50);
  try {
    execFileSync(process.execPath, ["scripts/build.mjs", "--if-stale", "--no-types"], { cwd: root, stdio: "pipe" });
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
  return `${root}dist/`;
}

function acquire(): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    // A run that was killed leaves its lock behind.
    const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > 600_000) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}
