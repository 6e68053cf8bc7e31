/** The WebAssembly module: every kernel once, and for each function of the model one export that calls its kernels. */
import { checksum } from "../../runtime/checksum.js";
import { fail } from "../diagnostics.js";
import type { ScalarType } from "../ir/scalar.js";
import type { CompiledFunction, CompiledProgram } from "./compiled.js";
import { calledFunctions, type Base, type FunctionCode, type Local } from "../targets/wasm/code.js";
import { encodeModule, type ModuleParts } from "../targets/wasm/encode.js";
import { functionSymbol, printFunction } from "../targets/wasm/wat.js";
import { oneByOne } from "./kernels.js";
import { provenWasm } from "./prove.js";
import { entryOf, placeKernels, placeVectorKernel, type Placed } from "./wasmFunctions.js";
import { refuseLimit } from "./wasmLimits.js";

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
  /** With fused multiplication and addition; null where it is not asked for. */
  readonly relaxed: Uint8Array<ArrayBuffer> | null;
}

/**
 * Both variants, or the strict one alone, named after what they compute; `apart`: each kernel of a function is an export,
 * not the function.
 */
export function emitWasmModules(
  program: CompiledProgram,
  { apart = false, relaxed = true }: { readonly apart?: boolean; readonly relaxed?: boolean } = {},
): WasmModules {
  const unnamed = emitWasm(program, { relaxed: false, build: "", apart });
  const build = (checksum(unnamed) >>> 0).toString(36);
  const proven = (relaxed: boolean) =>
    provenWasm(program.model.name, partsOf(program, { relaxed, build, apart }), relaxed);
  return { build, strict: proven(false), relaxed: relaxed ? proven(true) : null };
}

export interface WasmOptions {
  readonly relaxed: boolean;
  readonly build: string;
  readonly apart?: boolean;
  /** Whether it says what its functions are called. Default: as debug builds do, where kernels are apart. */
  readonly named?: boolean;
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
    ...exports.map(([name, made]) => ` (export ${JSON.stringify(name)} (func ${functionSymbol(made.name)}))`),
    ...functions.flatMap((made) => {
      const lines = printFunction(made, (base) => {
        const known = baseOf(made, base);
        return typeof known === "number" ? known : `(local.get $${known.name})`;
      });
      return [` (func ${functionSymbol(made.name)}`, ...lines.map((line) => ` ${line}`), " )"];
    }),
    ")",
    "",
  ].join("\n");
}

function partsOf(program: CompiledProgram, { relaxed, build, apart = false, named = apart }: WasmOptions): ModuleParts {
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
  const byCode = new Map(
    [...new Set(placed.values()), ...vectors.map(({ inner }) => inner)].map((each) => [each.code, each]),
  );
  const scratch = scratchOffsets(program);
  const entry = (made: CompiledFunction, part?: ReturnType<typeof oneByOne>[0]): FunctionCode =>
    entryOf(program, made, placed, part);
  return {
    exports: [
      [`optimc.${relaxed ? "relaxed" : "strict"}.${build}`, entry(program.initialize)],
      ...program.functions.flatMap((made) =>
        apart
          ? oneByOne(made).map((step) => [step.name, entry(made, step)] as const)
          : [[made.name, entry(made)] as const],
      ),
      ...vectors.map(({ code }) => [code.name, code] as const),
    ],
    memory: { name: memoryName, bytes },
    // What a person debugs has names; what a page loads has none.
    named,
    refuse: (limit, found, code) => refuseLimit(program, limit, found, code),
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
