/** Images of 28 x 28 pixels in ten classes, as rows of 784 numbers in [0, 1], to train on and to test with. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { shuffled } from "./random.js";

export const pixels = 784;

/** The first rows are to train on, the rest are for the test. */
export function split({ images, labels }, trained) {
  const part = (from, to) => ({
    images: images.subarray(from * pixels, to * pixels),
    labels: labels.subarray(from, to),
  });
  return { train: part(0, trained), test: part(trained, labels.length) };
}

/** The digits of the package `mnist`, which come class by class, in an order that the seed gives: 8,000 and 2,000. */
export function readDigits(seed) {
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
  return split({ images, labels }, 8000);
}

/** Whether `readIdx` finds its files in a folder. */
export const hasIdx = (folder) => names.every((name) => pathOf(folder, name) !== undefined);

const names = [
  "train-images-idx3-ubyte",
  "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte",
  "t10k-labels-idx1-ubyte",
];
const pathOf = (folder, name) =>
  [name, `${name}.gz`].map((file) => join(folder, file)).find((path) => existsSync(path));

/** MNIST's format, which Fashion-MNIST has too: four files of bytes behind a header, compressed or not. */
export function readIdx(folder) {
  const [trainImages, trainLabels, testImages, testLabels] = names.map((name) => {
    const path = pathOf(folder, name);
    const bytes = path.endsWith(".gz") ? gunzipSync(readFileSync(path)) : readFileSync(path);
    // Two zeros, the type (8: bytes), the number of dimensions, and each of them in four bytes, the highest first.
    const dimensions = bytes[3];
    if (bytes.readUInt16BE(0) !== 0 || bytes[2] !== 8) throw new Error(`${path} is no file of bytes in IDX format`);
    return bytes.subarray(4 + 4 * dimensions);
  });
  const part = (images, labels) => ({
    images: Float32Array.from(images, (byte) => byte / 255),
    labels: Int32Array.from(labels),
  });
  return { train: part(trainImages, trainLabels), test: part(testImages, testLabels) };
}
