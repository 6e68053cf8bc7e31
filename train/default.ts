/** `optimc/train`: data in batches, training over epochs, and what is told of a run. */

export { batches, type BatchOptions, stream } from "./batches.js";
export { checkpoints, type Checkpoints, type CheckpointsOptions } from "./checkpoints.js";
export { earlyStopping, type EarlyStoppingOptions, type Watched } from "./earlyStopping.js";
export { evaluate, type EvaluateOptions, predict, type PredictOptions } from "./evaluate.js";
export { fit, type FitOptions, type Fitted } from "./fit.js";
export { type ImageLike, type PixelOptions, pixels } from "./pixels.js";
export { progress, type ProgressOptions, sparkline, type Terminal } from "./progress.js";
export { classWeights, split, type SplitOptions } from "./split.js";
export { category, type CategoryColumn, number, type NumberColumn, type Schema, type Table, table } from "./table.js";
export type {
  Batches,
  Callback,
  Column,
  Columns,
  Ending,
  EpochRecord,
  FunctionName,
  InputsOf,
  Net,
  Numbers,
  OptionsOf,
  Progress,
  Run,
} from "./types.js";
