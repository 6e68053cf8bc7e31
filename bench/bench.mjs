/**
 * Measures optimc and its peers: `node bench.mjs [W1 W3 "W1 odd" ...] [--write] [--rounds N] [--budget SECONDS]`.
 *
 * Each contestant is a process of its own that lives through the rounds of a workload; a round asks each in turn for a
 * sample of some steps, and the calibration too, so that a machine that drifts does so for all.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { calibrations, contestants } from "./contestants.mjs";
import { report } from "./report.mjs";
import { Worker } from "./worker.mjs";
import { prepare, workloads } from "./workloads.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    write: { type: "boolean", default: false },
    rounds: { type: "string", default: "21" },
    budget: { type: "string", default: "15" },
  },
});
const rounds = Number(values.rounds);
const budget = Number(values.budget) * 1000;
const names = positionals.length > 0 ? positionals : Object.keys(workloads);
for (const name of names) {
  if (!(name in workloads)) throw new Error(`there is no workload '${name}': ${Object.keys(workloads).join(", ")}`);
}

const { present, missing } = contestants();
for (const sentence of missing) console.log(`SKIPPED: ${sentence}`);

const calibrators = Object.entries(calibrations).map(([name, command]) => ({ name, worker: new Worker(command) }));
const calibration = Object.fromEntries(calibrators.map(({ name }) => [name, { strict: [], relaxed: [] }]));
async function calibrate() {
  for (const { name, worker } of calibrators) {
    const speeds = await worker.ask("measure");
    for (const [kind, speed] of Object.entries(speeds)) if (speed !== null) calibration[name][kind].push(speed);
  }
}

/** All begin from the same parameters on the same data, so that their losses show whether they do the same work. */
function compareLosses(workload, runs) {
  const [reference] = runs;
  for (const { name, losses } of runs) {
    const apart = losses.findIndex((loss, i) => !(Math.abs(loss / reference.losses[i] - 1) <= 1e-4));
    if (apart < 0) continue;
    const both = `${name} has ${losses[apart]}, ${reference.name} ${reference.losses[apart]}`;
    throw new Error(`${workload}: not the same work: after ${apart} steps, ${both}`);
  }
}

/** Runs until engines have compiled what is hot, and returns milliseconds a step; the slow ones are warm when they arrive. */
async function warmUp(worker, atMost) {
  if (atMost > 5000) return atMost;
  let each = await worker.ask("time 1");
  if (each > 1500) return each;
  const start = performance.now();
  const elapsed = () => performance.now() - start;
  for (let calls = 0; elapsed() < 500 || (calls < 200 && elapsed() < 3000);) {
    const count = Math.ceil(50 / each);
    each = await worker.ask(`time ${count}`);
    calls += count;
  }
  return each;
}

async function begin({ name, command }, folder) {
  const worker = new Worker(command(folder));
  const start = performance.now();
  const losses = await worker.ask("losses 3");
  const each = await warmUp(worker, (performance.now() - start) / losses.length);
  const calls = Math.max(1, Math.round(50 / each));
  const least = each > 2 * budget ? 1 : 3;
  const wanted = Math.max(least, Math.min(rounds, Math.floor(budget / (calls * each))));
  return { name, worker, losses, calls, wanted, samples: [] };
}

async function measure(workload, folder) {
  const runs = [];
  try {
    for (const contestant of present) {
      if (contestant.only?.test(workload) ?? true) runs.push(await begin(contestant, folder));
    }
    compareLosses(workload, runs);
    for (let round = 0; round < rounds; round++) {
      for (const run of runs) {
        // Slow ones take part in some rounds, spread over all.
        const due = Math.floor(((round + 1) * run.wanted) / rounds) > Math.floor((round * run.wanted) / rounds);
        run.samples.push(due ? await run.worker.ask(`time ${run.calls}`) : undefined);
      }
      await calibrate();
    }
  } finally {
    await Promise.all(runs.map(({ worker }) => worker.stop()));
  }
  return runs.map(({ name, losses, samples }) => ({ name, losses, samples }));
}

/** Milliseconds from the start of a process to the end of its first step. */
async function coldStarts(folder) {
  const runs = present.map(({ name, command }) => ({ name, command, samples: [] }));
  for (let round = 0; round < 11; round++) {
    for (const { command, samples } of runs) {
      const start = performance.now();
      const worker = new Worker(command(folder));
      await worker.ask("losses 1");
      samples.push(performance.now() - start);
      await worker.stop();
    }
    await calibrate();
  }
  return runs;
}

const folder = mkdtempSync(join(tmpdir(), "optimc-bench-"));
const results = [];
try {
  for (const name of names) {
    const place = join(folder, name);
    await prepare(name, place);
    results.push({ title: `${name}: ${workloads[name][0]}`, unit: "ms a step", runs: await measure(name, place) });
    console.log(report.table(results.at(-1)));
    if (name !== "W1") continue;
    results.push({ title: "W1: cold start, process to first step", unit: "ms", runs: await coldStarts(place) });
    console.log(report.table(results.at(-1)));
  }
} finally {
  await Promise.all(calibrators.map(({ worker }) => worker.stop()));
  rmSync(folder, { recursive: true });
}
console.log(report.noise(calibration));
if (values.write) {
  writeFileSync(new URL("results.md", import.meta.url), report.page(results, calibration, missing));
}
