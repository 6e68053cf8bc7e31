/**
 * Fits a two-layer net to 64 random examples in 500 steps.
 *
 *   node examples/two-layer-net/main.js [sgd | adam | adamw | rmsprop | adagrad] [--seed N]
 */
import { parseArgs } from "node:util";
import { normals } from "../random.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: "string", default: "1" } },
});
const seed = Number(values.seed);
const [optimizer] = positionals;

async function load() {
  if (optimizer === undefined) return (await import("./build/two-layer-net.js")).default;
  return (await import("./build/optimizers.js")).default;
}

const net = await (await load()).create({ seed });
const step = net[optimizer ?? "train"];
if (step === undefined || ["state", "load"].includes(optimizer)) {
  console.error(`There is no optimizer '${optimizer}': choose sgd, adam, adamw, rmsprop or adagrad.`);
  process.exit(2);
}

const batch = { x: normals(64 * 1000, 2 * seed), y: normals(64 * 10, 2 * seed + 1) };
const start = performance.now();
for (let n = 0; n < 500; n++) {
  const { loss } = step(batch);
  if (n % 100 === 99 || n === 0) console.log(`step ${String(n).padStart(3)}: loss ${loss.toPrecision(6)}`);
}
console.log(`${((performance.now() - start) / 500).toFixed(2)} ms a step`);
