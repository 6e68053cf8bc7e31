/**
 * How near the WebAssembly target's contractions come to what a core can do: each shape and form against a loop that
 * multiplies and adds in registers only, run beside it in the same process.
 *
 *   node bench/contraction.mjs [strict|relaxed] [NN|NT|TN|all] [MxKxN ...] [--f64] [--bytes]
 *
 * Run it by the Node of your choice: relaxed code needs version 22 (or a flag), and is meant for 24 and later.
 */
import { mkdirSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const words = process.argv.slice(2);
const relaxed = words.includes("relaxed");
const type = words.includes("--f64") ? "f64" : "f32";
const forms = ["NN", "NT", "TN"].filter((form) => words.includes(form));
const standard = ["64x1000x100", "128x784x256", "256x256x256", "512x512x512", "1024x1024x1024", "256x4096x4096"];
const asked = words.filter((word) => /^\d+x\d+x\d+$/.test(word));

const path = (relative) => new URL(relative, import.meta.url).pathname;
const bundle = path("build/contraction.bundle.mjs");
mkdirSync(path("build"), { recursive: true });
await build({
  stdin: {
    contents: `
      export { compileKernel } from "./kernel.ts";
      export { contractionScratch } from "./contraction.ts";
      export { encodeModule } from "./encode.ts";
      export * as code from "./code.ts";
      export * as sizes from "../../ir/size.ts";
      export { variable } from "../../ir/scalar.ts";
    `,
    resolveDir: path("../compiler/targets/wasm"),
    loader: "ts",
  },
  bundle: true,
  format: "esm",
  platform: "node",
  outfile: bundle,
  logLevel: "error",
});
const { compileKernel, contractionScratch, encodeModule, code, sizes, variable } = await import(bundle);
const { get, i32, load, loop, plain, set, store, sub } = code;

const bytes = type === "f32" ? 4 : 8;
const lanes = type === "f32" ? "f32x4" : "f64x2";

/** An instance of a module with one function. `offsets` places its bases. */
function instantiate(made, offsets, size) {
  const binary = encodeModule({
    exports: [["run", made]],
    memory: { name: "memory", bytes: size },
    data: [],
    baseOf: (_, base) => (base === "zero" ? 0 : offsets[base]),
  });
  const { run, memory } = new WebAssembly.Instance(new WebAssembly.Module(binary)).exports;
  return { run, memory, binary };
}

/** Chains of sum = sum * x + y in registers: `count` of them side by side. */
function registerLoop(count, unrolled) {
  const left = { type: "i32", name: "left" };
  const [x, y, ...sums] = Array.from({ length: count + 2 }, (_, at) => ({ type: "v128", name: `v${at}` }));
  const step = (sum) =>
    relaxed
      ? plain(`${lanes}.relaxed_madd`, get(sum), get(x), get(y))
      : plain(`${lanes}.add`, plain(`${lanes}.mul`, get(sum), get(x)), get(y));
  const place = (offset) => ({ base: "zero", offset, address: i32(0) });
  const turn = Array.from({ length: unrolled }, () => sums.map((sum) => set(sum, step(sum)))).flat();
  const body = [
    ...[x, y, ...sums].map((local, at) => set(local, load("v128.load", place(at === 0 ? 0 : 16)))),
    loop([...turn, set(left, sub(get(left), i32(1)))], get(left)),
    ...sums.map((sum, at) => store("v128.store", place(64 + 16 * at), get(sum))),
  ];
  const made = { name: "calibrate", parameters: [left], body, results: [] };
  const { run, memory } = instantiate(made, {}, 65536);
  const values = type === "f32" ? new Float32Array(memory.buffer) : new Float64Array(memory.buffer);
  values.fill(0.999, 0, 16 / bytes).fill(0.001, 16 / bytes, 32 / bytes);
  const turns = 4000;
  return { run: () => run(turns), operations: (2 * count * unrolled * turns * 16) / bytes };
}

/** Seconds of this process, whatever else the machine does; background threads have nothing to do by then. */
function secondsOf(run, times) {
  const [wall, cpu] = [performance.now(), process.cpuUsage()];
  for (let time = 0; time < times; time++) run();
  const { user, system } = process.cpuUsage(cpu);
  return Math.min((performance.now() - wall) / 1e3, (user + system) / 1e6) / times;
}

const loops = [8, 10, 12].flatMap((count) => [1, 2, 4].map((unrolled) => registerLoop(count, unrolled)));
const calibrate = () =>
  Math.max(...loops.map(({ run, operations }) => operations / secondsOf(run, Math.ceil(2e7 / operations)))) / 1e9;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function contraction(m, k, n, form) {
  const { size, mul, add, indexSize } = sizes;
  const index = (id, extent) => ({ id, extent: size(extent) });
  const [row, column, depth] = [index("i", m), index("j", n), index("k", k)];
  const at = (...parts) => add(...parts.map(([by, along]) => mul(size(by), indexSize(along))));
  const place = at([n, row], [1, column]);
  return {
    kind: "contract",
    type,
    rows: [row],
    columns: [column],
    depths: [depth],
    a: { buffer: "a", index: form === "TN" ? at([1, row], [m, depth]) : at([k, row], [1, depth]) },
    b: { buffer: "b", index: form === "NT" ? at([1, depth], [k, column]) : at([n, depth], [1, column]) },
    value: "product",
    epilogue: [{ kind: "store", buffer: "c", type, index: place, value: variable("product", type), accumulate: false }],
    tiling: { cover: "exact", epilogue: "last", wholeColumns: 0 },
  };
}

function prepare(m, k, n, form) {
  const statement = contraction(m, k, n, form);
  const made = compileKernel({ name: "contract", doc: [], body: [statement] }, () => 0, { relaxed });
  const scratch = contractionScratch(statement, () => 0);
  let end = 64;
  const place = (length) => {
    const offset = end;
    end = Math.ceil((end + length) / 64) * 64;
    return offset;
  };
  const lengths = { a: m * k, b: k * n, c: m * n };
  const offsets = Object.fromEntries([
    ...made.buffers.map((name, number) => [number, place(lengths[name] * bytes)]),
    ...Object.entries(scratch).map(([name, length]) => [name, place(length)]),
  ]);
  const { run, memory, binary } = instantiate(made.code, offsets, end + 64);
  const values = type === "f32" ? new Float32Array(memory.buffer) : new Float64Array(memory.buffer);
  for (let at = 0; at < values.length; at++) values[at] = ((at * 7919) % 1000) / 1000 - 0.5;
  return { run, binary, operations: 2 * m * k * n };
}

async function measure(shape, form) {
  const [m, k, n] = shape.split("x").map(Number);
  const { run, binary, operations } = prepare(m, k, n, form);
  const times = Math.max(1, Math.round(4e7 / operations));
  // Until the optimizing compiler is done: it works beside us.
  const begun = performance.now();
  for (let turn = 0; turn < 6 || performance.now() - begun < 150; turn++) {
    secondsOf(run, times);
    await pause(4);
  }
  let [best, peak] = [0, 0];
  for (let turn = 0; turn < (operations > 5e8 ? 4 : 12); turn++) {
    if (turn % 4 === 0) peak = Math.max(peak, calibrate());
    best = Math.max(best, operations / secondsOf(run, times) / 1e9);
  }
  return { speed: best, peak, binary };
}

for (let turn = 0; turn < 10; turn++) calibrate();
await pause(50);
for (let turn = 0; turn < 10; turn++) calibrate();

const shown = asked.length > 0 ? asked : standard;
const ratios = [];
console.log(
  `${process.version}, ${relaxed ? "relaxed" : "strict"}, ${type}: GFLOP/s and percent of ${calibrate().toFixed(1)}`,
);
for (const shape of shown) {
  const cells = [];
  for (const form of forms.length > 0 ? forms : ["NN", "NT", "TN"]) {
    const { speed, peak, binary } = await measure(shape, form);
    ratios.push(speed / peak);
    const size = words.includes("--bytes") ? ` (${binary.length} bytes, ${gzipSync(binary).length} gzip)` : "";
    cells.push(`${form} ${speed.toFixed(1).padStart(5)} ${((100 * speed) / peak).toFixed(0).padStart(4)} %${size}`);
  }
  console.log(`${shape.padEnd(16)} ${cells.join("   ")}`);
}
ratios.sort((a, b) => a - b);
const percent = (ratio) => `${(100 * ratio).toFixed(0)} %`;
console.log(`median ${percent(ratios[ratios.length >> 1])}, least ${percent(ratios[0])}`);
