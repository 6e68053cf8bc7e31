/**
 * A step by `fit` of optimc/train, with and without `progress`, against a step by a loop over the same batches and a bare
 * step, of a tiny net and of one for digits. `node build.mjs && node fit.mjs`
 */
import { batches, fit, progress } from "optimc/train";
import digitsNet from "./build/digits-net.js";
import tinyNet from "./build/tiny-net.js";

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const column = (length) => Float32Array.from({ length }, (_, i) => Math.abs(Math.sin(i)));
const terminal = { isTTY: true, columns: 80, write() {} };

async function compare(name, net, data, size, epochs) {
  const cut = () => batches(data, { size, shuffle: true });
  const bound = cut().of(net.shapes.functions.train, net.dims);
  const [first] = bound.epoch(1);
  const steps = bound.length * epochs;
  const ways = {
    bare() {
      for (let step = 0; step < steps; step++) net.train(first);
    },
    loop() {
      for (let epoch = 1; epoch <= epochs; epoch++) for (const batch of bound.epoch(epoch)) net.train(batch);
    },
    fit: () => fit(net, { data: cut(), epochs }),
    shown: () => fit(net, { data: cut(), epochs, callbacks: [progress({ log() {}, terminal })] }),
  };
  const samples = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
  for (let round = 0; round < 12; round++) {
    for (const [way, act] of Object.entries(ways)) {
      const start = performance.now();
      await act();
      // The first rounds warm up.
      if (round >= 3) samples[way].push(((performance.now() - start) / steps) * 1000);
    }
  }
  const micros = Object.fromEntries(Object.entries(samples).map(([way, all]) => [way, median(all)]));
  const times = Object.entries(micros)
    .map(([way, each]) => `${way} ${each.toFixed(2)} us`)
    .join(", ");
  console.log(`${name}: ${times}; shown / bare ${(micros.shown / micros.bare).toFixed(3)}`);
}

await compare("tiny", await tinyNet.create(), { x: column(120_000), y: column(160_000) }, 4, 3);
const images = { x: column(8000 * 784), y: Int32Array.from({ length: 8000 }, (_, row) => row % 10) };
await compare("digits", await digitsNet.create(), images, 32, 2);
