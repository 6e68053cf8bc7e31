/** WebAssembly modules as bytes (the binary format of the core specification 2.0). */
import {
  calledFunctions,
  codesOf,
  localsOf,
  typeOf,
  type Base,
  type Code,
  type FunctionCode,
  type Local,
} from "./code.js";
import { limits, type Limit } from "./limits.js";
import { opcodeOf, signed, touchedBytes, unsigned, type PlainName, type ValueType } from "./opcodes.js";

export interface ModuleParts {
  /** By export name. Every other function that they call is in the module too. */
  readonly exports: readonly (readonly [name: string, function: FunctionCode])[];
  readonly memory: { readonly name: string; readonly bytes: number };
  /** The initial contents of memory that are not zero. */
  readonly data: readonly { readonly offset: number; readonly bytes: Uint8Array }[];
  /** The address of a base inside a function. */
  readonly baseOf: (made: FunctionCode, base: Base) => number | Local;
  /** Whether the module holds the names of its functions, for people; exports have their names in any case. */
  readonly named?: boolean;
  /** Throws an error for more of something than engines take; names the function if one is at fault. */
  readonly refuse?: (limit: Limit, found: number, made?: FunctionCode) => never;
  /** The bytes of an instruction; its own if left out. */
  readonly opcodeOf?: (name: PlainName) => readonly number[];
}

const typeBytes: Readonly<Record<ValueType, number>> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };
const pageBytes = 65536;

const text = (value: string): number[] => {
  const bytes = [...new TextEncoder().encode(value)];
  return [...unsigned(bytes.length), ...bytes];
};
const list = (items: readonly (readonly number[])[]): number[] => [...unsigned(items.length), ...items.flat()];

/** Bytes that grow; a module may have millions. */
class Writer {
  #bytes = new Uint8Array(1024);
  #length = 0;

  push(bytes: Iterable<number> & { readonly length: number }): this {
    const length = this.#length + bytes.length;
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(2 * length);
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    let at = this.#length;
    for (const byte of bytes) this.#bytes[at++] = byte;
    this.#length = length;
    return this;
  }

  section(id: number, content: Uint8Array | readonly number[]): this {
    return this.push([id, ...unsigned(content.length)]).push(content);
  }

  result(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }
}

const view = new DataView(new ArrayBuffer(8));

function floatBytes(type: "f32" | "f64", value: number): number[] {
  if (type === "f32") view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  return Array.from({ length: type === "f32" ? 4 : 8 }, (_, at) => view.getUint8(at));
}

