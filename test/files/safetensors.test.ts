/** Safetensors files: as Python's package writes and reads them, lazily, and refused where they are not as the format says. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it, test } from "vitest";
import { FileError, openSafetensors, type Tensor, writeSafetensors } from "../../files/node.js";
import * as page from "../../files/default.js";
import { runs } from "../runs.js";
import { arrayOf, bits, bytesOf, recorded } from "./recorded.js";
import { tensors } from "./tensors.js";

const folder = mkdtempSync(join(tmpdir(), "optimc-safetensors-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A file of a header, which is text or a value, and data. */
function fileOf(header: unknown, data: Uint8Array = new Uint8Array(0)): Uint8Array {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return new Uint8Array(Buffer.concat([length, text, data]));
}

const refused = (file: Uint8Array, message: string | RegExp) =>
  expect(openSafetensors(file)).rejects.toThrow(
    typeof message === "string" ? new FileError(...partsOf(message)) : message,
  );

/** `part: expected this, found that` */
function partsOf(message: string): [string, string, string] {
  const [, part = "", expected = "", found = ""] = /^(.*?): expected (.*), found (.*)$/.exec(message) ?? [];
  return [part, expected, found];
}

describe("files of Python's", () => {
  it.each(recorded.safetensors.map((each, i) => [i, each] as const))(
    "number %i is read and written",
    async (_, each) => {
      const bytes = bytesOf(each.file);
      const file = await openSafetensors(bytes);
      expect(Object.fromEntries(file.metadata)).toEqual(each.metadata ?? {});
      expect([...file.tensors.keys()].sort()).toEqual(Object.keys(each.tensors).sort());
      for (const [name, tensor] of Object.entries(each.tensors)) {
        expect(file.tensors.get(name)!.shape).toEqual(tensor.shape);
        expect(bits(await file.read(name))).toEqual(bits(arrayOf(tensor)));
      }
      if (!each.ours) return;
      const given = Object.entries(each.tensors).map(([name, tensor]): [string, Tensor] => {
        const { shape, bool } = tensor;
        return [name, { shape, data: arrayOf(tensor), ...(bool && { dtype: "BOOL" }) }];
      });
      const written = writeSafetensors(new Map(given.reverse()), each.metadata ?? undefined);
      expect(Buffer.from(written).toString()).toBe(Buffer.from(bytes).toString());
      expect(bits(written)).toEqual(bits(bytes));
    },
  );

  it.each(["F16", "BF16"] as const)("all numbers of %s become float32", async (dtype) => {
    const every = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const entry = { dtype, shape: [65536], data_offsets: [0, 131072] };
    const file = await openSafetensors(fileOf({ every: entry }, new Uint8Array(every.buffer)));
    const wide = (await file.read("every")) as Float32Array<ArrayBuffer>;
    const numbers = wide.filter((each) => !Number.isNaN(each));
    expect(createHash("sha256").update(numbers).digest("hex")).toBe(recorded.halves[dtype]);
    // Of NaN sign and payload stay, at the head of the longer ones.
    const words = new Uint32Array(wide.buffer);
    const [mantissa, shift] = dtype === "F16" ? [10, 13] : [7, 16];
    for (const half of every) {
      const isNaN = (half & 0x7fff) > (0x7fff >> mantissa) << mantissa;
      expect(Number.isNaN(wide[half])).toBe(isNaN);
      const payload = half & ((1 << mantissa) - 1);
      if (isNaN) expect(words[half]).toBe((((half >> 15) << 31) | 0x7f800000 | (payload << shift)) >>> 0);
    }
  });
});

