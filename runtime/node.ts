/** The runtime of emitted modules where files can be read at once: Node, Deno, Bun. */

import { readFileSync } from "node:fs";
import type { Program } from "./abi.js";
import { fetchBytes } from "./fetch.js";
import { wasmLoader } from "./load.js";
import { programWith } from "./program.js";
import type { AnyInstance, Instance, Module } from "./types.js";

export * from "./exports.js";

/** Makes the export of an emitted module. */
export const program = <Net extends Instance = AnyInstance>(description: Program): Module<Net> =>
  programWith(
    description,
    wasmLoader(description, {
      // A module from a server, as in Deno, has its file on the server.
      read: (href) => (href.startsWith("file:") ? readFileSync(new URL(href)) : undefined),
      fetch: fetchBytes,
    }),
  );
