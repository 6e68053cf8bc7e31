/** The bytes of a module's WebAssembly: from its own text, from a file at once, or fetched. */

import type { WasmSource } from "./abi.js";
import { fromBase64 } from "./base64.js";
import { checksum } from "./checksum.js";

/** The abilities of an environment. */
export interface Host {
  /** A file's bytes at once; undefined where they must be fetched. */
  readonly read?: (href: string) => Uint8Array | undefined;
  readonly fetch?: (href: string) => Promise<Uint8Array>;
  /** Why nothing can be compiled, with a hint for the user. */
  readonly blocked?: string;
}

/** Returns a file's bytes; throws unless the module was built with them. */
function checked(source: WasmSource, bytes: Uint8Array): Uint8Array {
  if ("url" in source && checksum(bytes) !== source.checksum)
    throw new Error(`${source.url().href}: found ${bytes.length} bytes of something else`);
  return bytes;
}

/** The bytes, if they can be had synchronously. */
export function bytesNow(source: WasmSource, { read }: Host): Uint8Array | undefined {
  if ("base64" in source) return fromBase64(source.base64);
  const bytes = read?.(source.url().href);
  return bytes && checked(source, bytes);
}

export const bytesLater = async (source: WasmSource, host: Host): Promise<Uint8Array> =>
  bytesNow(source, host) ?? checked(source, await host.fetch!((source as { url(): { href: string } }).url().href));
