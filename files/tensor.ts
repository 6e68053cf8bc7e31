/** Tensors outside a net: their shapes, and the bytes of their numbers. */

import { fail, shown } from "./error.js";

/** The numbers of a tensor, row by row. */
export type Numbers =
  Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** A tensor to be written, or as it was read. */
export interface Tensor {
  /** Whole numbers from 0; [] for a single number. */
  readonly shape: readonly number[];
  /** As many numbers as the shape has elements, row by row. */
  readonly data: Float32Array | Float64Array | Int32Array | Uint8Array;
  /** "BOOL" where the bytes of a Uint8Array are truth values, 0 or 1. By default the array says what the numbers are. */
  readonly dtype?: "BOOL";
}

/** By the names of safetensors, what lies in memory as it lies in a file; what an array holds has the first name it goes by. */
export const exact = {
  F64: Float64Array,
  F32: Float32Array,
  I32: Int32Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const;

/** What can be written, in the order in which safetensors files have it: the widest first. */
export const written = Object.keys(exact) as (keyof typeof exact)[];

export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** How many elements a shape has, which may come from anywhere. */
export function elementsOf(part: string, shape: unknown): number {
  let count = 1;
  if (!Array.isArray(shape) || !shape.every((size) => isCount(size) && isCount((count *= size))))
    fail(part, "a shape such as [2, 3]", shown(shape));
  return count;
}

/** Checks a tensor that is to be written: its type, and its numbers as bytes. */
export function bytesOf(part: string, { shape, data, dtype }: Tensor): readonly [keyof typeof exact, Uint8Array] {
  const found = written.find((each) => exact[each].name === shown(data));
  if (!found) fail(part, "a Float32Array, Float64Array, Int32Array or Uint8Array", shown(data));
  if (dtype && (dtype !== "BOOL" || found !== "U8" || data.some((each) => each > 1)))
    fail(part, "BOOL for a Uint8Array of 0 and 1", dtype);
  const count = elementsOf(part, shape);
  if (count !== data.length) fail(part, `${count} numbers`, data.length);
  return [dtype ?? found, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)];
}
