/**
 * Updates: in the kernel of the gradient against a loop of their own, in one process and in turn; and each optimizer's
 * update alone, on a million parameters. `npm run build` in the root, then `node updates.mjs`.
 */
import * as optimc from "../dist/src/index.js";
import { manifestOf } from "../dist/compiler/emit/manifest.js";
import { build } from "../dist/compiler/check/instance.js";
import { wasm } from "../dist/compiler/targets/wasm/wasm.js";

const { adam, crossEntropy, input, linear, minimize, model, param, uniform } = optimc;
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const noise = (count) => Float32Array.from({ length: count }, (_, i) => Math.sin(12.9898 * i));

/** Milliseconds of each of the functions, in rounds that run them in turn: medians, and the median of ratios to the first. */
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
  const ratio = (which) => median(samples[which].map((each, i) => each / samples[0][i]));
  return { ms: samples.map(median), ratio };
}

function net(widths, batch, classes) {
  const x = input("x", ["batch", widths[0]]);
  const layers = widths.slice(1).map((width, i) => linear(`layer${i}`, widths[i], width));
  const scores = layers.reduce((h, layer, i) => (i < layers.length - 1 ? layer(h).relu() : layer(h)), x);
  const y = classes ? input("y", ["batch"], "int32") : input("y", ["batch", widths.at(-1)]);
  const loss = classes ? crossEntropy(scores, y) : scores.sub(y).square().sum();
  return model("net", { dims: { batch }, functions: { train: minimize(loss, adam({ lr: 1e-4 })) } });
}

console.log(`Node ${process.version}, WebAssembly, medians\n`);
console.log("Adam in the kernel of the gradient, to a loop of its own:");
for (const [name, widths, batch, classes] of [
  ["W1", [1000, 100, 10], 64, false],
  ["W1 odd", [997, 101, 11], 63, false],
  ["W3", [784, 256, 128, 10], 128, true],
  ["W3 odd", [783, 257, 127, 11], 127, true],
]) {
  const made = net(widths, batch, classes);
  const lives = ["withoutUpdates", "all"].map((fusion) => build(made, { fusion, target: wasm }));
  const inputs = {
    x: noise(batch * widths[0]),
    y: classes ? new Int32Array(batch).map((_, i) => i % 10) : noise(batch * widths.at(-1)),
  };
  const { ms, ratio } = time(
    lives.map((live) => () => live.call("train", inputs)),
    60,
    10,
  );
  const costs = lives.map(({ program }) => manifestOf([program]).functions.train.cost);
  const bytes = costs.map(({ bytesRead, bytesWritten }) => bytesRead + bytesWritten);
  const saved = (100 * (1 - bytes[1] / bytes[0])).toFixed(1);
  const [apart, fused] = ms.map((each) => each.toFixed(3));
  const moved = bytes.map((each) => (each / 1e6).toFixed(2));
  console.log(
    `${name.padEnd(7)} ${fused} ms to ${apart}: ${ratio(1).toFixed(3)}x; ${moved[1]} MB moved to ${moved[0]}: ${saved} % fewer`,
  );
}

const count = 1_000_000;
const optimizers = {
  ...Object.fromEntries(
    [
      "sgd",
      "adam",
      "adamw",
      "nadam",
      "radam",
      "adamax",
      "adagrad",
      "adadelta",
      "rmsprop",
      "rprop",
      "asgd",
      "adabound",
    ].map((name) => [name, optimc[name]()]),
  ),
  "sgd, momentum": optimc.sgd({ momentum: 0.9 }),
  "sgd, nesterov, decay": optimc.sgd({ momentum: 0.9, nesterov: true, weightDecay: 1e-4 }),
  "adam, amsgrad": adam({ amsgrad: true }),
  "rmsprop, centered": optimc.rmsprop({ centered: true, momentum: 0.9 }),
  ...Object.fromEntries(["lion", "adan", "scheduleFreeSGD", "scheduleFreeAdamW"].map((name) => [name, optimc[name]()])),
};
console.log(`\nUpdates alone, ${count} parameters:`);
for (const [name, optimizer] of Object.entries(optimizers)) {
  const weight = param("weight", [count], uniform(-1, 1));
  const loss = weight.mul(input("gradient", [count])).sum();
  const functions = { train: minimize(loss, optimizer), loss: { loss } };
  const live = build(model("alone", { functions }), { target: wasm });
  const { updates, kernels } = manifestOf([live.program]).functions.train;
  const { bytesRead, bytesWritten } = kernels[updates[0].kernel];
  const inputs = { gradient: noise(count) };
  const { ms } = time([() => live.call("train", inputs), () => live.call("loss", inputs)], 60, 1);
  const own = ms[0] - ms[1];
  const bytes = (bytesRead + bytesWritten) / count;
  console.log(
    `${name.padEnd(21)} ${own.toFixed(3)} ms, ${bytes} bytes a parameter: ${((bytes * count) / own / 1e6).toFixed(1)} GB/s, ${(count / own / 1e6).toFixed(2)} G parameters/s`,
  );
}
