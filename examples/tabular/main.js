/**
 * Learns the species of flowers from a table with words and missing values. Checkpoints go to build/runs: a program that is
 * killed goes on where it was, and `--new` begins again.
 *
 *   node examples/tabular/main.js [--new]
 */
import { readFile, rm } from "node:fs/promises";
import { parseArgs } from "node:util";
import { folder } from "optimc/files";
import {
  batches,
  category,
  checkpoints,
  earlyStopping,
  fit,
  number,
  predict,
  progress,
  split,
  table,
} from "optimc/train";
import flowers from "./build/flowers.js";

const path = (name) => new URL(name, import.meta.url).pathname;
const { values } = parseArgs({ options: { new: { type: "boolean", default: false } } });
if (values.new) await rm(path("build/runs"), { recursive: true, force: true });

const text = await readFile(path("flowers.csv"), "utf8");
const lines = text
  .trim()
  .split("\n")
  .map((line) => line.split(","));
const species = ["setosa", "versicolor", "virginica"];
const { columns } = await table(lines, {
  length: number(),
  width: number({ missing: "mean" }),
  soil: category(["sand", "clay", "peat"]),
  species: category(species),
});
const [train, test] = split(columns, { part: 0.2, by: columns.species });

const net = await flowers.create({ seed: 1 });
const runs = checkpoints(folder(path("build/runs")), { best: "validation.loss" });
await fit(net, {
  data: batches(train, { size: 16, shuffle: true }),
  epochs: 60,
  measure: { validation: { run: "evaluate", data: test } },
  callbacks: [progress(), earlyStopping({ patience: 10 }), runs],
  resume: await runs.latest(net),
});

const trained = await flowers.create();
await runs.best(trained);
const some = { length: [5, 6.4], width: [1.5, 5.2], soil: [0, 2] };
const found = await predict(trained, { run: "predict", data: some });
found.species.forEach((each, row) => console.log(`${some.length[row]} x ${some.width[row]}: ${species[each]}`));
