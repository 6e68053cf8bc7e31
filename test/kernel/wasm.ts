/** Runs a kernel that was compiled to WebAssembly: buffers are copied into a memory with guards around each. */
import type { Kernel } from "../../compiler/ir/kernel.js";
import { call, get, type FunctionCode } from "../../compiler/targets/wasm/code.js";
import { encodeModule } from "../../compiler/targets/wasm/encode.js";
import { compileKernel } from "../../compiler/targets/wasm/kernel.js";
import { wasm } from "../../compiler/targets/wasm/wasm.js";
import { engine, type Engine } from "../../runtime/webassembly.js";
import type { Given, Memory } from "./run.js";

/** Every float that it makes is NaN: none is swallowed by a sum. */
const guard = 0xff;
const between = 64;

export interface WasmRun {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Runs it again on what is in memory. */
  readonly again: () => void;
}

/** Runs the kernel on the buffers, which change; throws if anything but them and scratch memory was written. */
export function runWasmKernel(
  kernel: Kernel,
  { buffers = {}, dims = {}, scalars = {}, capacities = dims }: Given,
  options: { readonly relaxed: boolean } = { relaxed: false },
): WasmRun {
  const capacityOf = (dim: string): number => capacities[dim] as number;
  const made = compileKernel(kernel, capacityOf, options);
  const { scratch } = wasm.printKernel(kernel, (id) => id, capacityOf);
  let at = between;
  const place = (bytes: number): number => {
    const offset = at;
    at = Math.ceil((at + bytes) / 16) * 16 + between;
    return offset;
  };
  const offsets = made.buffers.map((id) => place((buffers[id] as Memory).byteLength));
  const pieces = new Map(Object.entries(scratch).map(([name, doubles]) => [name, place(8 * doubles)]));
  const entry: FunctionCode = {
    name: "entry",
    parameters: made.code.parameters,
    body: [call(made.code, ...made.code.parameters.map(get))],
    results: [],
  };
  const bytes = encodeModule({
    exports: [["run", entry]],
    memory: { name: "memory", bytes: at + between },
    data: [],
    baseOf: (_, base) =>
      base === "zero" ? 0 : ((typeof base === "string" ? pieces.get(base) : offsets[base]) as number),
  });
  const { Instance, Module } = engine() as Engine;
  const { run, memory } = new Instance(new Module(bytes)).exports as unknown as {
    run: (...numbers: number[]) => void;
    memory: { buffer: ArrayBuffer };
  };
  const all = new Uint8Array(memory.buffer);
  all.fill(guard);
  const views = made.buffers.map((id, position) => {
    const { byteLength } = buffers[id] as Memory;
    return all.subarray(offsets[position] as number, (offsets[position] as number) + byteLength);
  });
  const bytesOf = (memory: Memory): Uint8Array => new Uint8Array(memory.buffer, memory.byteOffset, memory.byteLength);
  made.buffers.forEach((id, position) => (views[position] as Uint8Array).set(bytesOf(buffers[id] as Memory)));
  const numbers = [...made.dims.map((dim) => dims[dim]), ...made.scalars.map((name) => scalars[name])];
  if (numbers.includes(undefined)) throw new Error(`not given: ${[...made.dims, ...made.scalars].join()}`);
  const again = (): void => run(...(numbers as number[]));
  again();
  made.buffers.forEach((id, position) => bytesOf(buffers[id] as Memory).set(views[position] as Uint8Array));
  for (const view of views) view.fill(guard);
  for (const [name, offset] of pieces) all.fill(guard, offset, offset + 8 * (scratch[name] as number));
  const wrong = all.findIndex((byte) => byte !== guard);
  if (wrong >= 0) throw new Error(`${kernel.name} wrote outside its buffers, at ${wrong}`);
  return { bytes, again };
}
