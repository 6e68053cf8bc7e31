/**
 * Learns to read handwritten digits: 8,000 to train on, 2,000 to test.
 *
 *   node examples/digits/main.js [--epochs N] [--seed N]
 */
import { parseArgs } from "node:util";
import { pixels, readDigits } from "../images.js";
import { shuffled } from "../random.js";
import digits from "./build/digits.js";

const { values } = parseArgs({
  options: { epochs: { type: "string", default: "15" }, seed: { type: "string", default: "1" } },
});
const [epochs, seed] = [Number(values.epochs), Number(values.seed)];
const batch = 32;

const { train, test } = readDigits(seed);
const trained = train.labels.length;
const net = await digits.create({ seed });
const feed = { images: new Float32Array(batch * pixels), labels: new Int32Array(batch) };

for (let epoch = 1; epoch <= epochs; epoch++) {
  const order = shuffled(trained, 1000 * seed + epoch);
  const start = performance.now();
  let sum = 0;
  for (let from = 0; from < trained; from += batch) {
    for (let row = 0; row < batch; row++) {
      const source = order[from + row];
      feed.images.set(train.images.subarray(source * pixels, (source + 1) * pixels), row * pixels);
      feed.labels[row] = train.labels[source];
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
