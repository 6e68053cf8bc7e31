/** Every layer. */
export { batchNorm } from "./batchNorm.js";
export type {
  AffineBatchNormalization,
  BatchNorm,
  BatchNormalization,
  TrackedBatchNormalization,
} from "./batchNorm.js";
export { embedding, type Embedding } from "./embedding.js";
export { layerNorm } from "./layerNorm.js";
export type { AffineNormalization, Normalization, ScaledNormalization } from "./layerNorm.js";
export { linear, type Linear, type LinearWithoutBias } from "./linear.js";
export { rmsNorm } from "./rmsNorm.js";
export { sequential } from "./sequential.js";
export { standardize, type Standardization } from "./standardize.js";
