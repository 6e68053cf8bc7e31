/** A classifier of the size that handwritten digits take: trained in batches (W3), asked for one digit at a time (W8). */
import { adam, compute, crossEntropy, input, linear, minimize, model } from "optimc";

const x = input("x", ["batch", 784]);
const y = input("y", ["batch"], "int32");

const first = linear("first", 784, 256);
const second = linear("second", 256, 128);
const output = linear("output", 128, 10);

const logits = output(second(first(x).relu()).relu());

export default model("digits-net", {
  dims: { batch: 128 },
  functions: {
    predict: compute({ logits }, { dims: { batch: 1 } }),
    train: minimize(crossEntropy(logits, y), adam({ lr: 1e-3 })),
  },
});
