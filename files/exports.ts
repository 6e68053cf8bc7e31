/** What every entry of optimc/files exports alike. */

export { type CheckpointFile, type LoadCheckpointOptions, saveCheckpoint } from "./checkpoint.js";
export { database } from "./database.js";
export { download } from "./download.js";
export { FileError, type FileErrorOptions } from "./error.js";
export type { Entry } from "./header.js";
export { readNpy, writeNpy } from "./npy.js";
export { opfs } from "./opfs.js";
export { type Safetensors, writeSafetensors } from "./safetensors.js";
export type { BlobLike } from "./source.js";
export type { Store } from "./store.js";
export type { Numbers, Tensor } from "./tensor.js";
export {
  type LoadedWeights,
  type LoadWeightsOptions,
  type Net,
  type Only,
  saveWeights,
  type WeightsFile,
} from "./weights.js";
