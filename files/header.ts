/** The header of a safetensors file: JSON that says where each tensor lies. All of it is checked before anything is read. */

import { bitsOf } from "./dtype.js";
import { fail, refused, shown, tensorPart } from "./error.js";
import { elementsOf, isCount } from "./tensor.js";

/** A tensor in a file. */
export interface Entry {
  /** As the file calls it: "F32", "BF16" ... */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** The place of its first byte in the file. */
  readonly begin: number;
  /** The place after its last byte. */
  readonly end: number;
}

export interface Header {
  readonly tensors: ReadonlyMap<string, Entry>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** The name under which a header has what is no tensor. */
export const metadataKey = "__metadata__";
/** The most bytes that the format allows for a header. */
export const longest = 1e8;

type Fields = { readonly [name: string]: unknown };

/** Reads the bytes of a header; the data begin at `start` of the file and go to its end. */
export function parseHeader(bytes: Uint8Array, start: number, size: number): Header {
  const header = jsonOf(bytes);
  let metadata: Header["metadata"] = new Map();
  const tensors = new Map<string, Entry>();
  for (const [name, value] of Object.entries(header)) {
    if (name === metadataKey) metadata = textsOf(value);
    else tensors.set(name, entryOf(tensorPart(name), value, start));
  }
  let position = start;
  for (const [name, { begin, end }] of [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== position) fail(tensorPart(name), `data from byte ${position}`, begin);
    position = end;
  }
  if (position !== size) fail("file", `${position} bytes`, size);
  return { tensors, metadata };
}

/** Metadata: text by name, and nothing else. */
export function textsOf(value: unknown): ReadonlyMap<string, string> {
  const texts = Object.entries(fieldsOf(metadataKey, value));
  for (const [key, text] of texts) if (typeof text !== "string") fail(`${metadataKey}.${key}`, "text", shown(text));
  return new Map(texts as [string, string][]);
}

function jsonOf(bytes: Uint8Array): Fields {
  try {
    if (bytes[0] !== 0x7b) fail("header", "{", bytes[0]);
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)) as Fields;
  } catch (cause) {
    return refused("header", "JSON in UTF-8", cause);
  }
}

function entryOf(part: string, value: unknown, start: number): Entry {
  const { dtype, shape, data_offsets: offsets } = fieldsOf(part, value);
  const bytes = (elementsOf(part, shape) * bitsOf(dtype)) / 8;
  if (bytes % 1 !== 0) fail(part, "a dtype such as F32, in whole bytes", shown(dtype));
  const [from, to] = Array.isArray(offsets) && offsets.length === 2 ? (offsets as unknown[]) : [];
  if (!isCount(from) || !isCount(to) || to - from !== bytes)
    fail(part, `data_offsets of ${bytes} bytes, for ${dtype as string} ${shown(shape)}`, shown(offsets));
  return { dtype: dtype as string, shape: shape as number[], begin: start + from, end: start + to };
}

const fieldsOf = (part: string, value: unknown): Fields =>
  shown(value) === "Object" ? (value as Fields) : fail(part, "an object", shown(value));
