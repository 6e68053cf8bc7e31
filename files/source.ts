/** Where bytes are read from: an array at hand, or a file of which a part is read when it is asked for. */

import { fail, refused, shown } from "./error.js";
import { isCount } from "./tensor.js";

/** What is needed of a Blob: a File, a Response's blob() and Node's fs.openAsBlob are such. */
export interface BlobLike {
  /** In bytes. */
  readonly size: number;
  /** The bytes from `start` below `end`, which are not read yet. */
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/** A part of the bytes, in memory of its own. */
export interface Source {
  readonly size: number;
  /** Refused where the file ends before. */
  read(part: string, begin: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}

/** Whatever realm it comes from. */
export const isBytes = (value: unknown): value is Uint8Array => shown(value) === "Uint8Array";

/** What is neither is refused: a path, for which a platform has its own way. */
export function sourceOf(file: BlobLike | Uint8Array | string): Source {
  const isWhole = isBytes(file);
  const size: unknown = isWhole ? file.length : (file as BlobLike)?.size;
  if (!isCount(size)) fail("file", "a Blob or a Uint8Array", shown(file));
  return {
    size,
    async read(part, begin, end) {
      // A slice of Node's Buffer is no copy: its memory is the pool's, and begins anywhere.
      const bytes = new Uint8Array(
        isWhole
          ? file.subarray(begin, end)
          : await (file as BlobLike)
              .slice(begin, end)
              .arrayBuffer()
              .catch((cause: unknown) => refused(part, "a readable file", cause)),
      );
      if (bytes.length !== end - begin) fail(part, `${end - begin} bytes`, bytes.length);
      return bytes;
    },
  };
}
