/** Every layer. */
export { batchNorm, batchNorm2d } from "./batchNorm.js";
export type {
  AffineBatchNormalization,
  BatchNorm,
  AffineBatchNormalization2d,
  BatchNorm2d,
  BatchNormalization2d,
  TrackedBatchNormalization2d,
  BatchNormalization,
  TrackedBatchNormalization,
} from "./batchNorm.js";
export { conv1d, conv2d, conv3d, convTranspose1d, convTranspose2d, convTranspose3d } from "./conv.js";
export type {
  Conv,
  ConvLayerOptions,
  ConvTranspose,
  ConvTransposeLayerOptions,
  ConvTransposeWithoutBias,
  ConvWeight,
  ConvWithoutBias,
  PaddingMode,
} from "./conv.js";
export { embedding, type Embedding } from "./embedding.js";
export { groupNorm, instanceNorm } from "./groupNorm.js";
export type { AffineImageNormalization, ImageNormalization, ImageNormOptions } from "./groupNorm.js";
export { layerNorm } from "./layerNorm.js";
export type { AffineNormalization, Normalization, ScaledNormalization } from "./layerNorm.js";
export { linear, type Linear, type LinearWithoutBias } from "./linear.js";
export { rmsNorm } from "./rmsNorm.js";
export { sequential } from "./sequential.js";
export { standardize, type Standardization } from "./standardize.js";
