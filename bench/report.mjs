/** The results as Markdown. */
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { versions } from "./contestants.mjs";
import { pinned } from "./worker.mjs";

/** A quantile of numbers, between neighbours by interpolation. */
function quantile(numbers, part) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const place = part * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low + (high - low) * (place % 1);
}

const digits = (value) => (value >= 1000 ? value.toFixed(0) : value.toPrecision(3));

const row = (cells) => `| ${cells.join(" | ")} |`;

/** A ratio is the median of the ratios of single rounds: what drifts between rounds is not in it. Slow contestants share too few. */
function table({ title, unit, runs }) {
  const [reference] = runs;
  const lines = runs.map(({ name, samples }) => {
    const taken = samples.filter((sample) => sample !== undefined);
    const ratios = samples.flatMap((sample, i) =>
      sample === undefined || reference.samples[i] === undefined ? [] : [sample / reference.samples[i]],
    );
    const [low, median, high] = [0.25, 0.5, 0.75].map((part) => digits(quantile(taken, part)));
    const known = reference.samples.filter((sample) => sample !== undefined);
    const ratio = ratios.length >= 5 ? quantile(ratios, 0.5) : quantile(taken, 0.5) / quantile(known, 0.5);
    return row([name, median, `${low} to ${high}`, ratio.toFixed(2), taken.length]);
  });
  const header = [row(["", unit, "quartiles", `to ${reference.name}`, "samples"]), "|---|--:|--:|--:|--:|"];
  return [`### ${title}`, "", ...header, ...lines, ""].join("\n") + agreement(runs);
}

function agreement(runs) {
  if (runs[0].losses === undefined) return "";
  const first = runs.map(({ losses }) => losses[0]);
  const apart = (Math.max(...first) / Math.min(...first) - 1).toExponential(1);
  return `\nAll begin with ${first[0].toPrecision(6)} and differ by at most ${apart} of it.\n`;
}

function noise(calibration) {
  const lines = Object.entries(calibration).flatMap(([name, kinds]) =>
    Object.entries(kinds)
      .filter(([, speeds]) => speeds.length > 0)
      .map(([kind, speeds]) =>
        row([`${name}, ${kind}`, ...[0, 0.5, 1].map((part) => quantile(speeds, part).toFixed(1))]),
      ),
  );
  const header = [row(["calibration, GFLOP/s", "min", "median", "max"]), "|---|--:|--:|--:|"];
  return [...header, ...lines, ""].join("\n");
}

function page(results, calibration, missing) {
  const { dependencies } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
  const software = [
    `Node ${versions.node}`,
    versions.newNode && `Node ${versions.newNode}`,
    `jax-js ${dependencies["@jax-js/jax"]}`,
    `TensorFlow.js ${dependencies["@tensorflow/tfjs"]}`,
    versions.torch && `PyTorch ${versions.torch}`,
  ].filter(Boolean);
  return [
    "# Results",
    "",
    `Written by \`npm run bench -- --write\` on ${new Date().toISOString().slice(0, 10)}; [how](README.md) this is measured.`,
    "",
    `- Machine: ${cpus()[0].model}, ${cpus().length} cores; ${pinned ? "all ran on one of them" : "not pinned to one of them"}.`,
    `- Versions: ${software.join(", ")}.`,
    ...missing.map((sentence) => `- Not measured: ${sentence}.`),
    "",
    "## Noise",
    "",
    "What a loop of multiplications and additions in registers reached between the samples:",
    "",
    noise(calibration),
    "## Workloads",
    "",
    ...results.map(table),
  ].join("\n");
}

export const report = { table, noise, page };
