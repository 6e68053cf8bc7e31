/** Files of NumPy's: as it writes and reads them. */
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { FileError, readNpy, type Tensor, writeNpy } from "../../files/node.js";
import { runs } from "../runs.js";
import { arrayOf, bits, bytesOf, recorded } from "./recorded.js";
import { tensor } from "./tensors.js";

describe("files of NumPy's", () => {
  it.each(recorded.npy.map((each, i) => [i, each.dtype, each.shape, each] as const))(
    "number %i is read: %s %j",
    (_, dtype, shape, each) => {
      const found = readNpy(bytesOf(each.file));
      expect(found.shape).toEqual(shape);
      expect(found.dtype).toBe(dtype === "|b1" ? "BOOL" : undefined);
      expect(bits(found.data)).toEqual(bits(arrayOf(each)));
    },
  );

  it("are written byte for byte", () => {
    const isOurs = (file: Uint8Array, dtype: string): boolean =>
      /^(<[fi][48]|\|[ub]1)$/.test(dtype) &&
      dtype !== "<i8" &&
      file[6] === 1 &&
      Buffer.from(file).includes("'fortran_order': False");
    const ours = recorded.npy.filter(({ file, dtype }) => isOurs(bytesOf(file), dtype));
    expect(ours.length).toBeGreaterThan(7);
    for (const { file } of ours) expect(bits(writeNpy(readNpy(bytesOf(file))))).toEqual(bits(bytesOf(file)));
  });

  it.each(recorded.refusedNpy)("of $dtype are refused", ({ file }) => {
    expect(() => readNpy(bytesOf(file))).toThrow(FileError);
    expect(() => readNpy(bytesOf(file))).toThrow(
      /^(dtype: expected f8, f4, f2, i8, i4, u1, b1|file at position 0: expected a whole)/,
    );
  });
});

it("what is written is what was given", () => {
  fc.assert(
    fc.property(tensor, (given) => {
      const found = readNpy(writeNpy(given));
      expect([found.shape, found.dtype, bits(found.data)]).toEqual([given.shape, given.dtype, bits(given.data)]);
    }),
    runs(1000, 1),
  );
});

it("a Buffer in Node's shared pool is read, at an odd place", () => {
  const bytes = writeNpy({ shape: [3], data: Float32Array.of(1, 2, 3) });
  const pooled = Buffer.allocUnsafe(bytes.length + 1).subarray(1);
  pooled.set(bytes);
  expect(pooled.buffer.byteLength).toBeGreaterThan(pooled.length);
  const { data } = readNpy(pooled);
  pooled.fill(0);
  expect(data).toEqual(Float32Array.of(1, 2, 3));
});

/** A file of version 1.0. */
const fileOf = (header: string, data = new Uint8Array(4)): Uint8Array =>
  new Uint8Array(
    Buffer.concat([
      Buffer.from("\x93NUMPY\x01\0", "latin1"),
      Buffer.from([header.length, 0]),
      Buffer.from(header),
      data,
    ]),
  );

test("headers are read as Python would", () => {
  const shapeOf = (header: string) => readNpy(fileOf(header)).shape;
  expect(shapeOf(`{"shape":(1,4),"descr":"|u1","fortran_order":False}`)).toEqual([1, 4]);
  expect(shapeOf(`{'descr': '<u1', 'fortran_order': False, 'shape': (4L,), }   \n`)).toEqual([4]);
  expect(shapeOf(`{'descr': '<f4', 'fortran_order': True, 'shape': ( ), }`)).toEqual([]);
});

test.each<[string, string, string]>([
  ["no dictionary", "[]", "dtype: expected"],
  ["a field more", "{'descr': '|u1', 'fortran_order': False, 'shape': (4,), 'x': 'y'}", "header: expected {'descr'"],
  ["a field less", "{'descr': '|u1', 'shape': (4,)}", "header: expected {'descr'"],
  ["no comma between", "{'descr': '|u1' 'fortran_order': False, 'shape': (4,)}", "dtype: expected"],
  ["an open end", "{'descr': '|u1', 'fortran_order': False, 'shape': (4,)", "dtype: expected"],
  ["another order", "{'descr': '|u1', 'fortran_order': None, 'shape': (4,)}", "header: expected {'descr'"],
  ["a number as shape", "{'descr': '|u1', 'fortran_order': False, 'shape': (4)}", "header: expected {'descr'"],
  ["sizes side by side", "{'descr': '|u1', 'fortran_order': False, 'shape': (2 2,)}", "header: expected {'descr'"],
  ["a negative size", "{'descr': '|u1', 'fortran_order': False, 'shape': (-4,)}", "header: expected {'descr'"],
  [
    "sizes past 2^53",
    "{'descr': '|u1', 'fortran_order': False, 'shape': (9007199254740993,)}",
    "shape: expected a shape",
  ],
  ["no order of bytes", "{'descr': '|f4', 'fortran_order': False, 'shape': ()}", "dtype: expected"],
  [
    "pickled objects",
    "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
    "dtype: expected f8, f4, f2, i8, i4, u1, b1, found '|O'",
  ],
  ["too few bytes", "{'descr': '<f8', 'fortran_order': False, 'shape': ()}", "file: expected 71 bytes, found 67"],
  ["too many bytes", "{'descr': '|u1', 'fortran_order': False, 'shape': (3,)}", "file: expected 68 bytes, found 69"],
])("is refused with %s", (_, header, message) => {
  expect(() => readNpy(fileOf(header))).toThrow(FileError);
  expect(() => readNpy(fileOf(header))).toThrow(message);
});

test("is refused where it is cut, of another version, or no file of NumPy's", () => {
  const whole = writeNpy({ shape: [3], data: Float32Array.of(1, 2, 3) });
  for (let length = 0; length < whole.length; length++)
    expect(() => readNpy(whole.subarray(0, length))).toThrow(FileError);
  expect(() => readNpy(whole.with(6, 4))).toThrow("file: expected version 1.0, 2.0 or 3.0, found 4.0");
  expect(() => readNpy(whole.with(7, 1))).toThrow("found 1.1");
  expect(() => readNpy(whole.with(0, 0))).toThrow("file: expected one of NumPy's, found another");
  expect(() => readNpy(whole.with(6, 2))).toThrow(/^header: expected at most 10000 bytes/);
  expect(() => readNpy("a.npy" as never)).toThrow(new FileError("file", "a Uint8Array", "'a.npy'"));
});

test("is written with a shape that fits, and a header that NumPy takes", () => {
  const write = (tensor: object) => () => writeNpy(tensor as Tensor);
  expect(write({ shape: [2], data: new Float32Array(1) })).toThrow(new FileError("tensor", "2 numbers", "1"));
  expect(write({ shape: [1], data: new Int8Array(1) })).toThrow(FileError);
  const axes = Array<number>(5000).fill(1);
  expect(write({ shape: axes, data: new Float32Array(1) })).toThrow(
    /^shape: expected at most 10000 bytes in the header/,
  );
});
