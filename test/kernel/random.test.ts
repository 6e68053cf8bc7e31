/** Random kernels have one meaning on every target, bit for bit, and touch nothing but their buffers. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../runs.js";
import { randomKernel } from "./random.js";
import { runKernel } from "./run.js";

test("a random kernel does the same in JavaScript and in WebAssembly", () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const { kernel, ...given } = randomKernel(seed);
      expect(() => runKernel(kernel, given)).not.toThrow();
    }),
    runs(300, 1),
  );
});
