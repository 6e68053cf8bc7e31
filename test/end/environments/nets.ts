import {
  adam,
  crossEntropy,
  dropout,
  input,
  linear,
  minimize,
  model,
  normal,
  param,
  type Model,
} from "../../../src/index.js";

/**
 * Whatever could come out otherwise in another engine: products in every orientation and their gradients, at odd sizes
 * and with fewer rows than the capacity; elementary functions; random numbers; a schedule; reductions.
 */
export function everything(name: string, precision: "float32" | "float64"): Model {
  const x = input("x", ["batch", 19]);
  const labels = input("labels", ["batch"], "int32");
  const first = linear("first", 19, 37);
  const second = linear("second", 37, 23);
  const output = linear("output", 23, 5);
  const mixing = param("mixing", [23, 23], normal(0, 0.2));

  const hidden = second(first(x).relu()).tanh();
  // Every row looks at all others: a product whose sizes are both named, and one along the rows.
  const attention = hidden.matmul(mixing).matmul(hidden.transpose()).mul(0.2).softmax(-1);
  const mixed = hidden.add(dropout(attention.matmul(hidden), 0.3));
  const scores = output(mixed.sigmoid());
  const logits = scores.add(scores.exp().add(1).log());
  const loss = crossEntropy(logits, labels).add(mixing.square().sum().mul(1e-3));

  return model(name, {
    precision,
    dims: { batch: 17 },
    functions: {
      predict: { probabilities: logits.softmax(-1), digit: logits.argmax(-1) },
      train: minimize(loss, adam({ lr: (t) => t.mul(0.01).add(1).pow(-0.5).mul(0.01), weightDecay: 0.01 })),
    },
  });
}
