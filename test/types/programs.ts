/** Programs as users write them. Compiling this file is the test. */
import {
  checkpoint,
  concat,
  crossEntropy,
  customGradient,
  dropout,
  einsum,
  gather,
  input,
  linear,
  param,
  sort,
  stack,
  takeAlongAxis,
  topK,
  where,
} from "./dsl.js";
import type { Dim, IntTensor, Linear, Shape, Tensor } from "./dsl.js";
import { fits, is } from "./equal.js";

// The model of the readme.
{
  const x = input("x", ["batch", 1000]);
  const y = input("y", ["batch", 10]);
  const hidden = linear("hidden", 1000, 100);
  const output = linear("output", 100, 10);
  const prediction = output(hidden(x).relu());
  is<Tensor<["batch", 10]>>()(prediction);
  is<Tensor<[]>>()(prediction.sub(y).square().sum());
}

// A loop over a list of widths: the size in the middle is not known to the types.
{
  const widths = [784, 300, 100] as const;
  let h: Tensor<["batch", number]> = input("x", ["batch", 784]);
  for (const [i, width] of widths.slice(1).entries()) h = linear(`layers.${i}`, widths[i]!, width)(h).relu();
  is<Tensor<["batch", 10]>>()(linear("output", 100, 10)(h));
}

// An array of layers.
{
  const layers: Linear<number, number>[] = [linear("a", 784, 300), linear("b", 300, 100)];
  let h: Tensor<["batch", number]> = input("x", ["batch", 784]);
  for (const layer of layers) h = layer(h).tanh();
  const blocks = [linear("c", 64, 64), linear("d", 64, 64)];
  const x = input("x", ["batch", 64]);
  is<Tensor<["batch", 64]>>()(blocks.reduce((h, block) => block(h).relu().add(h), x));
}

// A generic helper: any shape at all.
function gelu<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return x.mul(x.mul(0.7978845608).mul(x.square().mul(0.044715).add(1)).tanh().add(1)).mul(0.5);
}
is<Tensor<["batch", 100]>>()(gelu(input("x", ["batch", 100])));

/** A helper that is generic in its leading axes. */
const head = <L extends Shape>(x: Tensor<[...L, 128]>) => linear("head", 128, 10)(gelu(x).add(x)).softmax();
is<Tensor<["batch", "time", 10]>>()(head(input("x", ["batch", "time", 128])));

/** A helper that passes a shape on. */
const named = <const S extends Shape>(name: string, shape: S) => input(`inputs.${name}`, shape);
is<Tensor<["batch", 3]>>()(named("x", ["batch", 3]));

/** A layer that is generic over dimensions: products, permutations, reductions and broadcasting resolve inside it. */
function attention<N extends Dim, T extends Dim>(x: Tensor<[N, T, 128]>, causal: Tensor<[T, T]>): Tensor<[N, T, 128]> {
  const [query, key, value] = [linear("q", 128, 64), linear("k", 128, 64), linear("v", 128, 64)];
  const scores = query(x)
    .matmul(key(x).transpose([0, 2, 1]))
    .div(8);
  is<Tensor<[N, T, T]>>()(scores);
  const weights = dropout(scores.add(causal).softmax(), 0.1);
  const mixed = linear("out", 64, 128)(weights.matmul(value(x)));
  return normalize(x.add(mixed));
}

function normalize<N extends Dim, T extends Dim, D extends Dim>(x: Tensor<[N, T, D]>): Tensor<[N, T, D]> {
  const mean = x.mean(-1, { keepDim: true });
  is<Tensor<[N, T, 1]>>()(mean);
  const centered = x.sub(mean);
  const deviation = centered.square().mean(-1, { keepDim: true }).add(1e-5).sqrt();
  is<Tensor<[N, D]>>()(where(x.max(1).gt(0), x.max(1), 0));
  is<IntTensor<[N, T]>>()(x.argmax(-1));
  return centered.div(deviation);
}

/** Lists, new axes and triangles resolve inside a function that is generic over dimensions. */
function arranged<N extends Dim, T extends Dim>(x: Tensor<[N, T, 128]>, y: Tensor<[N, T, 8]>): Tensor<[N, T, 136]> {
  is<Tensor<[N, T, number]>>()(concat([x, y], -1));
  is<Tensor<[N, number, 128]>>()(concat([x, x.flip(1)], 1));
  is<Tensor<[N, T, 2, 128]>>()(stack([x, x], 2));
  is<Tensor<[N, 1, T, 128]>>()(x.unsqueeze(1));
  is<Tensor<[N, T]>>()(y.mean(-1, { keepDim: true }).squeeze(-1));
  is<Tensor<[N, T]>>()(y.mean(-1, { keepDim: true }).squeeze());
  is<Tensor<[number, 128]>>()(x.flatten(0, 1));
  is<Tensor<[N, T, 128]>>()(x.tril(1));
  return concat([x, y], -1);
}

/** What runs along one axis resolves there too. */
function ranked<N extends Dim, T extends Dim>(x: Tensor<[N, T, 128]>): Tensor<[N, T, 5]> {
  is<Tensor<[N, T, 128]>>()(x.cumsum(1).cummax(-1));
  is<Tensor<[N, T, 128]>>()(sort(x, 1).values);
  is<IntTensor<[N, T]>>()(x.mean(-1).argsort(0));
  const { values, indices } = topK(x, 5);
  is<Tensor<[N, T, 5]>>()(values);
  return takeAlongAxis(x, indices, 2);
}
is<Tensor<["batch", "time", 5]>>()(ranked(input("x", ["batch", "time", 128])));
is<Tensor<["batch", 7]>>()([1, 2].reduce((x) => sort(x.cumsum(1)).values, input("x", ["batch", 7])));

