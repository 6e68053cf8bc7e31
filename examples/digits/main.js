/**
 * Learns to read handwritten digits: 8,000 to train on, 2,000 to test.
 *
 *   node examples/digits/main.js [--epochs N] [--seed N]
 */
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { shuffled } from "../random.js";
import digits from "./build/digits.js";

const { values } = parseArgs({
  options: { epochs: { type: "string", default: "15" }, seed: { type: "string", default: "1" } },
});
const [epochs, seed] = [Number(values.epochs), Number(values.seed)];
const [pixels, batch, trained] = [784, 32, 8000];

/** The digits of the package `mnist`, which come class by class, in an order that the seed gives. */
function load() {
  const require = createRequire(import.meta.url);
  const classes = Array.from({ length: 10 }, (_, digit) => require(`mnist/src/digits/${digit}.json`).data);
  const all = classes.flatMap((data, digit) =>
    Array.from({ length: Math.floor(data.length / pixels) }, (_, i) => ({ data, digit, from: i * pixels })),
  );
  const order = shuffled(all.length, seed);
  const images = new Float32Array(all.length * pixels);
  const labels = new Int32Array(all.length);
  order.forEach((source, place) => {
    const { data, digit, from } = all[source];
    for (let i = 0; i < pixels; i++) images[place * pixels + i] = data[from + i];
    labels[place] = digit;
  });
  return { images, labels };
}

const { images, labels } = load();
const test = { images: images.subarray(trained * pixels), labels: labels.subarray(trained) };
const net = await digits.create({ seed });
const feed = { images: new Float32Array(batch * pixels), labels: new Int32Array(batch) };

for (let epoch = 1; epoch <= epochs; epoch++) {
  const order = shuffled(trained, 1000 * seed + epoch);
  const start = performance.now();
  let sum = 0;
  for (let from = 0; from < trained; from += batch) {
    for (let row = 0; row < batch; row++) {
      const source = order[from + row];
      feed.images.set(images.subarray(source * pixels, (source + 1) * pixels), row * pixels);
      feed.labels[row] = labels[source];
    }
    sum += net.train(feed).loss;
    if (process.stdout.isTTY && from % 800 === 0) process.stdout.write(`\repoch ${epoch}: ${from} of ${trained}  `);
  }
  const { digit } = net.classify({ images: test.images });
  const right = digit.reduce((count, each, i) => count + Number(each === test.labels[i]), 0);
  const line = [
    `epoch ${String(epoch).padStart(2)}`,
    `loss ${(sum / (trained / batch)).toFixed(4)}`,
    `accuracy ${((100 * right) / test.labels.length).toFixed(2)} %`,
    `${((performance.now() - start) / 1000).toFixed(2)} s`,
  ].join("  ");
  console.log(`${process.stdout.isTTY ? "\r" : ""}${line}`);
}
