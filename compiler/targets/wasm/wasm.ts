/** The WebAssembly target: SIMD kernels over one memory, every operation rounded to its element type. */
import { visitStatements, type Kernel } from "../../ir/kernel.js";
import { double } from "../../ir/rounding.js";
import type { PrintedKernel, Target } from "../target.js";
import { identifier, Names } from "../js/names.js";
import { contractionScratch } from "./contraction.js";
import { compileKernel, type KernelCode } from "./kernel.js";
import { printFunction } from "./wat.js";

/** A kernel printed for this target: its text is only read, its code is what a module holds. */
export interface WasmKernel extends PrintedKernel {
  readonly kernelCode: KernelCode;
}

export const isWasmKernel = (printed: PrintedKernel): printed is WasmKernel => "kernelCode" in printed;

const symbol = (base: number | string): string => `$base:${base}`;

function scratchOf(kernel: Kernel, capacityOf: (dimension: string) => number): PrintedKernel["scratch"] {
  const most = { sums: 0, panels: 0 };
  visitStatements(kernel.body, (statement) => {
    if (statement.kind !== "contract") return;
    const { sums, panels } = contractionScratch(statement, capacityOf);
    most.sums = Math.max(most.sums, sums / 8);
    most.panels = Math.max(most.panels, panels / 8);
  });
  return most;
}

function printKernel(kernel: Kernel, capacityOf: (dimension: string) => number): WasmKernel {
  const kernelCode = compileKernel(kernel, capacityOf, { relaxed: false });
  const { code, buffers, dims, scalars } = kernelCode;
  // Parameters by their number, so that kernels that differ in names are one function.
  const numbers = new Map(code.parameters.map((local, number) => [local, `parameter:${number}`]));
  const body = printFunction(code, symbol, (local) => numbers.get(local) ?? local.name).join("\n");
  const parameters = code.parameters.map((local) => local.type);
  return {
    parameters,
    body,
    key: `${parameters.join()}\n${body}`,
    passes: [
      ...buffers.map((id) => ({ kind: "buffer" as const, id })),
      ...dims.map((name) => ({ kind: "dimension" as const, name })),
      ...scalars.map((name, position) => ({
        kind: "scalar" as const,
        name,
        type: code.parameters[dims.length + position]?.type as "i32" | "f32" | "f64",
      })),
    ],
    scratch: scratchOf(kernel, capacityOf),
    kernelCode,
  };
}

export const wasm: Target = {
  name: "wasm",
  accumulator: () => "f64",
  update: (element) => element,
  chains: true,
  elementary: (element) => element,
  rounding: {
    // Contractions and updates round every operation; elementary functions are within 4 ulp, 8 halves of one.
    float32: { ...double, element: 2 ** -24, contraction: 2 ** -24, update: 2 ** -24, elementary: 8 },
    float64: double,
  },
  printKernel: (kernel, _labelOf, capacityOf) => printKernel(kernel, capacityOf),
  kernelNames() {
    const names = new Names();
    return (wanted) => names.take(identifier(wanted));
  },
};
