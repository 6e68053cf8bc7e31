/** What losses and metrics take and give. Compiling this file is the test. */
import {
  accuracy,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  confusionMatrix,
  constant,
  cosineEmbedding,
  crossEntropy,
  f1,
  hinge,
  hingeEmbedding,
  huber,
  input,
  kl,
  l1,
  linear,
  mse,
  nll,
  precision,
  r2,
  recall,
  smoothL1,
  topKAccuracy,
  triplet,
} from "./dsl.js";
import type { Dim, IntTensor, Shape, Tensor } from "./dsl.js";
import { is } from "./equal.js";

declare const size: number;
declare const some: Tensor<Shape>;
declare const reduction: "mean" | "none";

const x = input("x", ["batch", 10]);
const y = input("y", ["batch", 10]);
const labels = input("labels", ["batch"], "int32");
const other = input("other", ["batch"], "int32");
const mask = input("mask", ["batch", 10], "bool");
const image = input("image", ["batch", 3, 28, 28]);
const pixels = input("pixels", ["batch", 28, 28], "int32");
const sides = input("sides", ["batch"]);

// The reduction decides the shape.
is<Tensor<[]>>()(mse(x, y));
is<Tensor<[]>>()(mse(x, y, {}));
is<Tensor<[]>>()(mse(x, y, { reduction: "mean" }));
is<Tensor<[]>>()(mse(x, y, { reduction: "sum" }));
is<Tensor<["batch", 10]>>()(mse(x, y, { reduction: "none" }));
is<Tensor<Shape>>()(mse(x, y, { reduction }));
is<Tensor<[]>>()(mse(x, input("y", ["batch", size])));
is<Tensor<[]>>()(mse(some, y));
is<Tensor<[]>>()(mse(x, some));
is<Tensor<["batch", 10]>>()(l1(x, y, { reduction: "none" }));
is<Tensor<[]>>()(huber(x, y, { delta: 0.5 }));
is<Tensor<["batch", 10]>>()(huber(x, y, { delta: 0.5, reduction: "none" }));
is<Tensor<[]>>()(smoothL1(x, y, { beta: 0.5, reduction: "sum" }));
is<Tensor<[]>>()(hinge(x, y, { margin: 2 }));
is<Tensor<["batch", 10]>>()(hingeEmbedding(x, y, { reduction: "none" }));
is<Tensor<[]>>()(kl(x.logSoftmax(), y.softmax(), { reduction: "batchMean" }));
is<Tensor<["batch", 10]>>()(kl(x, y, { reduction: "none", logTarget: true }));

// Labels have one number for each row, probabilities the shape of the logits.
is<Tensor<[]>>()(crossEntropy(x, labels));
is<Tensor<["batch"]>>()(crossEntropy(x, labels, { reduction: "none" }));
is<Tensor<[]>>()(crossEntropy(x, labels, { weight: input("w", [10]), ignoreIndex: -100, labelSmoothing: 0.1 }));
is<Tensor<[]>>()(crossEntropy(x, labels, { weight: constant([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) }));
is<Tensor<[]>>()(crossEntropy(x, y));
is<Tensor<["batch"]>>()(crossEntropy(x, y, { reduction: "none", weight: input("w", [10]) }));
is<Tensor<[]>>()(crossEntropy(image, pixels, { axis: 1 }));
is<Tensor<["batch", 28, 28]>>()(crossEntropy(image, pixels, { axis: 1, reduction: "none", weight: input("w", [3]) }));
is<Tensor<[]>>()(crossEntropy(image, pixels, { axis: -3, weight: input("w", [3]) }));
is<Tensor<["batch", 28, 28]>>()(crossEntropy(image, image, { axis: -3, reduction: "none" }));
is<Tensor<[]>>()(crossEntropy(input("x", [10]), input("label", [], "int32")));
is<Tensor<[]>>()(crossEntropy(some, labels));
is<Tensor<Shape>>()(crossEntropy(some, labels, { reduction: "none" }));
is<Tensor<[]>>()(nll(x.logSoftmax(), labels, { ignoreIndex: -1 }));
is<Tensor<["batch"]>>()(nll(x.logSoftmax(), labels, { reduction: "none", weight: input("w", [10]) }));
is<Tensor<["batch", 28, 28]>>()(nll(image, pixels, { axis: 1, reduction: "none" }));

is<Tensor<[]>>()(binaryCrossEntropy(x, y, { weight: input("w", ["batch", 1]) }));
is<Tensor<["batch", 10]>>()(binaryCrossEntropyWithLogits(x, mask.toFloat(), { reduction: "none" }));
is<Tensor<[]>>()(binaryCrossEntropyWithLogits(x, y, { posWeight: input("p", [10]), weight: constant(2) }));
is<Tensor<[]>>()(cosineEmbedding(x, y, sides, { margin: 0.5 }));
is<Tensor<["batch"]>>()(cosineEmbedding(x, y, sides, { reduction: "none" }));
is<Tensor<[]>>()(triplet(x, y, x, { margin: 0.5, p: 1, swap: true }));
is<Tensor<["batch"]>>()(triplet(x, y, x, { reduction: "none" }));

// Metrics
is<Tensor<[]>>()(accuracy(x, labels));
is<Tensor<[]>>()(topKAccuracy(x, labels, 5));
is<IntTensor<[10, 10]>>()(confusionMatrix(x.argmax(-1), labels, 10));
is<IntTensor<[number, number]>>()(confusionMatrix(labels, other, size));
is<Tensor<[]>>()(precision(sides.gt(0), labels));
is<Tensor<[]>>()(recall(labels, other, { average: "macro", classes: 10 }));
is<Tensor<[10]>>()(f1(labels, other, { average: "none", classes: 10 }));
is<Tensor<[]>>()(r2(x, y));

// Inside a function that is generic over dimensions, or over any shape.
function trained<N extends Dim, T extends Dim>(h: Tensor<[N, T, 128]>, words: IntTensor<[N, T]>): Tensor<[]> {
  const logits = linear("output", 128, 5000)(h);
  is<Tensor<[N, T]>>()(crossEntropy(logits, words, { ignoreIndex: 0, reduction: "none" }));
  is<Tensor<[N, T]>>()(nll(logits.logSoftmax(), words, { reduction: "none" }));
  is<Tensor<[]>>()(accuracy(logits, words));
  is<Tensor<[N, T, 128]>>()(huber(h, h.tanh(), { reduction: "none" }));
  return crossEntropy(logits, words).add(mse(h, h.tanh()));
}
is<Tensor<[]>>()(trained(input("h", ["batch", 5, 128]), input("words", ["batch", 5], "int32")));

const balanced = <S extends Shape>(a: Tensor<S>, b: Tensor<S>): Tensor<[]> => mse(a, b).add(l1(a, b));
is<Tensor<[]>>()(balanced(x, y));

// What is wanted of a result does not change how it is computed.
const wanted: Tensor<[]> = mse(x, y);
const rows: Tensor<["batch"]> = crossEntropy(x, labels, { reduction: "none" });
is<Tensor<["batch"]>>()(rows.add(wanted));

// @ts-expect-error no such reduction
mse(x, y, { reduction: "average" });
// @ts-expect-error not of this loss
mse(x, y, { reduction: "batchMean" });
// @ts-expect-error no such option
mse(x, y, { delta: 1 });
