/**
 * Kernels alone: elementary functions on a vector in the cache, and Adam on a million parameters. The module's exports
 * are called as they are, without the runtime around them. `node build.mjs && node kernels.mjs`
 */
import { readFileSync } from "node:fs";

const read = (name) => readFileSync(new URL(`build/${name}`, import.meta.url));
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

function load(name) {
  const manifest = JSON.parse(read(`${name}.manifest.json`));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(read(`${name}.wasm`)));
  const memory = exports["optimc.memory"].buffer;
  const fill = ({ offset, bytes }, value) => {
    const view = new Float32Array(memory, offset, bytes / 4);
    for (let i = 0; i < view.length; i++) view[i] = value(i);
  };
  return { manifest, exports, fill };
}

/** Milliseconds of each of the functions: medians of rounds that run them in turn. */
function time(functions, rounds, calls) {
  const samples = functions.map(() => []);
  for (let round = 0; round < rounds; round++) {
    functions.forEach((run, which) => {
      const start = performance.now();
      for (let call = 0; call < calls; call++) run();
      // The first rounds warm up.
      if (round >= rounds / 5) samples[which].push((performance.now() - start) / calls);
    });
  }
  return samples.map(median);
}

console.log(`Node ${process.version}, medians\n`);

const elementary = load("elementary");
const names = Object.keys(elementary.manifest.functions);
for (const name of names) {
  const { x } = elementary.manifest.functions[name].inputs;
  elementary.fill(x, (i) => 0.01 + (8 * i) / (x.bytes / 4));
}
const count = elementary.manifest.functions.exp.inputs.x.bytes / 4;
const times = time(
  names.map((name) => elementary.exports[name]),
  200,
  50,
);
names.forEach((name, i) => console.log(`${name.padEnd(8)} ${(count / times[i] / 1e6).toFixed(2)} G elements/s`));

const { manifest, exports, fill } = load("adam-alone");
for (const name of ["train", "loss"]) fill(manifest.functions[name].inputs.gradient, (i) => Math.sin(i));
fill(manifest.parameters.weight, (i) => Math.cos(i));
// As in the first step: 1 - beta1, beta2, 1 - beta2, the root of 1 - beta2, epsilon, the step size over 1 - beta1.
const scalars = [0.1, 0.999, 0.001, Math.sqrt(0.001), 1e-8, 1e-2];
const [train, loss] = time([() => exports.train(...scalars), () => exports.loss()], 200, 1);
const parameters = manifest.parameters.weight.bytes / 4;
console.log(`\nAdam on ${parameters} parameters: ${(train - loss).toFixed(3)} ms, of a step of ${train.toFixed(3)} ms`);
console.log(`${(parameters / (train - loss) / 1e6).toFixed(2)} G parameters/s`);
