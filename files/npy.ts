/** Files of one tensor in NumPy's format, versions 1 to 3. */

import { numbersOf } from "./dtype.js";
import { fail, shown } from "./error.js";
import { isBytes } from "./source.js";
import { bytesOf, elementsOf, type Numbers, type Tensor } from "./tensor.js";

/** The first bytes: "\x93NUMPY". */
const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** The longest header that NumPy takes from a stranger. */
const longest = 10_000;

/** By NumPy's names, apart from the order of bytes. */
const dtypes = { f8: "F64", f4: "F32", f2: "F16", i8: "I64", i4: "I32", u1: "U8", b1: "BOOL" } as const;

/**
 * Reads a .npy file: float64, float32, float16, int64, int32, uint8 and bool, in either order of bytes, row by row or column by
 * column; `data` is row by row. float16 becomes a Float32Array, int64 a Float64Array. Other types, an int64 beyond 2^53, and
 * a file that is too short or goes on after its data are refused.
 */
export function readNpy(bytes: Uint8Array): Tensor & { readonly data: Numbers } {
  if (!isBytes(bytes)) fail("file", "a Uint8Array", shown(bytes));
  const header = parseHeader(bytes);
  const { type, shape, start } = header;
  const dtype = dtypes[type];
  const end = start + elementsOf("shape", shape) * Number(type[1]);
  if (bytes.length !== end) fail("file", `${end} bytes`, bytes.length);
  const data = numbersOf("file", dtype, arranged(bytes.subarray(start), header));
  return { shape, data, ...(dtype === "BOOL" && { dtype }) };
}

/** A .npy file of a tensor, version 1.0, row by row, as NumPy writes it. A shape that does not fit the numbers is refused. */
export function writeNpy(tensor: Tensor): Uint8Array<ArrayBuffer> {
  const [dtype, data] = bytesOf("tensor", tensor);
  const [type] = Object.entries(dtypes).find(([, each]) => each === dtype)!;
  const { shape } = tensor;
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  let header = `{'descr': '${type[1] === "1" ? "|" : "<"}${type}', 'fortran_order': False, 'shape': (${sizes}), }`;
  // NumPy leaves room for a first size of 21 digits, then ends the line at a multiple of 64.
  if (shape.length > 0) header = header.padEnd(header.length + 21 - `${shape[0]}`.length);
  header = `${header.padEnd(header.length + 64 - ((11 + header.length) % 64))}\n`;
  if (header.length > longest) fail("shape", `at most ${longest} bytes in the header`, header.length);

  const file = new Uint8Array(10 + header.length + data.length);
  file.set([...magic, 1, 0, header.length % 256, header.length >> 8]);
  file.set(new TextEncoder().encode(header), 10);
  file.set(data, 10 + header.length);
  return file;
}

interface Header {
  readonly type: keyof typeof dtypes;
  readonly isLittle: boolean;
  readonly isFortran: boolean;
  readonly shape: readonly number[];
  /** Where the data begin. */
  readonly start: number;
}

function parseHeader(bytes: Uint8Array): Header {
  if (bytes.length < 12 || magic.some((byte, i) => bytes[i] !== byte)) fail("file", "one of NumPy's", "another");
  const [major, minor] = bytes.subarray(6, 8) as Iterable<number> as [number, number];
  if (major < 1 || major > 3 || minor) fail("file", "version 1.0, 2.0 or 3.0", `${major}.${minor}`);
  const from = major > 1 ? 12 : 10;
  const length = bytes.subarray(8, from).reduceRight((sum, byte) => sum * 256 + byte, 0);
  const start = from + length;
  if (length > longest) fail("header", `at most ${longest} bytes`, length);
  if (start > bytes.length) fail("file", `a header of ${length} bytes`, `${bytes.length - from} bytes`);
  // Only names of fields, which are refused, are ever other than ASCII.
  const text = String.fromCharCode(...bytes.subarray(from, start)).trim();
  const fields = fieldsOf(text);
  const [descr, order, shape] = ["descr", "fortran_order", "shape"].map((name) => fields.get(name) ?? "");
  const [, mark, wide, narrow] = /^.(?:([<>])(f[248]|i[48])|[<>|=]?([ub]1)).$/.exec(descr!) ?? [];
  const type = wide ?? narrow ?? fail("dtype", Object.keys(dtypes).join(", "), descr || text);
  if (fields.size !== 3 || !/^(True|False)$/.test(order!) || !tuple.test(shape!))
    fail("header", "{'descr': ..., 'fortran_order': ..., 'shape': (...)}", text);
  return {
    type: type as keyof typeof dtypes,
    isLittle: mark !== ">",
    isFortran: order === "True",
    shape: shape!.match(/\d+/g)?.map(Number) ?? [],
    start,
  };
}

/** Whole numbers; of one alone Python makes a tuple by a comma. */
const tuple = /^\((?!\s*\d+L?\s*\))\s*(\d+L?\s*,\s*)*(\d+L?\s*)?\)$/;

/** The literals in a dictionary of Python's, by their names; none where it is another text. */
function fieldsOf(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  const field = /[{,]\s*(['"])(\w+)\1\s*:\s*('[^']*'|"[^"]*"|\([^)]*\)|\w+)\s*(?=,|\}$)/y;
  let end = 0;
  for (let found; (found = field.exec(text)); end = field.lastIndex) fields.set(found[2]!, found[3]!);
  if (!/^,?\s*\}$/.test(text.slice(end))) fields.clear();
  return fields;
}

/** The bytes in memory of their own: row by row, each element from its lowest byte. */
function arranged(bytes: Uint8Array, { type, isLittle, isFortran, shape }: Header): Uint8Array<ArrayBuffer> {
  const own = new Uint8Array(bytes);
  if (isLittle && !isFortran) return own;
  const width = Number(type[1]);
  for (let i = 0; i * width < own.length; i++) {
    // The number of the element in the file, whose first axis may be the one that runs fastest.
    let from = isFortran ? 0 : i;
    if (isFortran)
      for (let axis = shape.length, rest = i, stride = own.length / width; axis--;) {
        const size = shape[axis]!;
        stride /= size;
        from += (rest % size) * stride;
        rest = (rest - (rest % size)) / size;
      }
    for (let byte = 0; byte < width; byte++)
      own[i * width + byte] = bytes[from * width + (isLittle ? byte : width - 1 - byte)]!;
  }
  return own;
}