function wordBytes(value: number): number[] {
  return [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
}

interface BodyContext {
  readonly out: number[];
  /** The last local.set: which local, where it is written, and where the code ended then. */
  last: { readonly local: Local; readonly at: number; readonly end: number } | null;
  readonly localIndex: ReadonlyMap<Local, number>;
  readonly functionIndex: ReadonlyMap<FunctionCode, number>;
  readonly baseOf: (base: Base) => number | Local;
  readonly opcodeOf: (name: PlainName) => readonly number[];
}

function encodeCode(code: Code, context: BodyContext): void {
  const { out, localIndex } = context;
  const all = (codes: readonly Code[]): void => codes.forEach((each) => encodeCode(each, context));
  const indexOf = (local: Local): number[] => {
    const index = localIndex.get(local);
    if (index === undefined) throw new Error(`wasm: ${local.name} is no local of this function`);
    return unsigned(index);
  };
  switch (code.kind) {
    case "constant":
      if (code.type === "i32") out.push(0x41, ...signed(code.value));
      else out.push(code.type === "f32" ? 0x43 : 0x44, ...floatBytes(code.type, code.value));
      return;
    case "vector":
      out.push(0xfd, 0x0c, ...code.words.flatMap(wordBytes));
      return;
    case "get": {
      // A local that was just set and is used next stays on the stack: local.tee.
      const { last } = context;
      if (last?.local === code.local && last.end === out.length) out[last.at] = 0x22;
      else out.push(0x20, ...indexOf(code.local));
      context.last = null;
      return;
    }
    case "set": {
      all([code.value]);
      const at = out.length;
      out.push(0x21, ...indexOf(code.local));
      context.last = { local: code.local, at, end: out.length };
      return;
    }
    case "plain":
      all(code.args);
      out.push(...context.opcodeOf(code.name));
      return;
    case "lane":
      all(code.args);
      out.push(...opcodeOf(code.name), code.lane);
      return;
    case "shuffle":
      all(code.args);
      out.push(0xfd, 0x0d, ...code.bytes);
      return;
    case "address": {
      const base = context.baseOf(code.base);
      if (typeof base === "number") out.push(0x41, ...signed(base + code.offset));
      else {
        out.push(0x20, ...indexOf(base));
        if (code.offset !== 0) out.push(0x41, ...signed(code.offset), 0x6a);
      }
      return;
    }
    case "memory":
      encodeMemory(code, context, indexOf);
      return;
    case "call":
      all(code.args);
      out.push(0x10, ...unsigned(context.functionIndex.get(code.function) as number));
      return;
    case "receive":
      all(code.args);
      out.push(0x10, ...unsigned(context.functionIndex.get(code.function) as number));
      for (const local of [...code.locals].reverse()) out.push(0x21, ...indexOf(local));
      return;
    case "loop":
      out.push(0x03, 0x40);
      all(code.body);
      all([code.condition]);
      out.push(0x0d, 0x00, 0x0b);
      return;
    case "if":
      all([code.condition]);
      out.push(0x04, 0x40);
      all(code.then);
      if (code.otherwise.length > 0) {
        out.push(0x05);
        all(code.otherwise);
      }
      out.push(0x0b);
      return;
  }
}

function encodeMemory(
  code: Code & { readonly kind: "memory" },
  context: BodyContext,
  indexOf: (local: Local) => number[],
): void {
  const { out } = context;
  const base = context.baseOf(code.base);
  let offset = code.offset;
  if (typeof base === "number") {
    offset += base;
    if (code.address) encodeCode(code.address, context);
    else out.push(0x41, 0);
  } else {
    out.push(0x20, ...indexOf(base));
    if (code.address) {
      encodeCode(code.address, context);
      out.push(0x6a);
    }
  }
  // The offset of an instruction is unsigned: a negative one is added to the address.
  if (offset < 0) {
    out.push(0x41, ...signed(offset), 0x6a);
    offset = 0;
  }
  if (code.value) encodeCode(code.value, context);
  const bytes = touchedBytes(code.name);
  const element = code.name.startsWith("v128") && bytes === 16 ? 4 : bytes;
  out.push(...opcodeOf(code.name), Math.log2(element), ...unsigned(offset));
  if (code.lane !== null) out.push(code.lane);
}

/** The locals of a function after its parameters, grouped by type. */
function declaredLocals(made: FunctionCode): { readonly order: readonly Local[]; readonly bytes: number[] } {
  const locals = localsOf(made);
  const types = [...new Set(locals.map((each) => each.type))];
  const groups = types.map((type) => locals.filter((each) => each.type === type));
  const bytes = list(groups.map((group) => [...unsigned(group.length), typeBytes[(group[0] as Local).type]]));
  return { order: groups.flat(), bytes };
}

const refuseAny = (limit: Limit, found: number): never => {
  throw new Error(`wasm: at most ${limits[limit]} ${limit}, found ${found}`);
};

/** The module's bytes. */
export function encodeModule(parts: ModuleParts): Uint8Array<ArrayBuffer> {
  const check = (limit: Limit, found: number, made?: FunctionCode): void => {
    if (found > limits[limit]) (parts.refuse ?? refuseAny)(limit, found, made);
  };
  const functions = calledFunctions(parts.exports.map(([, made]) => made));
  const functionIndex = new Map(functions.map((made, index) => [made, index]));
  const types: string[] = [];
  const typeBytesOf: number[][] = [];
  const typeIndex = functions.map((made) => {
    const bytes = [
      0x60,
      ...list(made.parameters.map((each) => [typeBytes[each.type]])),
      ...list(made.results.map((each) => [typeBytes[typeOf(each) as ValueType]])),
    ];
    check("parameters", made.parameters.length, made);
    const key = bytes.join();
    if (!types.includes(key)) {
      types.push(key);
      typeBytesOf.push(bytes);
    }
    return types.indexOf(key);
  });

  const code = new Writer().push(unsigned(functions.length));
  for (const made of functions) {
    const locals = declaredLocals(made);
    const localIndex = new Map([...made.parameters, ...locals.order].map((local, index) => [local, index]));
    check("local variables", localIndex.size, made);
    const out: number[] = [...locals.bytes];
    const context: BodyContext = {
      out,
      last: null,
      localIndex,
      functionIndex,
      baseOf: (base: Base) => parts.baseOf(made, base),
      opcodeOf: parts.opcodeOf ?? opcodeOf,
    };
    for (const each of codesOf(made)) encodeCode(each, context);
    out.push(0x0b);
    check("bytes of code", out.length, made);
    check("bytes of name", text(made.name).length, made);
    code.push(unsigned(out.length)).push(out);
  }

  check("functions", functions.length);
  check("types of functions", types.length);
  check("exports", parts.exports.length + 1);
  check("pieces of data", parts.data.length);
  const pages = Math.ceil(parts.memory.bytes / pageBytes);
  const writer = new Writer().push([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
  writer
    .section(1, list(typeBytesOf))
    .section(3, list(typeIndex.map(unsigned)))
    .section(5, list([[0x01, ...unsigned(pages), ...unsigned(pages)]]))
    .section(
      7,
      list([
        [...text(parts.memory.name), 0x02, 0],
        ...parts.exports.map(([name, made]) => [...text(name), 0x00, ...unsigned(functionIndex.get(made) as number)]),
      ]),
    )
    .section(10, code.result());
  if (parts.data.length > 0) {
    const data = new Writer().push(unsigned(parts.data.length));
    for (const { offset, bytes } of parts.data) {
      data.push([0x00, 0x41, ...signed(offset), 0x0b, ...unsigned(bytes.length)]).push(bytes);
    }
    writer.section(11, data.result());
  }
  if (parts.named) {
    const names = list(functions.map((made, index) => [...unsigned(index), ...text(made.name)]));
    writer.section(0, [...text("name"), 1, ...unsigned(names.length), ...names]);
  }
  const bytes = writer.result();
  check("bytes of module", bytes.length);
  return bytes;
}
