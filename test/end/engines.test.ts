/** One seed gives one run. That all engines give the same is in environments/identity.test.ts. */
import { describe, expect, it } from "vitest";
import { classifier, twoLayerNet } from "./nets.js";
import { runInProcess } from "./process.js";

const training = (target: string, inputs: string): string => `
  import { createHash } from "node:crypto";
  const instance = net.createSync({ seed: 7, target: "${target}" });
  const noise = (length) => Float32Array.from({ length }, (_, i) => ((i * 7919) % 1009) / 504.5 - 1);
  const inputs = ${inputs};
  for (let step = 0; step < 200; step++) instance.train(inputs);
  const hash = createHash("sha256");
  for (const value of Object.values(instance.parameters)) hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  hash.update(String(instance.train(inputs).loss));
  console.log(hash.digest("hex"));`;

const nets = [
  ["two-layer net", twoLayerNet(97, 31, 3, 16), "{ x: noise(16 * 97), y: noise(16 * 3) }"],
  [
    "classifier, float32",
    classifier("float32"),
    "{ x: noise(17 * 19), labels: Int32Array.from({ length: 17 }, (_, i) => i % 5) }",
  ],
  [
    "classifier, float64",
    classifier("float64"),
    "{ x: Float64Array.from(noise(17 * 19)), labels: Int32Array.from({ length: 17 }, (_, i) => i % 5) }",
  ],
] as const;

describe.each(["wasm", "js"])("the same seed, %s", (target) => {
  it.each(nets)("gives the same bits twice: %s", (_, model, inputs) => {
    expect(runInProcess(model, training(target, inputs))).toBe(runInProcess(model, training(target, inputs)));
  });
});
