import { describe, expect, it } from "vitest";
import { twoLayerNet } from "./nets.js";
import { runInProcess } from "./process.js";

describe("the heap", () => {
  it.each(["wasm", "js"])("does not grow over 10,000 steps: %s", (target) => {
    const grown = runInProcess(
      twoLayerNet(97, 11, 3, 8),
      `const instance = net.createSync({ seed: 1, target: "${target}" });
       const [x, y] = [new Float32Array(8 * 97).fill(0.1), new Float32Array(8 * 3).fill(1)];
       const settle = () => { for (let i = 0; i < 4; i++) globalThis.gc(); return process.memoryUsage(); };
       for (let step = 0; step < 3000; step++) instance.train({ x, y });
       const before = settle();
       for (let step = 0; step < 10000; step++) instance.train({ x, y });
       const after = settle();
       console.log(JSON.stringify([after.heapUsed - before.heapUsed, after.arrayBuffers - before.arrayBuffers]));`,
      { flags: ["--expose-gc"] },
    );
    const [heap, buffers] = JSON.parse(grown) as [number, number];
    // Ten bytes a step would be 100,000; what is left is the engine's own bookkeeping.
    expect(heap).toBeLessThan(50_000);
    expect(buffers).toBe(0);
  });
});
