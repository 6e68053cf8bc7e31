/**
 * Optimizers race: one net, the same starts and batches for all, several seeds each. Prints a table and writes a page.
 *
 *   npm run race -- [--seeds N] [--epochs N] [--data digits | FOLDER] [--only NAME] [--page FILE]
 *
 * --data and --only may be repeated. A folder holds Fashion-MNIST or MNIST as four IDX files, compressed or not. Without
 * --data it races on the digits, and on Fashion-MNIST where Debian's package dataset-fashion-mnist is installed.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { basename, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { hasIdx } from "../images.js";
import { pageOf } from "./page.js";
import { runAll } from "./pool.js";
import { marksOf, read, stepsOf, time } from "./run.js";
import { summary, switches, tableOf } from "./summary.js";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "5" },
    epochs: { type: "string" },
    data: { type: "string", multiple: true },
    only: { type: "string", multiple: true },
    page: { type: "string", default: here("build/race.html") },
  },
});

const manifest = JSON.parse(readFileSync(here("build/race.manifest.json"), "utf8"));
const all = Object.keys(manifest.functions).filter((name) => manifest.functions[name].kind === "minimize");
const names = values.only ?? all;
for (const name of names.filter((each) => !all.includes(each)))
  stop(`There is no contestant '${name}': choose ${all.join(", ")}.`);

function stop(message) {
  console.error(message);
  process.exit(2);
}

const positive = (name, given) =>
  Number(given) > 0 ? Number(given) : stop(`--${name} takes a number above 0, not '${given}'.`);
const seeds = Array.from({ length: Math.ceil(positive("seeds", values.seeds)) }, (_, i) => i + 1);

const fashion = "/usr/share/datasets/fashion-mnist";
if (!values.data && !hasIdx(fashion)) {
  console.log(
    `There is no Fashion-MNIST in ${fashion} (apt-get install dataset-fashion-mnist): the race is on the digits alone.`,
  );
}
const nameOf = (folder) => (folder === fashion ? "Fashion-MNIST" : basename(folder));
const sources = values.data ?? ["digits", ...(hasIdx(fashion) ? [fashion] : [])];
for (const source of sources) {
  if (source !== "digits" && !hasIdx(source))
    stop(`There are no IDX files in ${source}, such as train-images-idx3-ubyte.gz.`);
}

const terminal = process.stdout.isTTY;
const start = performance.now();
const seconds = () => `${((performance.now() - start) / 1000).toFixed(0)} s`;

const races = [];
for (const source of sources) {
  const data = read(source);
  const [title, epochs, goal] = source === "digits" ? ["Handwritten digits", 8, 0.9] : [nameOf(source), 2, 0.85];
  const steps = stepsOf(data, values.epochs === undefined ? epochs : positive("epochs", values.epochs));
  const jobs = names.flatMap((name) => seeds.map((seed) => ({ source, name, seed, steps })));
  let done = 0;
  const results = await runAll(jobs, ({ name, seed }, { testAccuracy }) => {
    const line = `${title}: ${++done} of ${jobs.length} runs, ${seconds()}: ${name}, seed ${seed}: ${(100 * testAccuracy).toFixed(2)} %`;
    if (terminal) process.stdout.write(`\r${line}\x1b[K`);
    else console.log(line);
  });
  if (terminal) process.stdout.write("\r\x1b[K");

  const contestants = [];
  for (const [i, name] of names.entries()) {
    const runs = results.slice(i * seeds.length, (i + 1) * seeds.length);
    // Timed when nothing else runs.
    const step = await time(data, name);
    contestants.push({ name, runs, step, bytes: manifest.functions[name].memory.optimizerState });
  }
  const raced = { title, data, goal, seeds, steps, marks: marksOf(steps), contestants };
  races.push(raced);
  console.log(`\n${summary(raced)}\n\n${tableOf(raced).text}\n${switches(raced)}`);
}
writeFileSync(values.page, pageOf(races));
console.log(`${seconds()}; the curves are in ${relative(process.cwd(), values.page)}`);
