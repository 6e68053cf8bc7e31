/** The WebAssembly module: every kernel once, and for each function of the model one export that calls its kernels. */
import { checksum } from "../../runtime/checksum.js";
import { fail } from "../diagnostics.js";
import type { ScalarType } from "../ir/scalar.js";
import type { CompiledFunction, CompiledProgram } from "../program.js";
import {
  address,
  call,
  calledFunctions,
  get,
  type Base,
  type Code,
  type FunctionCode,
  type Local,
} from "../targets/wasm/code.js";
import { encodeModule, type ModuleParts } from "../targets/wasm/encode.js";
import { opcodeAlike } from "../targets/wasm/opcodes.js";
import { compileKernel, type KernelCode } from "../targets/wasm/kernel.js";
import { isWasmKernel } from "../targets/wasm/wasm.js";
import { valueTypes } from "../targets/wasm/single.js";
import { printFunction } from "../targets/wasm/wat.js";
import { stepsOf } from "./kernels.js";
import { bufferOf } from "./memoryMap.js";
import { proveWasm } from "./prove.js";
import { signatureOf } from "./signature.js";

/** Readable bytes after the last buffer: a tile as wide as four vectors may begin at its last element. */
const padding = 64;

/** An address has 32 bits. */
const mostBytes = 2 ** 32;

/** The export that is no function of the model, nor its initialization; theirs have no dot. */
const memoryName = "optimc.memory";

/** What the WebAssembly of a module is: two variants of one build. */
export interface WasmModules {
  /** Tells this build from others: it stands in the name of an export of both, so that a module of another is refused. */
  readonly build: string;
  readonly strict: Uint8Array<ArrayBuffer>;
  /** With fused multiplication and addition. */
  readonly relaxed: Uint8Array<ArrayBuffer>;
}

/** Both variants, named after what they compute; `apart`: each kernel of a function is an export, not the function. */
export function emitWasmModules(program: CompiledProgram, apart = false): WasmModules {
  const unnamed = emitWasm(program, { relaxed: false, build: "", apart });
  const build = (checksum(unnamed) >>> 0).toString(36);
  const strict = emitWasm(program, { relaxed: false, build, apart });
  proveWasm(program.model.name, strict);
  const parts = partsOf(program, { relaxed: true, build, apart });
  const relaxed = encodeModule(parts);
  proveWasm(program.model.name, relaxed, { alike: () => encodeModule({ ...parts, opcodeOf: opcodeAlike }) });
  return { build, strict, relaxed };
}

export interface WasmOptions {
  readonly relaxed: boolean;
  readonly build: string;
  readonly apart?: boolean;
}

/** A kernel as it stands in the module. */
interface Placed {
  readonly code: FunctionCode;
  readonly kernel: KernelCode;
  /** The address of each buffer, or the parameter that gives it where calls differ. */
  readonly bases: readonly (number | Local)[];
}

export function emitWasm(program: CompiledProgram, options: WasmOptions): Uint8Array<ArrayBuffer> {
  return encodeModule(partsOf(program, options));
}

export function printWat(program: CompiledProgram): string {
  const { exports, memory, data, baseOf } = partsOf(program, { relaxed: false, build: "text" });
  const functions = calledFunctions(exports.map(([, made]) => made));
  const pages = Math.ceil(memory.bytes / 65536);
  return [
    `(module $${program.model.name.replace(/[^\w.-]/g, "_")}`,
    ` (memory (export ${JSON.stringify(memory.name)}) ${pages} ${pages})`,
    ...data.map(({ offset, bytes }) => {
      const text = [...bytes].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
      return ` (data (i32.const ${offset}) "${text}")`;
    }),
    ...exports.map(([name, made]) => ` (export ${JSON.stringify(name)} (func $${made.name}))`),
    ...functions.flatMap((made) => {
      const lines = printFunction(made, (base) => {
        const known = baseOf(made, base);
        return typeof known === "number" ? known : `(local.get $${known.name})`;
      });
      return [` (func $${made.name}`, ...lines.map((line) => ` ${line}`), " )"];
    }),
    ")",
    "",
  ].join("\n");
}

function partsOf(program: CompiledProgram, { relaxed, build, apart = false }: WasmOptions): ModuleParts {
  const { layout, model } = program;
  const bytes = layout.total + padding;
  if (bytes > mostBytes) {
    fail({
      code: "too-large",
      message: `${model.name} needs more memory than WebAssembly can address`,
      expected: `at most ${mostBytes} bytes`,
      found: `${bytes} bytes`,
      hint: "lower the capacities in dims, or build with --target js",
    });
  }
  const all = [...program.functions, program.initialize];
  const placed = placeKernels(program, all, relaxed);
  const vectors = program.vectorKernels.map((each) => placeVectorKernel(each, relaxed));
  const byCode = new Map([...placed.values(), ...vectors.map(({ inner }) => inner)].map((each) => [each.code, each]));
  const scratch = scratchOffsets(program);
  const entry = (made: CompiledFunction, part?: ReturnType<typeof stepsOf>[0]): FunctionCode =>
    entryOf(program, made, placed, part);
  return {
    exports: [
      [`optimc.${relaxed ? "relaxed" : "strict"}.${build}`, entry(program.initialize)],
      ...program.functions.flatMap((made) =>
        apart
          ? stepsOf(made).map((step) => [step.name, entry(made, step)] as const)
          : [[made.name, entry(made)] as const],
      ),
      ...vectors.map(({ code }) => [code.name, code] as const),
    ],
    memory: { name: memoryName, bytes },
    data: [...program.constants].map(([id, values]) => {
      const type = program.leaves.get(id)?.type as ScalarType;
      return { offset: layout.offsets.get(id) as number, bytes: bytesOfValues(type, values) };
    }),
    baseOf(made, base) {
      if (base === "zero") return 0;
      if (typeof base === "string") return scratch.get(base) as number;
      return (byCode.get(made) as Placed).bases[base] as number | Local;
    },
  };
}

