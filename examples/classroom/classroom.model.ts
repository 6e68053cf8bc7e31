import { accuracy, adam, batchNorm, compute, crossEntropy, input, linear, minimize, model } from "optimc";

// Twelve points of a gesture, each with x and y.
const points = input("points", ["batch", 24]);
const label = input("label", ["batch"], "int32");

const hidden = linear("hidden", 24, 16)(batchNorm("norm", 24)(points)).relu();
const scores = linear("output", 16, 5)(hidden);
const loss = crossEntropy(scores, label);

export default model("classroom", {
  dims: { batch: 16 },
  functions: {
    train: minimize(loss, adam({ lr: 0.02 })),
    evaluate: compute({ loss, accuracy: accuracy(scores, label) }, { dims: { batch: 500 } }),
    predict: { likely: scores.softmax() },
  },
});
