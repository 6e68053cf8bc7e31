/** Every metric: expressions through which no gradient flows. */
export { accuracy, topKAccuracy } from "./accuracy.js";
export { confusionMatrix } from "./confusionMatrix.js";
export { f1, precision, recall } from "./precision.js";
export { r2 } from "./r2.js";
