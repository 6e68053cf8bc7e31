import { accuracy, adam, compute, crossEntropy, input, linear, minimize, model } from "optimc";

const images = input("images", ["batch", 784]);
const labels = input("labels", ["batch"], "int32");

const hidden = linear("hidden", 784, 128);
const output = linear("output", 128, 10);

const logits = output(hidden(images).relu());
const loss = crossEntropy(logits, labels);

export default model("digits", {
  dims: { batch: 32 },
  functions: {
    classify: { digit: logits.argmax(-1) },
    evaluate: compute({ loss, accuracy: accuracy(logits, labels) }, { dims: { batch: 2000 } }),
    train: minimize(loss, adam({ lr: 1e-3 })),
  },
});
