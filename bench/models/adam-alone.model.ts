/** The update alone: the gradient is an input. What the loss costs is measured apart. */
import { adam, input, minimize, model, param, uniform } from "optimc";

const weight = param("weight", [1_000_000], uniform(-1, 1));
const gradient = input("gradient", [1_000_000]);
const loss = weight.mul(gradient).sum();

export default model("adam-alone", {
  functions: { train: minimize(loss, adam({ lr: 1e-3 })), loss: { loss } },
});
