/**
 * Looks for learning rates: each contestant trains on 7,000 of the 8,000 digits of the race at every rate of a grid, from
 * starts that do not race, and the last 1,000 are the test. The rate with the best mean accuracy is the one to enter.
 *
 *   node examples/optimizer-race/sweep.js [--only NAME]
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runAll } from "./pool.js";
import { read, stepsOf } from "./run.js";
import { mean } from "./statistics.js";

const { values } = parseArgs({ options: { only: { type: "string", multiple: true } } });
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const manifest = JSON.parse(readFileSync(here("build/race.manifest.json"), "utf8"));
const all = Object.keys(manifest.functions).filter((name) => manifest.functions[name].kind === "minimize");

const rates = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1];
const seeds = [101, 102, 103];
const source = "validation";
const steps = stepsOf(read(source), 8);

const modules = rates.map((lr) => {
  const model = [here("race.model.ts"), "--define", `lr=${lr}`, "--out-dir", here(`build/${lr}`)];
  execFileSync(process.execPath, [here("../../dist/cli/main.js"), "build", ...model]);
  return `./build/${lr}/race.js`;
});

for (const name of values.only ?? all) {
  const jobs = modules.flatMap((module) => seeds.map((seed) => ({ source, module, name, seed, steps })));
  const results = await runAll(jobs, () => {});
  const found = rates.map((lr, i) => {
    const runs = results.slice(i * seeds.length, (i + 1) * seeds.length);
    return {
      lr,
      accuracy: mean(runs.map(({ accuracies }) => accuracies.at(-1))),
      loss: mean(runs.map(({ trainLoss }) => trainLoss)),
    };
  });
  const best = found.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  console.log(name);
  for (const { lr, accuracy, loss } of found) {
    const mark = lr === best.lr ? " <-" : "";
    console.log(
      `  lr ${String(lr).padEnd(6)}  accuracy ${(100 * accuracy).toFixed(2)} %  train loss ${loss.toPrecision(3)}${mark}`,
    );
  }
}
