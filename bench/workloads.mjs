/**
 * What is measured. A workload is described by data, from which every implementation builds its own program; `prepare`
 * writes the description, the inputs and the parameters that all of them start from into a folder.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { normals } from "../examples/random.js";

const adam = (lr) => ({ name: "adam", lr, betas: [0.9, 0.999], eps: 1e-8 });
const rmsprop = (lr) => ({ name: "rmsprop", lr, alpha: 0.99, eps: 1e-8 });
const sgd = (lr, momentum) => ({ name: "sgd", lr, momentum });

const net = (layers, batch, loss, optimizer) => ({ kind: "net", layers, batch, loss, optimizer });
const twoLayers = (layers, batch) => net(layers, batch, "sum of squares", adam(1e-4));
const digits = (layers, batch) => net(layers, batch, "cross-entropy", adam(1e-3));
const big = (layers, batch) => net(layers, batch, "mean of squares", sgd(1e-3, 0.9));
const polynomial = (batch) => ({ kind: "polynomial", batch, loss: "sum of squares", optimizer: rmsprop(1e-3) });
const inference = (layers) => ({ kind: "net", layers, batch: 1 });

/** By name: a title, optimc's module, and the description. */
export const workloads = {
  W1: ["1000-100-10, batch 64, Adam", "two-layer-net", twoLayers([1000, 100, 10], 64)],
  "W1 odd": ["997-101-11, batch 63, Adam", "odd-net", twoLayers([997, 101, 11], 63)],
  W2: ["cubic polynomial, 2,000 points, RMSprop", "sine-polynomial", polynomial(2000)],
  "W2 odd": ["cubic polynomial, 1,999 points, RMSprop", "sine-polynomial", polynomial(1999)],
  W3: ["784-256-128-10, batch 128, cross-entropy, Adam", "digits-net", digits([784, 256, 128, 10], 128)],
  "W3 odd": ["783-255-127-11, batch 127, cross-entropy, Adam", "odd-digits-net", digits([783, 255, 127, 11], 127)],
  W6: ["1024-4096-4096-1024, batch 256, momentum", "big-net", big([1024, 4096, 4096, 1024], 256)],
  "W6 odd": ["1021-4093-4099-1021, batch 255, momentum", "odd-big-net", big([1021, 4093, 4099, 1021], 255)],
  W8: ["784-256-128-10, batch 1, inference", "digits-net", inference([784, 256, 128, 10])],
  "W8 odd": ["783-255-127-11, batch 1, inference", "odd-digits-net", inference([783, 255, 127, 11])],
};

/** The inputs: typed arrays by name. */
function inputs({ kind, layers, batch, loss }) {
  if (kind === "polynomial") {
    const x = Float32Array.from({ length: batch }, (_, i) => -Math.PI + (2 * Math.PI * i) / (batch - 1));
    return { x, y: x.map(Math.sin) };
  }
  const [into, out] = [layers[0], layers.at(-1)];
  const x = normals(batch * into, 1);
  if (loss === undefined) return { x };
  if (loss === "cross-entropy") return { x, y: Int32Array.from({ length: batch }, (_, i) => (7 * i) % out) };
  return { x, y: normals(batch * out, 2) };
}

/** The parameters are those of optimc's net: weights are [out, in], each followed by its bias. */
export async function prepare(name, folder) {
  const [, module, description] = workloads[name];
  const { default: compiled } = await import(`./build/${module}.js`);
  const { parameters } = await compiled.create({ seed: 1 });
  const data = inputs(description);
  mkdirSync(folder, { recursive: true });
  const save = (key, array) => writeFileSync(join(folder, key), array);
  for (const [key, array] of Object.entries(data)) save(key, array);
  for (const [key, array] of Object.entries(parameters)) save(key, array);
  const names = { inputs: Object.keys(data), parameters: Object.keys(parameters) };
  save("workload.json", JSON.stringify({ ...description, module, ...names }));
}
