/**
 * Counts by running: before each load and store of a kernel's WebAssembly, the bytes that it touches are marked in a
 * shadow of the memory, and then it is called. It shares nothing with the analysis but the kernel.
 */
import { callsOf } from "../../compiler/ir/program.js";
import { bytesOf, type Buffer } from "../../compiler/plan/memory/buffer.js";
import type { Cost } from "../../compiler/plan/cost/cost.js";
import type { CompiledFunction, CompiledProgram, KernelCall } from "../../compiler/emit/compiled.js";
import {
  call,
  get,
  i32,
  partsOf,
  store,
  storeLane,
  words,
  type Code,
  type FunctionCode,
} from "../../compiler/targets/wasm/code.js";
import { encodeModule } from "../../compiler/targets/wasm/encode.js";
import { compileKernel } from "../../compiler/targets/wasm/kernel.js";
import { touchedBytes } from "../../compiler/targets/wasm/opcodes.js";
import { engine, type Engine } from "../../runtime/webassembly.js";

const ones = words(-1, -1, -1, -1);

type Access = Code & { readonly kind: "memory" };

/** Marks the bytes that an access touches, `shadow` bytes further. */
function mark({ name, base, offset, address }: Access, shadow: number): Code {
  const place = { base, offset: offset + shadow, address };
  switch (touchedBytes(name)) {
    case 16:
      return store("v128.store", place, ones);
    case 8:
      return storeLane("v128.store64_lane", place, 0, ones);
    case 4:
      return store("i32.store", place, i32(-1));
    default:
      return store("i32.store8", place, i32(-1));
  }
}

function accessesIn(code: Code): Access[] {
  const inner = partsOf(code).flatMap(accessesIn);
  return code.kind === "memory" ? [...inner, code] : inner;
}

/** A function with all of its accesses marked, and those of the functions that it calls. */
function marked(made: FunctionCode, region: number, known = new Map<FunctionCode, FunctionCode>()): FunctionCode {
  const before = known.get(made);
  if (before) return before;
  // Before the statement that it stands in: addresses are made of locals that are set by then.
  const marks = (code: Code): Code[] =>
    accessesIn(code).map((access) => mark(access, access.name.includes("store") ? 2 * region : region));
  const all = (codes: readonly Code[]): Code[] => codes.flatMap(one);
  const one = (code: Code): Code[] => {
    if (code.kind === "loop") return [{ ...code, body: [...all(code.body), ...marks(code.condition)] }];
    if (code.kind === "if") {
      return [...marks(code.condition), { ...code, then: all(code.then), otherwise: all(code.otherwise) }];
    }
    if (code.kind !== "call" && code.kind !== "receive") return [...marks(code), code];
    return [...marks(code), { ...code, function: marked(code.function, region, known) }];
  };
  const result = { ...made, body: all(made.body) };
  known.set(made, result);
  return result;
}

/** The distinct bytes that a kernel reads and writes of its buffers when it is called at capacity. */
export function recountWasm(
  program: CompiledProgram,
  made: CompiledFunction,
  position: number,
): Pick<Cost, "bytesRead" | "bytesWritten"> {
  const { kernel, printed } = callsOf(made.steps)[position] as KernelCall;
  const bufferOf = (id: string): Buffer => (made.buffers.get(id) ?? program.leaves.get(id)) as Buffer;
  const compiled = compileKernel(kernel, (dim) => made.dims[dim] as number, { relaxed: false });
  let end = 64;
  const place = (bytes: number): number => {
    const at = end;
    end = Math.ceil((end + bytes + 64) / 64) * 64;
    return at;
  };
  const sizeOf = (id: string): number => bufferOf(id).length * bytesOf[bufferOf(id).type];
  const bases = compiled.buffers.map((id) => place(sizeOf(id)));
  const scratch = new Map(Object.entries(printed.scratch).map(([name, doubles]) => [name, place(8 * doubles)]));
  const region = place(0);
  const code = marked(compiled.code, region);
  const entry: FunctionCode = {
    ...code,
    name: "entry",
    body: [call(code, ...code.parameters.map(get))],
  };
  const bytes = encodeModule({
    exports: [["run", entry]],
    memory: { name: "memory", bytes: 3 * region },
    data: [],
    baseOf: (_, base) =>
      base === "zero" ? 0 : ((typeof base === "string" ? scratch.get(base) : bases[base]) as number),
  });
  const { Instance, Module } = engine() as Engine;
  const { run, memory } = new Instance(new Module(bytes)).exports as unknown as {
    run: (...numbers: number[]) => void;
    memory: { buffer: ArrayBuffer };
  };
  compiled.buffers.forEach((id, number) => {
    const { type, length } = bufferOf(id);
    const Array_ = { f32: Float32Array, f64: Float64Array, i32: Int32Array, bool: Uint8Array }[type];
    const view = new Array_(memory.buffer, bases[number] as number, length);
    view.forEach((_, i) => (view[i] = type === "i32" ? i : type === "bool" ? i % 2 : 0.1 + (i % 7) / 10));
  });
  run(...compiled.dims.map((dim) => made.dims[dim] as number), ...compiled.scalars.map(() => 0.5));
  const count = (shadow: number): number =>
    compiled.buffers.reduce((sum, id, number) => {
      const view = new Uint8Array(memory.buffer, shadow + (bases[number] as number), sizeOf(id));
      return sum + view.reduce((marks, each) => marks + (each === 0 ? 0 : 1), 0);
    }, 0);
  return { bytesRead: count(region), bytesWritten: count(2 * region) };
}
