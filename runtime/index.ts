/** The runtime of emitted modules. */

export { scheduled } from "./hyper.js";
export { program } from "./program.js";
export type { Call, Dims, Element, Extent, FunctionSpec, HyperSpec, InputSpec, Program, TensorSpec } from "./abi.js";
export type { View } from "./tensor.js";
export type * from "./types.js";