describe("what is written", () => {
  it("is what was given, whatever it is", async () => {
    await fc.assert(
      fc.asyncProperty(tensors, fc.dictionary(fc.string(), fc.string()), async (given, metadata) => {
        const bytes = writeSafetensors(given, metadata);
        const file = await openSafetensors(new Blob([bytes]));
        expect(Object.fromEntries(file.metadata)).toEqual(metadata);
        expect([...file.tensors.keys()].sort()).toEqual([...given.keys()].sort());
        for (const [name, { shape, data, dtype }] of given) {
          const entry = file.tensors.get(name)!;
          expect(entry.shape).toEqual(shape);
          if (dtype) expect(entry.dtype).toBe(dtype);
          expect(entry.begin % data.BYTES_PER_ELEMENT).toBe(0);
          expect(bits(await file.read(name))).toEqual(bits(data));
        }
      }),
      runs(1000, 1),
    );
  });

  const one = new Float32Array(1);
  test.each<[string, unknown, string]>([
    ["a name that is no text", ["\ud800", { shape: [1], data: one }], "tensor '\ud800': expected another name"],
    ["the name of metadata", ["__metadata__", { shape: [], data: one }], "expected another name"],
    ["too few numbers", ["a", { shape: [2], data: one }], "tensor 'a': expected 2 numbers, found 1"],
    [
      "sizes that are none",
      ["a", { shape: [0.5, 2], data: one }],
      "tensor 'a': expected a shape such as [2, 3], found [0.5, 2]",
    ],
    ["a shape that is none", ["a", { shape: 1, data: one }], "expected a shape such as [2, 3], found 1"],
    ["shapes past 2^53", ["a", { shape: [2 ** 40, 2 ** 40], data: one }], "expected a shape"],
    [
      "another array",
      ["a", { shape: [1], data: [1] }],
      "expected a Float32Array, Float64Array, Int32Array or Uint8Array, found [1]",
    ],
    ["another typed array", ["a", { shape: [1], data: new Int16Array(1) }], "or Uint8Array, found Int16Array"],
    [
      "bools that are none",
      ["a", { shape: [1], data: Uint8Array.of(2), dtype: "BOOL" }],
      "expected BOOL for a Uint8Array of 0 and 1",
    ],
    ["bools in floats", ["a", { shape: [1], data: one, dtype: "BOOL" }], "expected BOOL for a Uint8Array"],
    ["another dtype", ["a", { shape: [1], data: one, dtype: "F16" }], "found F16"],
  ])("is refused with %s", (_, entry, message) => {
    const write = () => writeSafetensors(new Map([entry as [string, Tensor]]));
    expect(write).toThrow(FileError);
    expect(write).toThrow(message);
  });

  it("has text alone in its metadata", () => {
    const write = (metadata: unknown) => () => writeSafetensors(new Map(), metadata as Record<string, string>);
    expect(write({ a: 1 })).toThrow(new FileError("__metadata__.a", "text", "1"));
    expect(write([])).toThrow(new FileError("__metadata__", "an object", "[]"));
  });
});

