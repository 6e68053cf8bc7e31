import { accuracy, adam, compute, conv2d, crossEntropy, input, linear, minimize, model } from "optimc";

const images = input("images", ["batch", 784]);
const labels = input("labels", ["batch"], "int32");

// LeNet: two convolutions, each with its largest answers of four, and three layers that decide.
const first = conv2d("first", 1, 6, 5, { padding: 2 });
const second = conv2d("second", 6, 16, 5);
const [wide, narrow, output] = [linear("wide", 400, 120), linear("narrow", 120, 84), linear("output", 84, 10)];

const strokes = first(images.reshape(["batch", 1, 28, 28]))
  .relu()
  .maxPool2d(2);
const shapes = second(strokes).relu().maxPool2d(2);
const logits = output(narrow(wide(shapes.reshape(["batch", 400])).relu()).relu());
const loss = crossEntropy(logits, labels);

export default model("digits-cnn", {
  dims: { batch: 64 },
  functions: {
    classify: { digit: logits.argmax(-1) },
    evaluate: compute({ loss, accuracy: accuracy(logits, labels) }, { dims: { batch: 500 } }),
    train: minimize(loss, adam({ lr: 1e-3 })),
  },
});
