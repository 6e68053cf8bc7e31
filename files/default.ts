/** `optimc/files` where there are no paths: browsers, their workers, and all that no other entry is for. */

import { type CheckpointFile, type LoadCheckpointOptions, restoreFrom } from "./checkpoint.js";
import { fail } from "./error.js";
import { open, type Safetensors } from "./safetensors.js";
import { type BlobLike, sourceOf } from "./source.js";
import type { Store } from "./store.js";
import { type LoadedWeights, loadFrom, type LoadWeightsOptions, type Net, type WeightsFile } from "./weights.js";

export * from "./exports.js";

/**
 * Opens a safetensors file: reads its header and checks that it fits the file. Tensors are read by name, when they are asked
 * for. A Blob is read in parts; a path, in Node, Deno and Bun, is such a file too. A file that is not as the format says is
 * refused with a FileError: the header is at most 100 MB, and the tensors lie side by side up to the file's end.
 */
export const openSafetensors = async (file: BlobLike | Uint8Array | string): Promise<Safetensors> =>
  open(sourceOf(file));

/**
 * Puts the tensors of a safetensors file into a net, by the names that PyTorch has for them: floats of any width are rounded to
 * the model's precision, whole numbers must fit exactly, shapes must be equal. The file may be open already, or another object
 * that has `tensors` and `read`. All is read and checked before the first number of the net changes; what does not fit is a
 * FileError. What an optimizer keeps, counters and the seed stay as they are.
 */
export const loadWeights = (net: Net, file: WeightsFile, options: LoadWeightsOptions = {}): Promise<LoadedWeights> =>
  loadFrom(openSafetensors, net, file, options);

/**
 * Puts a checkpoint into a net, of this or another process, platform and target: training goes on bit for bit as it would have
 * where it was saved, if the target is the same. Returns the `progress` that was saved. Tensors must fit in name, type and shape,
 * and the functions that change them must do so in the same way; a checkpoint of other graphs is refused with their names. All
 * is read and checked before the first number of the net changes; what does not fit is a FileError.
 */
export const loadCheckpoint = (net: Net, file: CheckpointFile, options: LoadCheckpointOptions = {}): Promise<unknown> =>
  restoreFrom(openSafetensors, net, file, options);

/**
 * Files in a folder of the system's, for Node, Deno and Bun; it is made when a file is written. A write goes to a temporary
 * file, to the disk, and then takes the file's name at once; the next write of the file removes what one left that was
 * killed more than a minute ago.
 */
export const folder = (path: string): Store => fail(`folder '${path}'`, "Node, Deno or Bun", "another platform");
