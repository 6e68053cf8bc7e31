/** A place for files, such as a folder, and which names files may have there. */

import { fail, shown } from "./error.js";
import { isBytes } from "./source.js";

/** A place for files. What a write gives is there as a whole, or not at all. */
export interface Store {
  /**
   * Writes a file, in place of the one of this name: until all of it is safely there, that one is. The array must stay as it
   * is until the write has ended.
   */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** The file of this name, to be read before it is written again; undefined where there is none. */
  read(name: string): Promise<Blob | undefined>;
  /** The names of all files, sorted. */
  list(): Promise<string[]>;
  /** Removes a file, if it is there. */
  remove(name: string): Promise<void>;
}

/**
 * Names that mean one file in the folder itself, on every system. None begins with a dot or ends in .crswap: so files are
 * called that are still being written, the latter by Chromium.
 */
const usable = /^(?!\.)(?!.*\.crswap$)[^/\\:\p{Cc}\p{Cs}]+$/u;

export const isName = (name: unknown): name is string => typeof name === "string" && usable.test(name);

export function checkName(name: unknown): void {
  const rule = "one without / \\ : and control characters that does not begin with a dot or end in .crswap";
  if (!isName(name)) fail("name", rule, shown(name));
}

export function checkBytes(name: string, bytes: unknown): void {
  if (!isBytes(bytes)) fail(name, "a Uint8Array", shown(bytes));
}
