/**
 * Learns to read handwritten digits with a convolutional net: 8,000 to train on, 2,000 to test.
 *
 *   node examples/digits-cnn/main.js [--epochs N] [--seed N]
 */
import { parseArgs } from "node:util";
import { batches, fit, progress } from "optimc/train";
import { readDigits } from "../images.js";
import digits from "./build/digits-cnn.js";

const { values } = parseArgs({
  options: { epochs: { type: "string", default: "10" }, seed: { type: "string", default: "1" } },
});
const [epochs, seed] = [Number(values.epochs), Number(values.seed)];

const { train, test } = readDigits(seed);
const net = await digits.create({ seed });
await fit(net, {
  data: batches(train, { size: 64, shuffle: true, seed }),
  epochs,
  measure: { test: { run: "evaluate", data: test } },
  callbacks: [progress()],
});
