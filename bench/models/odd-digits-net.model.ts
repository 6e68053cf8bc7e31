/** The classifier of digits with sizes that fit no tile. */
import { adam, compute, crossEntropy, input, linear, minimize, model } from "optimc";

const x = input("x", ["batch", 783]);
const y = input("y", ["batch"], "int32");

const first = linear("first", 783, 255);
const second = linear("second", 255, 127);
const output = linear("output", 127, 11);

const logits = output(second(first(x).relu()).relu());

export default model("odd-digits-net", {
  dims: { batch: 127 },
  functions: {
    predict: compute({ logits }, { dims: { batch: 1 } }),
    train: minimize(crossEntropy(logits, y), adam({ lr: 1e-3 })),
  },
});
