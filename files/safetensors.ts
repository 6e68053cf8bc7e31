/** Files of tensors by name, in the format of Hugging Face's safetensors. */

import { numbersOf } from "./dtype.js";
import { fail, tensorPart } from "./error.js";
import { type Entry, longest, metadataKey, parseHeader, textsOf } from "./header.js";
import type { Source } from "./source.js";
import { bytesOf, type Numbers, type Tensor, written } from "./tensor.js";

/** A file that is open: its header is read and checked, its tensors are read when they are asked for. */
export interface Safetensors {
  /** What the file has, in the order of its header. */
  readonly tensors: ReadonlyMap<string, Entry>;
  /** What the writer noted, such as `format: "pt"`. */
  readonly metadata: ReadonlyMap<string, string>;
  /**
   * The numbers of a tensor, in an array that is yours. F64, F32, I32, U8 and BOOL are as they are in the file, NaN and
   * infinities bit for bit; F16 and BF16 become a Float32Array, which holds all of their numbers, and I64 a Float64Array.
   * A name that the file has not, another dtype and an I64 beyond 2^53 are refused.
   */
  read(name: string): Promise<Numbers>;
}

/** Reads the header, and nothing else. */
export async function open({ size, read }: Source): Promise<Safetensors> {
  const { buffer } = await read("file", 0, 8);
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  if (length > longest) fail("header", `at most ${longest} bytes`, length);
  const { tensors, metadata } = parseHeader(await read("header", 8, 8 + length), 8 + length, size);
  return {
    tensors,
    metadata,
    async read(name) {
      const part = tensorPart(name);
      const { dtype, begin, end } = tensors.get(name) ?? fail(part, "one in the file", "none");
      return numbersOf(part, dtype, await read(part, begin, end));
    },
  };
}

/**
 * A safetensors file of some tensors, as the reference implementation writes it: data in the order of types and then of
 * names, from a multiple of 8 on. `metadata` is text by name. A name that is no Unicode text, a shape that does not fit its
 * numbers, an array of another type and metadata that are no text are refused.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const parts = [...tensors].map(([name, tensor]) => {
    const part = tensorPart(name);
    if (name === metadataKey || /\p{Cs}/u.test(name)) fail(part, "another name", "one that files cannot have");
    const [dtype, bytes] = bytesOf(part, tensor);
    // JavaScript compares by UTF-16, which has what is beyond U+FFFF before U+E000.
    return { name, dtype, shape: tensor.shape, bytes, key: name.replace(/[^\0-\uffff]/gu, "\uffff$&") };
  });
  parts.sort((a, b) => written.indexOf(a.dtype) - written.indexOf(b.dtype) || (a.key < b.key ? -1 : 1));

  const fields: string[] = [];
  const add = (name: string, value: object) => fields.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`);
  if (metadata) add(metadataKey, Object.fromEntries(textsOf(metadata)));
  let end = 0;
  for (const { name, dtype, shape, bytes } of parts)
    add(name, { dtype, shape, data_offsets: [end, (end += bytes.length)] });

  const header = new TextEncoder().encode(`{${fields.join()}}`);
  // Spaces, up to where the data begin.
  const start = 8 + ((header.length + 7) & -8);
  if (start - 8 > longest) fail("header", `at most ${longest} bytes`, header.length);
  const file = new Uint8Array(start + end).fill(32, 8, start);
  new DataView(file.buffer).setUint32(0, start - 8, true);
  file.set(header, 8);
  end = start;
  for (const { bytes } of parts) {
    file.set(bytes, end);
    end += bytes.length;
  }
  return file;
}