// A model over words.
{
  const words = input("words", ["batch", "time"], "int32");
  const table = param("table", [5000, 128], 0);
  const x = attention(gather(table, words), input("causal", ["time", "time"]));
  is<Tensor<["batch", "time", 128]>>()(x);
  is<Tensor<[]>>()(crossEntropy(linear("output", 128, 5000)(x), words));
  is<Tensor<["batch", 5000]>>()(linear("output", 128, 5000)(x.mean(1)));
}

// A declared type is no operand: what is wanted of a result does not change how it is computed.
{
  const x = input("x", ["batch", 100]);
  const doubled: Tensor<["batch", number]> = x.mul(2);
  const scaled: Tensor<["batch", 100]> = x.sum(1, { keepDim: true }).mul(x.mul(2)).maximum(0);
  const chosen: Tensor<[number, 100]> = where(x.gt(0), 1, x.mul(2)).add(1);
  const stated: Tensor<["batch", 5, 20]> = x.reshape(["batch", 5, -1]);
  is<Tensor<["batch", 100]>>()(
    doubled
      .add(scaled)
      .add(chosen)
      .add(stated.sum(-1).mean(1, { keepDim: true })),
  );
}

// A user's own layer type, and a size that the types lost and the user states again.
{
  interface Scale<N extends Dim> {
    <L extends Shape>(x: Tensor<[...L, N]>): Tensor<[...L, N]>;
    readonly factor: Tensor<[N]>;
  }
  const scale = <N extends number>(name: string, size: N): Scale<N> => {
    const factor = param(name, [size], 1);
    return Object.assign(<L extends Shape>(x: Tensor<[...L, N]>): Tensor<[...L, N]> => x, { factor });
  };
  fits<Scale<number>>(scale("a", 10));
  is<Tensor<["batch", 10]>>()(scale("a", 10)(input("x", ["batch", 10])));
}
function firstHalf<N extends Dim, T extends Dim>(x: Tensor<[N, T, 128]>): Tensor<[N, T, 64]> {
  return x.slice([null, null, [0, 64]]);
}
function everySecond<N extends Dim, T extends Dim>(x: Tensor<[N, T]>): Tensor<[N, T]> {
  return x.slice([[0, null, 2]]);
}
is<Tensor<["batch", 5, 136]>>()(arranged(input("x", ["batch", 5, 128]), input("y", ["batch", 5, 8])));
is<Tensor<["batch", 3]>>()(everySecond(firstHalf(input("x", ["batch", 3, 128])).sum(-1)));

// A gradient of one's own: the rule's results have the shapes of the inputs.
{
  const x = input("x", ["batch", 3]);
  const w = param("w", [3], 1);
  is<Tensor<["batch", 3]>>()(customGradient(x.square(), x, (dy) => dy.mul(x)));
  is<Tensor<["batch", 3]>>()(customGradient(x.mul(w), [x, w], (dy) => [dy.mul(w), null]));
  is<Tensor<["batch", 3]>>()(customGradient(x.mul(w), { w }, (dy) => ({ w: dy.mul(x).sum(0) })));
  // @ts-expect-error another shape
  customGradient(x.mul(w), { w }, (dy) => ({ w: dy.mul(x) }));
  // @ts-expect-error one gradient for two inputs
  customGradient(x.mul(w), [x, w], (dy) => [dy]);
  // @ts-expect-error integers have no gradient
  customGradient(x, input("i", ["batch"], "int32"), () => null);
}

// What is computed again has the type of what is computed.
{
  const x = input("x", ["batch", 64]);
  const layer = linear("block", 64, 64);
  is<Tensor<["batch", 64]>>()(checkpoint(layer)(x));
  is<Tensor<["batch", 64]>>()(checkpoint((h: Tensor<["batch", 64]>) => layer(layer(h).relu()).relu())(x));
  const both = checkpoint((h: Tensor<["batch", 64]>, at: IntTensor<["batch"]>) => ({ a: h.relu(), b: gather(h, at) }));
  is<Tensor<["batch", 64]>>()(both(x, input("at", ["batch"], "int32")).b);
  // @ts-expect-error a result that is no tensor
  checkpoint((h: Tensor<["batch", 64]>) => [3, h]);
}
// Equations within a generic helper, and what is wanted of their result.
function attended<N extends Dim, T extends Dim, S extends Dim>(
  q: Tensor<[N, T, 4, 8]>,
  k: Tensor<[N, S, 4, 8]>,
  v: Tensor<[N, S, 4, 8]>,
): Tensor<[N, T, 4, 8]> {
  const weights = einsum("nthd,nshd->nhts", q, k).softmax();
  is<Tensor<[N, 4, T, S]>>()(weights);
  const mixed: Tensor<[N, T, 4, 8]> = einsum("nhts,nshd->nthd", weights, v);
  is<Tensor<[N, 8, T]>>()(einsum("nt...d->nd...t", einsum("nthd->ntd", q)));
  return mixed;
}
const heads = attended(input("q", ["batch", 5, 4, 8]), input("k", ["batch", 7, 4, 8]), input("v", ["batch", 7, 4, 8]));
is<Tensor<["batch", 5, 4, 8]>>()(heads);
