/** What Python's packages write: test/reference/files.json. */
import { readFileSync } from "node:fs";

export interface RecordedTensor {
  readonly shape: readonly number[];
  /** The name of the array that JavaScript has for it, and its bytes in base64. */
  readonly kind: string;
  readonly data: string;
  /** Whether its bytes are truth values. */
  readonly bool?: boolean;
}

export interface Recorded {
  readonly safetensors: readonly {
    readonly file: string;
    readonly metadata: Readonly<Record<string, string>> | null;
    readonly tensors: Readonly<Record<string, RecordedTensor>>;
    /** Whether all of it can be written here. */
    readonly ours: boolean;
  }[];
  readonly npy: readonly (RecordedTensor & { readonly file: string; readonly dtype: string })[];
  readonly refusedNpy: readonly { readonly file: string; readonly dtype: string }[];
  readonly halves: Readonly<Record<"F16" | "BF16", string>>;
  readonly torch: {
    readonly file: string;
    readonly values: Readonly<Record<string, readonly number[]>>;
    readonly shapes: Readonly<Record<string, readonly number[]>>;
  };
}

export const recorded = JSON.parse(
  readFileSync(new URL("../reference/files.json", import.meta.url), "utf8"),
) as Recorded;

/** Bytes in memory of their own: a small Buffer lies somewhere in Node's pool. */
export const bytesOf = (base64: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(base64, "base64"));

const arrays = { Float64Array, Float32Array, Int32Array, Uint8Array };

/** The array of a recorded tensor. */
export function arrayOf({ kind, data }: RecordedTensor) {
  return new arrays[kind as keyof typeof arrays](bytesOf(data).buffer);
}

/** The kind and the bytes of an array, so that NaN and -0 compare by their bits. */
export const bits = (array: ArrayBufferView): readonly [kind: string, hex: string] => [
  array.constructor.name,
  Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("hex"),
];
