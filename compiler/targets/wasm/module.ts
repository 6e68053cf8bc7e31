/** The WebAssembly module: every kernel once, and for each function of the model one export that calls its kernels. */
import { checksum } from "../../../runtime/checksum.js";
import { fail } from "../../diagnostics.js";
import type { ScalarType } from "../../ir/scalar.js";
import { object } from "../js/text.js";
import { oneByOne, type Described, type PrintedProgram, type PrintOptions } from "../program.js";
import type { TargetFunction, TargetProgram } from "../program.js";
import { calledFunctions, type Base, type FunctionCode, type Local } from "./code.js";
import { encodeModule, type ModuleParts } from "./encode.js";
import { entryOf, placeKernels, placeVectorKernel, type Placed } from "./placed.js";
import { provenWasm } from "./prove.js";
import { refuseLimit } from "./refuse.js";
import { endings, memoryName } from "./facts.js";
import { functionSymbol, printFunction } from "./wat.js";

/** Readable bytes after the last buffer: a tile as wide as four vectors may begin at its last element. */
const padding = 64;

/** An address has 32 bits. */
const mostBytes = 2 ** 32;

const variants = ["strict", "relaxed"] as const;

/**
 * Both variants, or the strict one alone. The name of an export of each contains the build, so that a module of another
 * build is refused. `apart`: each kernel of a function is an export, not the function.
 */
export function printProgram(program: TargetProgram, options: PrintOptions): PrintedProgram {
  const { name, inline, relaxed, apart } = options;
  const unnamed = { relaxed: false, build: "", apart };
  const build = options.build ?? (checksum(emitWasm(program, unnamed)) >>> 0).toString(36);
  const made = variants
    .filter((variant) => variant === "strict" || relaxed)
    .map((variant) => {
      const isRelaxed = variant === "relaxed";
      const bytes = provenWasm(program.name, partsOf(program, { relaxed: isRelaxed, build, apart }), isRelaxed);
      return { variant, bytes };
    });
  const sources = made.map(({ variant, bytes }): Described => {
    const file = JSON.stringify(`./${encodeURIComponent(name)}${endings[variant]}`);
    const source: readonly Described[] = inline
      ? [["base64", [JSON.stringify(Buffer.from(bytes).toString("base64"))]]]
      : [
          // Bundlers find the file in this form.
          ["url", [`() => new URL(${file}, import.meta.url)`]],
          ["checksum", [String(checksum(bytes))]],
        ];
    return [variant, object(source)];
  });
  return {
    kernels: [],
    scratch: {},
    functions: [],
    names: [],
    binding: () => [],
    described: [["wasm", object([["build", [JSON.stringify(build)]], ...sources])]],
    bound: [],
    files: inline ? {} : Object.fromEntries(made.map(({ variant, bytes }) => [endings[variant], bytes])),
  };
}

export interface WasmOptions {
  readonly relaxed: boolean;
  readonly build: string;
  readonly apart?: boolean;
  /** Whether the module holds the names of its functions. Default: if kernels are apart, as in debug builds. */
  readonly named?: boolean;
}

export function emitWasm(program: TargetProgram, options: WasmOptions): Uint8Array<ArrayBuffer> {
  return encodeModule(partsOf(program, options));
}

export function printWat(program: TargetProgram): string {
  const { exports, memory, data, baseOf } = partsOf(program, { relaxed: false, build: "text" });
  const functions = calledFunctions(exports.map(([, made]) => made));
  const pages = Math.ceil(memory.bytes / 65536);
  return [
    `(module $${program.name.replace(/[^\w.-]/g, "_")}`,
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

function partsOf(program: TargetProgram, { relaxed, build, apart = false, named = apart }: WasmOptions): ModuleParts {
  const bytes = program.total + padding;
  if (bytes > mostBytes) {
    fail({
      code: "too-large",
      message: `${program.name} needs more memory than WebAssembly can address`,
      expected: `at most ${mostBytes} bytes`,
      found: `${bytes} bytes`,
      hint: "lower the capacities in dims, or build with --target js",
    });
  }
  const all = [...program.functions, program.initialize];
  const placed = placeKernels(all, relaxed);
  const vectors = program.vectorKernels.map((each) => placeVectorKernel(each, relaxed));
  const byCode = new Map(
    [...new Set(placed.values()), ...vectors.map(({ inner }) => inner)].map((each) => [each.code, each]),
  );
  const scratch = scratchOffsets(program);
  const entry = (made: TargetFunction, part?: ReturnType<typeof oneByOne>[0]): FunctionCode =>
    entryOf(made, placed, part);
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
    // A module for debugging has names; a module for a page has none.
    named,
    refuse: (limit, found, code) => refuseLimit(program, limit, found, code),
    data: program.constants.map(({ buffer: { offset, type }, values }) => ({
      offset,
      bytes: bytesOfValues(type, values),
    })),
    baseOf(made, base) {
      if (base === "zero") return 0;
      if (typeof base === "string") return scratch.get(base) as number;
      return (byCode.get(made) as Placed).bases[base] as number | Local;
    },
  };
}

/** The address of each piece of scratch memory. */
function scratchOffsets({ scratchOffset, scratch }: TargetProgram): ReadonlyMap<Base, number> {
  let at = scratchOffset;
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
