/**
 * A step of an embedding of 10,000 x 64 with a batch of 32: updating the rows that are listed against updating all of
 * them, in WebAssembly and in JavaScript. `node build.mjs && node rows.mjs`
 */
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const { default: rows } = await import("./build/rows.js");

for (const target of ["wasm", "js"]) {
  const net = rows.createSync({ target });
  const batches = Array.from({ length: 16 }, (_, batch) =>
    Int32Array.from({ length: 32 }, (_, i) => (7919 * (32 * batch + i)) % 10_000),
  );
  const names = ["listed", "all", "sparseAdam"];
  const samples = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < 120; round++) {
    for (const name of names) {
      const calls = name === "all" ? 16 : 160;
      const start = performance.now();
      for (let call = 0; call < calls; call++) net[name]({ at: batches[call % batches.length] });
      // The first rounds warm up.
      if (round >= 20) samples[name].push(((performance.now() - start) / calls) * 1000);
    }
  }
  const micros = Object.fromEntries(names.map((name) => [name, median(samples[name])]));
  const times = names.map((name) => `${name} ${micros[name].toFixed(1)} us`).join(", ");
  console.log(`${target}: ${times}; all / listed ${(micros.all / micros.listed).toFixed(0)}`);
}
