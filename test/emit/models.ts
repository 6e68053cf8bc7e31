/** Models whose costs and memory are known. */
import {
  adam,
  constant,
  crossEntropy,
  dropout,
  input,
  linear,
  minimize,
  model,
  param,
  sgd,
  state,
  assign,
  compute,
  normal,
  type Model,
} from "../../src/index.js";

export function twoLayerNet([from, hidden, to, batch]: readonly [number, number, number, number]): Model {
  const x = input("x", ["batch", from]);
  const y = input("y", ["batch", to]);
  const [first, second] = [linear("hidden", from, hidden), linear("output", hidden, to)];
  const prediction = second(first(x).relu());
  const loss = prediction.sub(y).square().sum();
  return model("two-layer-net", {
    dims: { batch },
    functions: { predict: { prediction }, train: minimize(loss, adam({ lr: 1e-4 })) },
  });
}

export function polynomial(): Model {
  const [x, y] = [input("x", ["points"]), input("y", ["points"])];
  const [a, b, c, d] = [param("a", [], 0), param("b", [], 0), param("c", [], 0), param("d", [], 0)];
  const prediction = a
    .add(b.mul(x))
    .add(c.mul(x.square()))
    .add(d.mul(x.mul(x).mul(x)));
  const loss = prediction.sub(y).square().sum();
  return model("polynomial", {
    dims: { points: 2000 },
    functions: { predict: { prediction }, train: minimize(loss, sgd({ lr: 1e-6 })) },
  });
}

/** A softmax by hand against one-hot targets, and the built-in loss against labels. */
export function softmaxClassifier(): Model {
  const x = input("x", ["batch", 30]);
  const [targets, labels] = [input("targets", ["batch", 7]), input("labels", ["batch"], "int32")];
  const logits = linear("layer", 30, 7)(x);
  const loss = targets.mul(logits.softmax().log()).sum().neg();
  return model("softmax-classifier", {
    dims: { batch: 12 },
    functions: {
      predict: { probabilities: logits.softmax() },
      train: minimize(loss, adam()),
      trainOnLabels: minimize(crossEntropy(logits, labels), sgd({ lr: 0.1, momentum: 0.9 })),
    },
  });
}

/** Everything that a declaration or a manifest may have to write: odd names, every element type, sizes that are sums. */
export function oddities(): Model {
  const x = input("x-ray", ["batch", "time"]);
  const mask = input("mask", ["batch"], "bool");
  const labels = input("labels", ["batch"], "int32");
  const offset = state("running.mean", [5], 0.5);
  const weight = param("class", [5, 3], normal(0, 1));
  const table = constant([1, 2, 3]);
  const noisy = dropout(x.slice([null, [-5]]).sub(offset), 0.5, { name: "noise" });
  const logits = dropout(noisy).matmul(weight).mul(table);
  const drift = assign(offset, (now) => now.mul(0.9));
  return model("2 odd */ names", {
    dims: { batch: 6, time: 9 },
    functions: {
      predict: compute({
        "the class": logits.argmax(1),
        any: logits.max().gt(0),
        positive: logits.gt(0),
        both: logits.sum(1).mul(mask.toFloat()),
        later: x.slice([null, [1]]),
      }),
      train: minimize(crossEntropy(logits, labels), sgd({ lr: (t) => t.mul(1e-3) }), {
        dims: { batch: 20 },
        effects: [drift],
      }),
      reset: compute({}, { effects: [drift] }),
    },
  });
}
