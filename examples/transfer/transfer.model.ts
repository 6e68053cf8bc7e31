import { accuracy, adam, compute, crossEntropy, input, linear, minimize, model } from "optimc";

const point = input("point", ["batch", 2]);
const label = input("label", ["batch"], "int32");

// The trunk has PyTorch's weights and stays as it is; the head is new.
const first = linear("trunk.0", 2, 32);
const second = linear("trunk.2", 32, 16);
const head = linear("head", 16, 3);

const scores = head(second(first(point).tanh()).tanh());
const loss = crossEntropy(scores, label);

export default model("transfer", {
  dims: { batch: 64 },
  functions: {
    train: minimize(loss, adam({ lr: 0.05 }), { params: [head.weight, head.bias] }),
    evaluate: compute({ loss, accuracy: accuracy(scores, label) }),
  },
});
