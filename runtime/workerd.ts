/** The runtime of emitted modules on the edge, where WebAssembly is compiled at deployment and never later. */

import type { Program } from "./abi.js";
import { wasmLoader } from "./load.js";
import { programWith } from "./program.js";
import type { AnyInstance, Instance, Module } from "./types.js";

export * from "./exports.js";

/** Makes the export of an emitted module. */
export const program = <Net extends Instance = AnyInstance>(description: Program): Module<Net> =>
  programWith(
    description,
    wasmLoader(description, {
      blocked: "no WebAssembly is compiled here: import the .wasm file and pass it: create({ module })",
    }),
  );
