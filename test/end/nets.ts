import { adam, crossEntropy, dropout, input, linear, minimize, model, type Model } from "../../src/index.js";

export function twoLayerNet(into: number, hiddenSize: number, out: number, batch: number): Model {
  const x = input("x", ["batch", into]);
  const y = input("y", ["batch", out]);
  const hidden = linear("hidden", into, hiddenSize);
  const output = linear("output", hiddenSize, out);
  const prediction = output(hidden(x).relu());
  const loss = prediction.sub(y).square().sum();
  return model("two-layer-net", {
    dims: { batch },
    functions: { predict: { prediction }, train: minimize(loss, adam({ lr: 1e-4 })) },
  });
}

/** Everything whose bits could differ between engines: elementary functions, random numbers, contractions. */
export function classifier(precision: "float32" | "float64"): Model {
  const x = input("x", ["batch", 19]);
  const labels = input("labels", ["batch"], "int32");
  const hidden = linear("hidden", 19, 33);
  const output = linear("output", 33, 5);
  const logits = output(dropout(hidden(x).tanh().sigmoid(), 0.3));
  const loss = crossEntropy(logits, labels);
  return model("classifier", {
    precision,
    dims: { batch: 17 },
    functions: {
      predict: { scores: logits.softmax(-1) },
      train: minimize(loss, adam({ lr: 1e-2, weightDecay: 0.01 })),
    },
  });
}
