/** Runs a kernel on every target: printed for JavaScript and evaluated here, and compiled to WebAssembly. */
import type { Kernel, Statement } from "../../compiler/ir/kernel.js";
import { visitStatements } from "../../compiler/ir/kernel.js";
import { runWasmKernel } from "./wasm.js";
import { js } from "../../compiler/targets/js/js.js";

export type Memory = Float32Array | Float64Array | Int32Array | Uint8Array;

export interface Given {
  /** By id. */
  readonly buffers?: Readonly<Record<string, Memory>>;
  readonly dims?: Readonly<Record<string, number>>;
  readonly scalars?: Readonly<Record<string, number>>;
  /** Capacities, where they differ from the sizes of the call. */
  readonly capacities?: Readonly<Record<string, number>>;
}

/** The kernel's function as text. */
export function printed(
  kernel: Kernel,
  labelOf: (id: string) => string = (id) => id,
  capacities: Given["capacities"] = {},
): string {
  const { parameters, body } = js.printKernel(kernel, labelOf, (dim) => capacities[dim] ?? 64);
  return `function kernel(${parameters.join(", ")}) {\n${body}\n}`;
}

/** Runs the kernel on the buffers, which change; throws if targets disagree in a bit. */
export function runKernel(kernel: Kernel, given: Given): void {
  const { buffers = {} } = given;
  const copies = Object.fromEntries(Object.entries(buffers).map(([id, memory]) => [id, memory.slice()]));
  runInJavaScript(kernel, given);
  runWasmKernel(kernel, { ...given, buffers: copies });
  for (const [id, memory] of Object.entries(buffers)) {
    const other = copies[id] as Memory;
    const wrong = memory.findIndex((value, at) => !Object.is(value, other[at]));
    if (wrong >= 0) {
      throw new Error(
        `${kernel.name}: ${id}[${wrong}] is ${memory[wrong]} in JavaScript, ${other[wrong]} in WebAssembly`,
      );
    }
  }
}

export function runInJavaScript(
  kernel: Kernel,
  { buffers = {}, dims = {}, scalars = {}, capacities = dims }: Given,
): void {
  const { passes, scratch } = js.printKernel(
    kernel,
    (id) => id,
    (dim) => capacities[dim] as number,
  );
  const text = `"use strict";\n${js.printHelpers([kernel], [], scratch).text}\n${printed(kernel, (id) => id, capacities)}\nreturn kernel;`;

  const run = (new Function(text) as () => (...args: unknown[]) => void)();
  const args = passes.map((pass) => {
    if (pass.kind === "buffer") return buffers[pass.id];
    return pass.kind === "dimension" ? dims[pass.name] : scalars[pass.name];
  });
  if (args.includes(undefined)) throw new Error(`not given: ${JSON.stringify(passes)}`);
  run(...args);
}

/** How many statements of each kind a kernel has. */
export function countStatements(kernel: Kernel): Partial<Record<Statement["kind"], number>> {
  const counts: Partial<Record<Statement["kind"], number>> = {};
  visitStatements(kernel.body, ({ kind }) => void (counts[kind] = (counts[kind] ?? 0) + 1));
  return counts;
}

/** Loops that stand in no other loop, or, with a depth, in that many. */
export function loopsAt(kernel: Kernel, depth: number): Statement[] {
  const found: Statement[] = [];
  visitStatements(kernel.body, (statement, at) => {
    if (at === depth && (statement.kind === "loop" || statement.kind === "while")) found.push(statement);
  });
  return found;
}
