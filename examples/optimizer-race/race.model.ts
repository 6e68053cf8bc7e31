/** One net, and a training function for each contestant; `--define lr=0.01` gives all of them this learning rate. */
import { accuracy, compute, configurable, crossEntropy, input, linear, minimize, model } from "optimc";
import { contestants } from "./contestants.js";

export default configurable({ lr: 0 }, ({ lr }) => {
  const images = input("images", ["batch", 784]);
  const labels = input("labels", ["batch"], "int32");

  const hidden = linear("hidden", 784, 100);
  const output = linear("output", 100, 10);

  const logits = output(hidden(images).relu());
  const loss = crossEntropy(logits, labels);

  // Each keeps moments and a count of steps of its own; parameters it has for itself because every run is an instance.
  const racing = Object.entries(contestants).map(([name, optimizer]) => [
    name,
    minimize(loss, optimizer(lr || undefined)),
  ]);

  return model("race", {
    dims: { batch: 64 },
    functions: {
      ...Object.fromEntries(racing),
      evaluate: compute({ loss, accuracy: accuracy(logits, labels) }, { dims: { batch: 1000 } }),
    },
  });
});
