/** Every loss. */
export { binaryCrossEntropy, binaryCrossEntropyWithLogits } from "./binaryCrossEntropy.js";
export { cosineEmbedding } from "./cosineEmbedding.js";
export { crossEntropy } from "./crossEntropy.js";
export { hinge, hingeEmbedding } from "./hinge.js";
export { huber, smoothL1 } from "./huber.js";
export { kl } from "./kl.js";
export { l1 } from "./l1.js";
export { mse } from "./mse.js";
export { nll } from "./nll.js";
export { triplet } from "./triplet.js";