/** Where each piece of scratch memory begins. */
function scratchOffsets({ layout, scratch }: CompiledProgram): ReadonlyMap<Base, number> {
  let at = layout.scratch.offset;
  return new Map(
    Object.entries(scratch).map(([name, doubles]): [Base, number] => {
      const offset = at;
      at += 8 * doubles;
      return [name as Base, offset];
    }),
  );
}

/** A buffer that all calls of a kernel find at one address is a constant of its code; others are parameters. */
function placeKernels(
  program: CompiledProgram,
  functions: readonly CompiledFunction[],
  relaxed: boolean,
): ReadonlyMap<string, Placed> {
  const calls = functions.flatMap((made) => made.calls.map((call) => ({ made, call })));
  const byName = new Map<string, typeof calls>();
  for (const each of calls) byName.set(each.call.name, [...(byName.get(each.call.name) ?? []), each]);
  const placed = new Map<string, Placed>();
  for (const [name, list] of byName) {
    const [first] = list as [(typeof calls)[0]];
    const { printed } = first.call;
    const kernel =
      isWasmKernel(printed) && !relaxed
        ? printed.kernelCode
        : compileKernel(first.call.kernel, (dim) => first.made.dims[dim] as number, { relaxed });
    const addresses = list.map((each) => addressesOf(program, each.made, each.call.printed.passes));
    const bases = kernel.buffers.map((_, position): number | Local => {
      const own = addresses.map((each) => each[position] as number);
      return own.every((each) => each === own[0]) ? (own[0] as number) : { type: "i32", name: `base${position}` };
    });
    const parameters = bases.filter((base): base is Local => typeof base !== "number");
    const code = { ...kernel.code, name, parameters: [...parameters, ...kernel.code.parameters] };
    placed.set(name, { code, kernel, bases });
  }
  return placed;
}

/** A kernel that is called with addresses, in the order that its caller knows. */
function placeVectorKernel(
  { name, kernel, buffers }: CompiledProgram["vectorKernels"][0],
  relaxed: boolean,
): { readonly code: FunctionCode; readonly inner: Placed } {
  const compiled = compileKernel(kernel, () => 1, { relaxed });
  const given = new Map(buffers.map((id): [string, Local] => [id, { type: "i32", name: id }]));
  const bases = compiled.buffers.map((_, position): Local => ({ type: "i32", name: `base${position}` }));
  const scalars = compiled.code.parameters;
  const inner = {
    code: { ...compiled.code, name: `${name}.kernel`, parameters: [...bases, ...scalars] },
    kernel: compiled,
    bases,
  };
  const body = call(
    inner.code,
    ...compiled.buffers.map((id) => get(given.get(id) as Local)),
    ...scalars.map((each) => get(each)),
  );
  return { code: { name, parameters: [...given.values(), ...scalars], body: [body], results: [] }, inner };
}

function addressesOf(
  program: CompiledProgram,
  made: CompiledFunction,
  passes: CompiledFunction["calls"][0]["printed"]["passes"],
): number[] {
  return passes.flatMap((pass) =>
    pass.kind === "buffer" ? [program.layout.offsets.get(bufferOf(program, made, pass.id).id) as number] : [],
  );
}

/** The function that the host calls: its kernels in order, or some of them. */
function entryOf(
  program: CompiledProgram,
  made: CompiledFunction,
  placed: ReadonlyMap<string, Placed>,
  { name: own, calls }: Pick<CompiledFunction, "name" | "calls"> = made,
): FunctionCode {
  const given = new Map(
    signatureOf(made).map((each): [string, Local] => {
      const type = each.kind === "dimension" ? "i32" : valueTypes[each.type];
      return [`${each.kind}:${each.name}`, { type, name: each.name }];
    }),
  );
  const body = calls.map(({ name, printed }): Code => {
    const { code, bases } = placed.get(name) as Placed;
    const addresses = addressesOf(program, made, printed.passes);
    return call(
      code,
      ...bases.flatMap((base, position) =>
        typeof base === "number" ? [] : [address("zero", addresses[position] as number)],
      ),
      ...printed.passes.flatMap((pass) =>
        pass.kind === "buffer" ? [] : [get(given.get(`${pass.kind}:${pass.name}`) as Local)],
      ),
    );
  });
  return { name: own, parameters: [...given.values()], body, results: [] };
}

function bytesOfValues(type: ScalarType, values: Float64Array): Uint8Array {
  const array =
    type === "f32"
      ? Float32Array.from(values)
      : type === "i32"
        ? Int32Array.from(values)
        : type === "bool"
          ? Uint8Array.from(values)
          : Float64Array.from(values);
  return new Uint8Array(array.buffer);
}
