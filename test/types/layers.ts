/** Layers as users write them. Compiling this file is the test. */
import { batchNorm, byMode, dropout, embedding, input, layerNorm, linear, param, randomNormal } from "./dsl.js";
import { assign, compute, randomUniform, rmsNorm, sequential, standardize, state, withEffects } from "./dsl.js";
import type { BatchNorm, BoolTensor, Dim, IntTensor, Linear, Shape, Tensor } from "./dsl.js";
import { fits, is } from "./equal.js";

const x = input("x", ["batch", 100]);
const words = input("words", ["batch", "time"], "int32");

// Tables and normalizations keep what stands before their features.
is<Tensor<["batch", "time", 16]>>()(embedding("words", 5000, 16, { paddingIndex: 0 })(words));
is<Tensor<[5000, 16]>>()(embedding("words", 5000, 16).weight);
is<Tensor<["batch", 100]>>()(layerNorm("norm", 100)(x));
is<Tensor<[100]>>()(layerNorm("norm", 100).bias);
is<Tensor<["batch", 4, 25]>>()(layerNorm("norm", [4, 25])(x.reshape(["batch", 4, 25])));
is<Tensor<[4, 25]>>()(layerNorm("norm", [4, 25]).weight);
is<Tensor<["batch", 100]>>()(rmsNorm("norm", 100, { eps: 1e-6 })(x));
is<Tensor<["batch", 100]>>()(standardize("norm", 100)(x));
is<Tensor<["batch", 4, 25]>>()(standardize("norm", [4, 25])(x.reshape(["batch", 4, 25])));
is<Tensor<[4, 25]>>()(standardize("norm", [4, 25]).variance);
void compute({ rows: standardize("norm", 100).count }, { effects: standardize("norm", 100).observe(x) });
// @ts-expect-error the last axis is another
void standardize("norm", 99)(x);
// @ts-expect-error the last axis is another
void standardize("norm", 99).observe(x);
is<Tensor<["batch", 100]>>()(batchNorm("norm", 100, { momentum: null })(x));
is<Tensor<[100]>>()(batchNorm("norm", 100).runningMean);
is<Tensor<[]>>()(batchNorm("norm", 100, { affine: false }).batchesTracked);

// What an option leaves out is not there.
{
  const plain = layerNorm("norm", 100, { affine: false });
  // @ts-expect-error there is no weight
  void plain.weight;
  const scaled = layerNorm("norm", 100, { bias: false });
  is<Tensor<[100]>>()(scaled.weight);
  // @ts-expect-error there is no bias
  void scaled.bias;
  const untracked = batchNorm("norm", 100, { trackRunningStatistics: false });
  is<Tensor<[100]>>()(untracked.weight);
  // @ts-expect-error there are no running statistics
  void untracked.runningMean;
}

// Layers in sequence: the types flow through, also through functions.
{
  const net = sequential(
    linear("hidden", 100, 50),
    batchNorm("norm", 50),
    (h) => dropout(h.relu(), 0.2),
    linear("output", 50, 10),
    (h) => h.softmax(),
  );
  is<Tensor<["batch", 10]>>()(net(x));
  is<Tensor<["batch", "time", 10]>>()(net(input("s", ["batch", "time", 100])));
  const read = sequential(embedding("words", 5000, 100), layerNorm("first", 100), net, rmsNorm("last", 10));
  is<Tensor<["batch", "time", 10]>>()(read(words));
  is<Tensor<["batch", 50]>>()(sequential(linear("only", 100, 50))(x));
  const many = sequential(net, linear("a", 10, 11), linear("b", 11, 12), linear("c", 12, 13), linear("d", 13, 14));
  is<Tensor<["batch", 14]>>()(many(x));
}

// Arrays of layers, and loops.
{
  const norms: BatchNorm<number>[] = [batchNorm("a", 300), batchNorm("b", 100)];
  const layers: Linear<number, number>[] = [linear("a", 784, 300), linear("b", 300, 100)];
  let h: Tensor<["batch", number]> = input("x", ["batch", 784]);
  for (const [i, layer] of layers.entries()) h = norms[i]!(layer(h)).relu();
  const blocks = [0, 1, 2].map((i) => sequential(linear(`blocks.${i}`, 100, 100), layerNorm(`norms.${i}`, 100)));
  is<Tensor<["batch", 100]>>()(blocks.reduce((h, block) => block(h).relu().add(h), x));
}

/** A composite prefixes the names of its parts with its own. */
function feedForward<N extends number>(name: string, features: N) {
  const [norm, up, down] = [
    layerNorm(`${name}.norm`, features),
    linear(`${name}.up`, features, 400),
    linear(`${name}.down`, 400, features),
  ];
  return <L extends Shape>(x: Tensor<[...L, N]>): Tensor<[...L, N]> => x.add(down(up(norm(x)).relu()));
}
is<Tensor<["batch", 100]>>()(feedForward("block", 100)(x));
is<Tensor<["batch", 100]>>()(sequential(feedForward("first", 100), feedForward("second", 100))(x));

/** A layer of the user's own that keeps what it has seen. */
function centered<N extends number>(name: string, features: N) {
  const seen = state(`${name}.mean`, [features], 0);
  return <B extends Dim>(x: Tensor<[B, N]>): Tensor<[B, N]> => {
    const mean = x.mean(0);
    const counted = withEffects(x.sub(mean), [assign(seen, (now) => now.mul(0.9).add(mean.mul(0.1)))]);
    return byMode({ training: counted, evaluation: x.sub(seen) });
  };
}
is<Tensor<["batch", 100]>>()(centered("center", 100)(x));

// A tensor of any shape has no arguments.
{
  const absolute = (h: Tensor): Tensor => h.abs();
  fits<Tensor>(absolute(x));
  is<IntTensor<Shape>>()(words as IntTensor);
  is<BoolTensor<Shape>>()(x.gt(0) as BoolTensor);
}

// Random numbers in the shape of a call.
is<Tensor<["batch", 100]>>()(randomNormal(["batch", 100], { std: 0.1, name: "noise" }).add(x));
is<Tensor<[3]>>()(randomUniform([3], { low: -1 }));
fits<Tensor<[number]>>(param("w", [3], 0).mul(randomUniform([3])));
