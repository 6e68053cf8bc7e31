/**
 * The runtime of emitted modules where files are fetched: browsers, their workers, and all environments without an
 * entry of their own.
 */

import type { Program } from "./abi.js";
import { fetchBytes } from "./fetch.js";
import { wasmLoader } from "./load.js";
import { programWith } from "./program.js";
import type { AnyInstance, Instance, Module } from "./types.js";

export * from "./exports.js";

/** Makes the export of an emitted module. */
export const program = <Net extends Instance = AnyInstance>(description: Program): Module<Net> =>
  programWith(description, wasmLoader(description, { fetch: fetchBytes }));
