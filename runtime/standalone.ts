/** The runtime inside standalone modules: no bundler and no export condition chooses an entry for their environment. */

import type { Program } from "./abi.js";
import { fetchBytes } from "./fetch.js";
import { wasmLoader } from "./load.js";
import { programWith } from "./program.js";
import type { AnyInstance, Instance, Module } from "./types.js";

export * from "./exports.js";

declare const process:
  { getBuiltinModule?(name: "node:fs"): { readFileSync(url: URL): Uint8Array } | undefined } | undefined;

/** Node does not fetch files; other environments get them synchronously in this way. */
const read = (href: string): Uint8Array | undefined =>
  href.startsWith("file:") && typeof process === "object"
    ? process.getBuiltinModule?.("node:fs")?.readFileSync(new URL(href))
    : undefined;

/** Makes the export of an emitted module. */
export const program = <Net extends Instance = AnyInstance>(description: Program): Module<Net> =>
  programWith(description, wasmLoader(description, { read, fetch: fetchBytes }));
