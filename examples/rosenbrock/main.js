/**
 * The path of each optimizer over Rosenbrock's function, at the learning rate of a grid that is below f = 1e-4 first, for good.
 *
 *   npm run rosenbrock -- [--steps N] [--page FILE]
 */
import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { pageOf } from "./page.js";
import rosenbrock from "./build/rosenbrock.js";

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "10000" },
    page: { type: "string", default: fileURLToPath(new URL("build/rosenbrock.html", import.meta.url)) },
  },
});
const steps = Number(values.steps);
if (!(Number.isInteger(steps) && steps > 0)) {
  console.error(`--steps takes a whole number above 0, not '${values.steps}'.`);
  process.exit(2);
}
const goal = 1e-4;

/** The path of a function of the net: x, y and f before each step and after the last; `reached` is the first from which on f stays below the goal. */
async function walk(name) {
  const net = await rosenbrock.create();
  const { x, y } = net.parameters;
  const path = [];
  for (let step = 0; step <= steps; step++) {
    const at = { x: x[0], y: y[0] };
    path.push({ ...at, f: net[name]().loss });
    if (!Number.isFinite(path.at(-1).f)) break;
  }
  const reached = path.findLastIndex(({ f }) => !(f < goal)) + 1;
  return { path, reached: reached < path.length ? reached : Infinity };
}

/** What came first; of those that did not come, what is lowest at the end. */
const better = (a, b) => {
  if (a.reached !== b.reached) return a.reached < b.reached ? a : b;
  return !(a.path.at(-1).f <= b.path.at(-1).f) ? b : a;
};

const best = new Map();
for (const each of Object.keys((await rosenbrock.create()).state().functions)) {
  const [name, ...rate] = each.split("_");
  const walked = { name, rate: Number(rate.join("-")), ...(await walk(each)) };
  best.set(name, best.has(name) ? better(best.get(name), walked) : walked);
}
const contestants = [...best.values()];

const head = ["optimizer", "rate", `steps to f < ${goal}`, `f after ${steps}`, "the end"];
const rows = contestants.map(({ name, rate, path, reached }) => {
  const { x, y, f } = path.at(-1);
  return [
    name,
    String(rate),
    reached === Infinity ? "never" : String(reached),
    f.toExponential(1),
    `(${x.toFixed(4)}, ${y.toFixed(4)})`,
  ];
});
const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
for (const row of [head, ...rows])
  console.log(row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("   "));

writeFileSync(values.page, pageOf({ contestants, steps, goal, head, rows }));
console.log(`\nThe paths are drawn in ${relative(process.cwd(), values.page)}`);
