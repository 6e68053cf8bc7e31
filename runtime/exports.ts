/** The exports of every entry of the runtime beside its `program`. */

import type { Program } from "./abi.js";
import { javascriptLoader } from "./load.js";
import { programWith } from "./program.js";
import type { AnyInstance, Instance, Module } from "./types.js";

/** Makes the export of an emitted module without WebAssembly: `program` without the code that loads it. */
export const javascriptProgram = <Net extends Instance = AnyInstance>(description: Program): Module<Net> =>
  programWith(description, javascriptLoader(description));

export { findNotFinite } from "./debug.js";
export { readGroups } from "./groups.js";
export { checkIndices } from "./indices.js";
export { scheduled } from "./hyper.js";
export { lbfgs } from "./lbfgs.js";
export { strongWolfe } from "./lineSearch.js";
export type {
  Call,
  Dims,
  Element,
  Extent,
  FilledInput,
  FunctionSpec,
  Hyper,
  HyperSpec,
  InputSpec,
  Kernels,
  Program,
  TensorSpec,
  WasmSource,
} from "./abi.js";
export type { View } from "./tensor.js";
export type * from "./types.js";
