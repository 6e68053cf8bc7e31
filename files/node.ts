/** `optimc/files` where files have paths: Node, Deno, Bun. The comments on what it exports stand in default.ts. */

import { type CheckpointFile, type LoadCheckpointOptions, restoreFrom } from "./checkpoint.js";
import { fail } from "./error.js";
import { blobAt } from "./folder.js";
import { open, type Safetensors } from "./safetensors.js";
import { type BlobLike, sourceOf } from "./source.js";
import { type LoadedWeights, loadFrom, type LoadWeightsOptions, type Net, type WeightsFile } from "./weights.js";

export * from "./exports.js";
export { folder } from "./folder.js";

export const openSafetensors = async (file: BlobLike | Uint8Array | string): Promise<Safetensors> =>
  open(sourceOf(typeof file === "string" ? ((await blobAt(file)) ?? fail(file, "a file", "nothing")) : file));

export const loadWeights = (net: Net, file: WeightsFile, options: LoadWeightsOptions = {}): Promise<LoadedWeights> =>
  loadFrom(openSafetensors, net, file, options);

export const loadCheckpoint = (net: Net, file: CheckpointFile, options: LoadCheckpointOptions = {}): Promise<unknown> =>
  restoreFrom(openSafetensors, net, file, options);
