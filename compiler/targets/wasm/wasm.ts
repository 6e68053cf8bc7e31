/** The WebAssembly target: SIMD kernels over one memory, every operation rounded to its element type. */
import { double } from "../../ir/rounding.js";
import { identifier, Names } from "../js/names.js";
import type { Target } from "../target.js";
import { facts } from "./facts.js";
import { printProgram, printWat } from "./module.js";
import { printKernel } from "./printed.js";

export const wasm: Target = {
  ...facts,
  accumulator: () => "f64",
  update: (element) => element,
  chains: true,
  elementary: (element) => element,
  rounding: {
    // Contractions and updates round every operation; elementary functions are within 4 ulp, 8 halves of one.
    float32: { ...double, element: 2 ** -24, contraction: 2 ** -24, update: 2 ** -24, elementary: 8 },
    float64: double,
  },
  sharesScratch: false,
  loader: { imports: [{ name: "program" }], lines: [] },
  stages: { wat: printWat },
  printKernel: (kernel, _labelOf, capacityOf) => printKernel(kernel, capacityOf),
  kernelNames() {
    const names = new Names();
    return (wanted) => names.take(identifier(wanted));
  },
  print: printProgram,
};
