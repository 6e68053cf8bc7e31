import { adam, input, linear, minimize, model } from "optimc";

const x = input("x", ["batch", 1000]);
const y = input("y", ["batch", 10]);

const hidden = linear("hidden", 1000, 100);
const output = linear("output", 100, 10);

export const prediction = output(hidden(x).relu());
export const loss = prediction.sub(y).square().sum();

export default model("two-layer-net", {
  dims: { batch: 64 }, // capacity; a call may bring fewer rows
  functions: {
    predict: { prediction },
    train: minimize(loss, adam({ lr: 1e-4 })),
  },
});
