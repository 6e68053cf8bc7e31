/**
 * `npm run check`: types, lint, formatting and the quick tests, side by side, for use before every commit. What each
 * says is printed when it ends; with no files changed since, all but the tests take what they found before.
 */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const cache = "node_modules/.cache";

/** The longest first. */
const parts = [
  ["types", "typescript/bin/tsc", "--noEmit", "--incremental", "--tsBuildInfoFile", `${cache}/check.tsbuildinfo`],
  ["tests", "vitest/vitest.mjs", "run", "--mode", "quick", "--maxWorkers", "1"],
  ["format", "prettier/bin/prettier.cjs", "--check", ".", "--cache"],
  ["lint", "eslint/bin/eslint.js", ".", "--cache", "--cache-location", `${cache}/eslint`],
];

function run([name, script, ...options]) {
  const started = performance.now();
  const child = spawn(process.execPath, [`node_modules/${script}`, ...options], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (said += data));
  return new Promise((resolve) => {
    child.on("close", (status) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(0);
      console.log(`${name}: ${status === 0 ? "passed" : "FAILED"} after ${seconds} s`);
      if (status !== 0) console.log(said);
      resolve(status === 0);
    });
  });
}

let passed = true;
const waiting = [...parts];
async function work() {
  for (let part = waiting.shift(); part; part = waiting.shift()) if (!(await run(part))) passed = false;
}
await Promise.all(parts.slice(0, availableParallelism()).map(work));
process.exitCode = passed ? 0 : 1;
