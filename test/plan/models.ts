/** Models of many kinds, whose schedules the verifier must find good. */
import {
  adagrad,
  adam,
  adamw,
  assign,
  compute,
  constant,
  conv2d,
  convTranspose2d,
  crossEntropy,
  dropout,
  einsum,
  full,
  gather,
  gradient,
  input,
  linear,
  minimize,
  model,
  normal,
  param,
  rmsprop,
  sgd,
  sort,
  state,
  takeAlongAxis,
  topK,
  training,
  where,
  zeros,
  type Model,
} from "../../src/index.js";

export const models = {
  multilayer(): Model {
    const x = input("x", ["batch", 20]);
    const y = input("y", ["batch", 5]);
    const [hidden, output] = [linear("hidden", 20, 30), linear("output", 30, 5)];
    const prediction = output(hidden(x).relu());
    const loss = prediction.sub(y).square().sum();
    return model("multilayer", {
      dims: { batch: 8 },
      functions: { predict: { prediction }, train: minimize(loss, adam({ lr: 1e-3 }), { also: { prediction } }) },
    });
  },

  /** The decoder's weight is the encoder's. */
  tied(): Model {
    const x = input("x", ["batch", 12]);
    const weight = param("weight", [4, 12], normal(0, 0.1));
    const bias = param("bias", [12], zeros());
    const code = x.matmul(weight.transpose()).tanh();
    const again = code.matmul(weight).add(bias);
    const loss = again.sub(x).square().mean();
    return model("tied", {
      dims: { batch: 6 },
      functions: { encode: { code }, train: minimize(loss, adam({ lr: 1e-2, weightDecay: 0.01 })) },
    });
  },

  /** Two assigns of one state in one call, and a running mean. */
  counters(): Model {
    const x = input("x", ["batch", 3]);
    const count = state("count", [], 0);
    const mean = state("mean", [3], 0);
    const weight = param("weight", [3, 3], normal(0, 1));
    const increment = assign(count, (current) => current.add(1));
    const again = assign(count, (current) => current.mul(2).add(count));
    const track = assign(mean, (current) => current.mul(0.9).add(x.mean(0).mul(0.1)));
    const y = x.sub(mean).matmul(weight);
    return model("counters", {
      dims: { batch: 4 },
      functions: {
        observe: compute({ y, count }, { effects: [increment, again, track] }),
        train: minimize(y.square().sum(), sgd({ lr: 0.1 }), { effects: [track, increment], also: { mean } }),
      },
    });
  },

  /** Two minimize functions over shared parameters, each with an optimizer state of its own. */
  adversaries(): Model {
    const x = input("x", ["batch", 6]);
    const noise = input("noise", ["batch", 4]);
    const [generator, judge] = [linear("generator", 4, 6), linear("judge", 6, 1)];
    const made = generator(noise);
    const real = judge(x).sub(1).square().mean();
    const fake = judge(made).square().mean();
    const fooled = judge(made).sub(1).square().mean();
    return model("adversaries", {
      dims: { batch: 5 },
      functions: {
        sample: { made },
        judge: minimize(real.add(fake), adam({ lr: 1e-3 }), { params: [judge.weight, judge.bias] }),
        generate: minimize(fooled, rmsprop({ lr: 1e-3, momentum: 0.5, centered: true }), {
          params: [generator.weight, generator.bias],
        }),
      },
    });
  },

  /** Rank 0 all through. */
  polynomial(): Model {
    const x = input("x", ["points"]);
    const y = input("y", ["points"]);
    const [a, b, c, d] = [param("a", [], 0.1), param("b", [], 0.2), param("c", [], 0.3), param("d", [], 0.4)];
    const prediction = a
      .add(b.mul(x))
      .add(c.mul(x.square()))
      .add(d.mul(x.pow(3)));
    const loss = prediction.sub(y).square().sum();
    return model("polynomial", {
      dims: { points: 50 },
      functions: {
        predict: { prediction },
        train: minimize(loss, sgd({ lr: 1e-6 }), { also: { a, twice: a.mul(2) } }),
      },
    });
  },

  classifier(): Model {
    const x = input("x", ["batch", 4, 4]);
    const labels = input("labels", ["batch"], "int32");
    const [hidden, output] = [linear("hidden", 16, 10), linear("output", 10, 3)];
    const logits = output(dropout(hidden(x.reshape(["batch", 16])).relu(), 0.3));
    const loss = crossEntropy(logits, labels);
    const correct = logits.argmax(1).eq(labels).toFloat().mean();
    return model("classifier", {
      dims: { batch: 9 },
      functions: {
        predict: { probabilities: logits.softmax(), class: logits.argmax(1), sampled: training(logits) },
        train: minimize(loss, adamw({ lr: 1e-3 }), { also: { correct } }),
      },
    });
  },

  embedding(): Model {
    const tokens = input("tokens", ["batch", "time"], "int32");
    const targets = input("targets", ["batch"], "int32");
    const table = param("table", [11, 6], normal(0, 1));
    const single = param("single", [1, 6], normal(0, 1));
    const output = linear("output", 6, 11);
    const summed = gather(table, tokens)
      .sum(1)
      .add(gather(single, targets.mul(0)));
    const loss = crossEntropy(output(summed), targets);
    return model("embedding", {
      dims: { batch: 4, time: 7 },
      functions: {
        embed: { summed },
        train: minimize(loss, sgd({ lr: 0.1, momentum: 0.9, nesterov: true })),
      },
    });
  },

  /** Named axes that are not the first, sizes that are products, slices and pads. */
  ragged(): Model {
    const x = input("x", [3, "batch", "time"]);
    const weight = param("weight", [3, 5], normal(0, 1));
    const mixed = x.transpose([1, 2, 0]).matmul(weight);
    const flat = mixed.reshape(["batch", "time", 5]).softmax();
    const later = flat.slice([null, [1]]);
    const change = later
      .sub(flat.slice([null, [0, -1]]))
      .abs()
      .mean([0, 1]);
    const loss = change.max().add(flat.mean().mul(2));
    return model("ragged", {
      dims: { batch: 5, time: 7 },
      functions: {
        predict: { mixed, across: x.sum(1), order: x.transpose([2, 0, 1]) },
        train: minimize(loss, adagrad({ lr: 0.1 })),
        wide: compute({ flat }, { dims: { batch: 17 } }),
      },
    });
  },

  /** A product whose rows, columns and depth run over axes that do not follow each other evenly. */
  views(): Model {
    const x = input("x", ["batch", 4, 6, 5]);
    const weight = param("weight", [4, 7, 5, 2], normal(0, 1));
    const y = einsum("bcid,ckdm->bikm", x, weight).tanh();
    return model("views", { dims: { batch: 3 }, functions: { train: minimize(y.square().mean(), adam()) } });
  },

  /**
   * Convolutions, whose gradients are added up by the kernels of their products, and pooling of all rows: beside a row that
   * no window has, the last vector of a row would read elements that do not count, which no cost counts either.
   */
  convolved(): Model {
    const x = input("x", ["batch", 2, 8, 8]);
    const first = conv2d("first", 2, 4, 3, { padding: 1 })(x).relu().maxPool2d(2);
    const y = convTranspose2d("third", 3, 2, 2, { stride: 2 })(conv2d("second", 4, 3, 3)(first));
    return model("convolved", {
      dims: { batch: 5 },
      functions: { train: minimize(y.square().mean(), sgd({ lr: 0.1 })) },
    });
  },

  /** Nothing has an axis. */
  single(): Model {
    const x = input("x", []);
    const [w, b] = [param("w", [], 1), param("b", [], full(0))];
    const loss = w.mul(x).add(b).sub(3).square();
    return model("single", { functions: { predict: { y: w.mul(x).add(b) }, train: minimize(loss, adam()) } });
  },

  double(): Model {
    const x = input("x", ["batch", 7]);
    const scale = constant([1, 2, 3, 4, 5, 6, 7]);
    const [hidden, output] = [linear("hidden", 7, 7, { bias: false }), linear("output", 7, 1)];
    const y = output(where(x.gt(0), hidden(x.mul(scale)).sin(), x));
    const loss = y.square().mean().sqrt();
    return model("double", {
      precision: "float64",
      dims: { batch: 3 },
      functions: {
        slope: { slope: gradient(loss, x) },
        train: minimize(loss, adam({ amsgrad: true }), { also: { scaled: x.mul(scale) } }),
      },
    });
  },

  /** Every layer reads its input twice, and the parameters are used in both functions. */
  residual(): Model {
    const x = input("x", ["batch", 8]);
    const layers = Array.from({ length: 4 }, (_, i) => linear(`layers.${i}`, 8, 8));
    const end = layers.reduce((h, layer) => layer(h).tanh().add(h), x);
    const normalized = end
      .sub(end.mean(1, { keepDim: true }))
      .div(end.square().mean(1, { keepDim: true }).add(1e-5).sqrt());
    return model("residual", {
      dims: { batch: 4 },
      functions: { predict: { normalized }, train: minimize(normalized.mul(x).sum(), adam()) },
    });
  },

  /** Programs along axes, a named one among them, whose arguments are computed. */
  ranked(): Model {
    const x = input("x", ["batch", 9]);
    const places = input("places", ["batch", 2], "int32");
    const weight = param("weight", [9], normal(0, 1));
    const scores = x.mul(weight).tanh();
    const { values } = topK(scores, 4);
    const ordered = sort(scores, 0, { descending: true });
    const weights = ordered.values.cummax(1).add(scores.exp().cumsum(0));
    const loss = weights
      .square()
      .mean()
      .add(values.cumsum(1).mean())
      .add(takeAlongAxis(scores, places, 1).square().sum());
    return model("ranked", {
      dims: { batch: 6 },
      functions: {
        predict: { order: ordered.indices, first: x.argsort(1), largest: topK(x, 3, 0).values, sums: x.cumsum(0) },
        train: minimize(loss, adam()),
      },
    });
  },
};