describe("a file that is not as the format says", () => {
  const entry = (over: object = {}) => ({ dtype: "U8", shape: [2], data_offsets: [0, 2], ...over });
  const data = new Uint8Array(2);

  test.each<[string, unknown, string | RegExp, Uint8Array?]>([
    ["no object", "[]", /^header: expected JSON|^header: expected \{, found 91$/],
    ["a space before it", " {}", "header: expected {, found 32"],
    ["a mark of order", "\ufeff{}", "header: expected {, found 239"],
    ["another text", "{]", /^header: expected JSON in UTF-8, found SyntaxError: /],
    ["no UTF-8", "", /^header: expected \{, found undefined/],
    ["metadata that are no object", { __metadata__: [] }, "__metadata__: expected an object, found []"],
    ["metadata that are no text", { __metadata__: { a: null } }, "__metadata__.a: expected text, found Null"],
    ["an entry that is none", { a: null }, "tensor 'a': expected an object, found Null"],
    [
      "no dtype",
      { a: entry({ dtype: undefined }) },
      "tensor 'a': expected a dtype such as F32, in whole bytes, found undefined",
    ],
    [
      "another dtype",
      { a: entry({ dtype: "f32" }) },
      "tensor 'a': expected a dtype such as F32, in whole bytes, found 'f32'",
    ],
    [
      "a list as dtype",
      { a: entry({ dtype: ["U8"] }) },
      "tensor 'a': expected a dtype such as F32, in whole bytes, found ['U8']",
    ],
    [
      "half a byte",
      { a: entry({ dtype: "F4", shape: [3] }) },
      "tensor 'a': expected a dtype such as F32, in whole bytes, found 'F4'",
    ],
    ["no shape", { a: entry({ shape: undefined }) }, "tensor 'a': expected a shape such as [2, 3], found undefined"],
    ["a negative size", { a: entry({ shape: [-2] }) }, "tensor 'a': expected a shape such as [2, 3], found [-2]"],
    [
      "a size with a method",
      { a: entry({ shape: [{ toString: 1 }] }) },
      "tensor 'a': expected a shape such as [2, 3], found [Object]",
    ],
    [
      "a size past 2^53",
      '{"a":{"dtype":"U8","shape":[9007199254740993],"data_offsets":[0,2]}}',
      /^tensor 'a': expected a shape/,
    ],
    ["a product past 2^53", { a: entry({ shape: [2 ** 30, 2 ** 30] }) }, /^tensor 'a': expected a shape/],
    [
      "no offsets",
      { a: entry({ data_offsets: undefined }) },
      "tensor 'a': expected data_offsets of 2 bytes, for U8 [2], found undefined",
    ],
    ["three offsets", { a: entry({ data_offsets: [0, 2, 2] }) }, /found \[0, 2, 2\]$/],
    ["offsets that are no numbers", { a: entry({ data_offsets: [null, 2] }) }, /found \[Null, 2\]$/],
    ["offsets that are half", { a: entry({ data_offsets: [0.5, 2.5] }) }, /found \[0.5, 2.5\]$/],
    ["offsets in turn", { a: entry({ data_offsets: [2, 0] }) }, /found \[2, 0\]$/],
    ["another size", { a: entry({ data_offsets: [0, 1] }) }, /of 2 bytes, for U8 \[2\], found \[0, 1\]$/],
    [
      "a hole",
      { a: entry(), b: entry({ shape: [0], data_offsets: [3, 3] }) },
      /^tensor 'b': expected data from byte \d+, found \d+$/,
    ],
    [
      "an overlap",
      { a: entry(), b: entry({ shape: [1], data_offsets: [1, 2] }) },
      /^tensor 'b': expected data from byte/,
    ],
    [
      "an empty one within another",
      { a: entry(), b: entry({ shape: [0], data_offsets: [1, 1] }) },
      /^tensor 'b': expected data from byte/,
    ],
    [
      "an end before the file's",
      { a: entry({ shape: [1], data_offsets: [0, 1] }) },
      /^file: expected \d+ bytes, found \d+$/,
    ],
    [
      "an end behind the file's",
      { a: entry({ shape: [3], data_offsets: [0, 3] }) },
      /^file: expected \d+ bytes, found \d+$/,
    ],
  ])("is refused: %s", async (_, header, message) => {
    await refused(fileOf(header, data), message);
    await expect(openSafetensors(fileOf(header, data))).rejects.toThrow(FileError);
  });

  it("is refused where it is cut, and where its header is too long", async () => {
    await refused(new Uint8Array(7), "file: expected 8 bytes, found 7");
    await refused(fileOf({}).subarray(0, 9), "header: expected 2 bytes, found 1");
    const long = fileOf({});
    new DataView(long.buffer).setUint32(0, 100_000_001, true);
    await refused(long, "header: expected at most 100000000 bytes, found 100000001");
    new DataView(long.buffer).setUint32(4, 0xffffffff, true);
    await refused(long, /at most 100000000 bytes, found 184467440/);
    await refused(fileOf(Buffer.from([0x7b, 0xff, 0x7d]).toString("latin1")), /^header: expected JSON in UTF-8/);
  });

  it("says what it is, for programs", async () => {
    const error = (await openSafetensors(new Uint8Array(7)).catch((error: unknown) => error)) as FileError;
    expect(error).toBeInstanceOf(Error);
    expect({ ...error }).toEqual({ name: "FileError", part: "file", expected: "8 bytes", found: "7" });
    expect(String(error)).toBe("FileError: file: expected 8 bytes, found 7");
  });

  it("opens with types that cannot be read, which are refused when they are", async () => {
    const file = await openSafetensors(
      fileOf({ a: entry({ dtype: "F8_E4M3" }), b: entry({ dtype: "U16", shape: [0], data_offsets: [2, 2] }) }, data),
    );
    await expect(file.read("a")).rejects.toThrow(
      new FileError("tensor 'a'", "F64, F32, F16, BF16, I64, I32, U8 or BOOL", "F8_E4M3"),
    );
    await expect(file.read("b")).rejects.toThrow(FileError);
    await expect(file.read("c")).rejects.toThrow(new FileError("tensor 'c'", "one in the file", "none"));
    await expect(file.read("toString")).rejects.toThrow(FileError);
  });

  it.each([2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n])("refuses the 64-bit integer %s", async (value) => {
    const bytes = new Uint8Array(BigInt64Array.of(1n, value).buffer);
    const file = await openSafetensors(fileOf({ a: { dtype: "I64", shape: [2], data_offsets: [0, 16] } }, bytes));
    await expect(file.read("a")).rejects.toThrow(
      /^tensor 'a' at position 1: expected a whole number within 2\^53, found/,
    );
  });

  it("names a tensor __proto__ like any other", async () => {
    const file = await openSafetensors(fileOf(`{"__proto__":${JSON.stringify(entry())}}`, data));
    expect([...file.tensors.keys()]).toEqual(["__proto__"]);
  });
});

describe("where a file lies", () => {
  const given = new Map([["a", { shape: [3], data: Float32Array.of(1, 2, 3) }]]);
  const bytes = writeSafetensors(given);
  const path = join(folder, "a.safetensors");
  writeFileSync(path, bytes);

  it("is a Buffer in Node's shared pool, at an odd place", async () => {
    const pooled = Buffer.from(bytes);
    let buffer = pooled;
    // The pool's places are multiples of 8: a part of a longer one begins at any.
    for (let shift = 1; shift < 8; shift++) {
      buffer = Buffer.allocUnsafe(bytes.length + 8).subarray(shift, shift + bytes.length);
      buffer.set(bytes);
      expect(buffer.buffer.byteLength).toBeGreaterThan(buffer.length);
      expect(buffer.byteOffset % 2).toBe(shift % 2);
      expect(await (await openSafetensors(buffer)).read("a")).toEqual(Float32Array.of(1, 2, 3));
    }
    const numbers = await (await openSafetensors(pooled)).read("a");
    pooled.fill(0);
    expect(numbers).toEqual(Float32Array.of(1, 2, 3));
    expect(numbers.buffer.byteLength).toBe(12);
  });

  it("is a path, in Node", async () => {
    expect(await (await openSafetensors(path)).read("a")).toEqual(Float32Array.of(1, 2, 3));
    await expect(openSafetensors(`${path}.gone`)).rejects.toThrow(new FileError(`${path}.gone`, "a file", "nothing"));
    await expect(openSafetensors(folder)).rejects.toThrow(new FileError(folder, "a file", "a folder"));
    await expect(page.openSafetensors(path)).rejects.toThrow(
      new FileError("file", "a Blob or a Uint8Array", `'${path}'`),
    );
    await expect(openSafetensors(undefined as never)).rejects.toThrow(FileError);
    await expect(openSafetensors([1, 2] as never)).rejects.toThrow(FileError);
  });

  it("is a file that changes after it was opened, which is refused", async () => {
    const changing = join(folder, "changing.safetensors");
    writeFileSync(changing, bytes);
    const file = await openSafetensors(changing);
    truncateSync(changing, 10);
    const error = (await file.read("a").catch((error: unknown) => error)) as FileError;
    expect(error.message).toMatch(/^tensor 'a': expected a readable file, found NotReadableError/);
    expect(error.cause).toBeDefined();
  });

  it("is 100 MB, of which one tensor of 1 MB is read", async () => {
    const count = 250_000;
    const size = 4 * count;
    const names = Array.from({ length: 100 }, (_, i) => `layer${i}.weight`);
    const header = fileOf(
      Object.fromEntries(
        names.map((name, i) => [name, { dtype: "F32", shape: [count], data_offsets: [i * size, (i + 1) * size] }]),
      ),
    );
    let touched = 0;
    /** Holds the header; each tensor is full of its number. */
    const blob: Pick<Blob, "size" | "slice"> = {
      size: header.length + 100 * size,
      slice: ((from: number, to: number) => ({
        async arrayBuffer() {
          touched += to - from;
          if (from < header.length) return header.slice(from, to).buffer;
          return new Float32Array((to - from) / 4).fill((from - header.length) / size).buffer;
        },
      })) as Blob["slice"],
    };
    const file = await openSafetensors(blob);
    expect(touched).toBe(header.length);
    const numbers = await file.read("layer42.weight");
    expect([numbers.length, numbers[0], numbers.at(-1)]).toEqual([count, 42, 42]);
    expect(touched).toBeLessThan(2e6);
  });
});
