/**
 * Whether training stays as fast when parts of a net stop: of a table of 20,000 rows with Adam only 32 occur after the first
 * 200 steps, and of the inputs of a dense net three quarters become 0. Milliseconds a step in the first 200 steps and
 * at the end. `npm run build` in the root, `node build.mjs && node dying.mjs [steps, by default 20000] [target]`
 */
const { default: dying } = await import("./build/dying.js");
const [steps, target] = [Number(process.argv[2] ?? 20_000), process.argv[3] ?? "wasm"];
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

const batch = 32;
let seed = 1;
const random = () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32;
const floats = (count, live) => Float32Array.from({ length: count }, (_, i) => (live(i) ? random() * 2 - 1 : 0));
const integers = (below) => Int32Array.from({ length: batch }, () => Math.floor(random() * below));

/** The inputs of a step, before and after a part has stopped. */
const inputs = {
  rows: (stopped) => ({ tokens: integers(stopped ? 32 : 20_000), classes: integers(10) }),
  units: (stopped) => ({ x: floats(batch * 512, (i) => !stopped || i % 4 === 0), y: floats(batch * 16, () => true) }),
};

for (const name of ["rows", "units"]) {
  const net = dying.createSync({ target, seed: 1 });
  const times = [];
  for (let step = 0; step < steps; step++) {
    const given = inputs[name](step >= 200);
    const start = performance.now();
    net[name](given);
    times.push(performance.now() - start);
  }
  const [first, last] = [times.slice(20, 200), times.slice(-Math.min(1000, steps >> 1))].map(median);
  const least = [times.slice(20, 200), times.slice(-Math.min(1000, steps >> 1))].map((each) => Math.min(...each));
  console.log(
    `${target} ${name}: ${first.toFixed(3)} ms at first, ${last.toFixed(3)} after ${steps} steps: ${(last / first).toFixed(2)}x; ` +
      `the fastest step ${least[0].toFixed(3)} and ${least[1].toFixed(3)}: ${(least[1] / least[0]).toFixed(2)}x`,
  );
}
