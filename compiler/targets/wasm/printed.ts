/** A kernel as this target prints it. */
import { visitStatements, type Kernel } from "../../ir/kernel.js";
import type { PrintedKernel } from "../program.js";
import { contractionScratch } from "./contraction.js";
import { compileKernel, type KernelCode } from "./kernel.js";
import { printFunction } from "./wat.js";

/** A kernel printed for this target: people read its text, and modules hold its code. */
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

export function printKernel(kernel: Kernel, capacityOf: (dimension: string) => number): WasmKernel {
  const kernelCode = compileKernel(kernel, capacityOf, { relaxed: false });
  const { code, buffers, dims, scalars } = kernelCode;
  // Parameters are named by their number, so that kernels that differ only in names are one function.
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
