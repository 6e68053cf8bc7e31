/** What shape each operation's result has. Compiling this file is the test. */
import {
  constant,
  crossEntropy,
  einsum,
  dropout,
  gather,
  gradient,
  input,
  linear,
  param,
  scatterAdd,
  state,
  where,
  assign,
  concat,
  oneHot,
  outer,
  sort,
  split,
  stack,
  takeAlongAxis,
  topK,
} from "./dsl.js";
import type {
  BoolTensor,
  Dim,
  Effect,
  IntTensor,
  Linear,
  LinearWithoutBias,
  HostNumber,
  Shape,
  Tensor,
} from "./dsl.js";
import { fits, is } from "./equal.js";

declare const lr: HostNumber;
declare const size: number;
declare const flag: boolean;
declare const some: Tensor<Shape>;
declare const x: Tensor<["batch", 100]>;
declare const image: Tensor<["batch", 3, 28, 28]>;
declare const labels: IntTensor<["batch"]>;
declare const mask: BoolTensor<["batch", 1]>;

// Leaves
is<Tensor<["batch", 1000]>>()(input("x", ["batch", 1000]));
is<Tensor<["batch", number]>>()(input("x", ["batch", size]));
is<Tensor<[]>>()(input("x", []));
is<IntTensor<["batch"]>>()(input("x", ["batch"], "int32"));
is<BoolTensor<["batch"]>>()(input("x", ["batch"], "bool"));
is<Tensor<[100, 10]>>()(param("w", [100, 10], 0));
is<Tensor<[10]>>()(state("mean", [10], 0));
is<Effect>()(assign(state("mean", [10], 0), (mean) => mean.mul(0.9)));
is<Tensor<[]>>()(constant(3));
is<Tensor<[3]>>()(constant([1, 2, 3]));
is<Tensor<[2, 3]>>()(constant([[1, 2, 3], [4, 5, 6]])); // prettier-ignore
is<Tensor<[2, 2]>>()(constant({ shape: [2, 2], data: new Float32Array(4) }));
is<IntTensor<[3]>>()(constant([1, 2, 3], "int32"));
is<Tensor<[number, number]>>()(constant([] as number[][]));

// Elementwise
is<Tensor<["batch", 100]>>()(x.neg().square().sqrt().exp().log().tanh().sigmoid().relu().abs().sin().cos().floor());
is<Tensor<["batch", 100]>>()(x.sign().round().clamp(0, lr).leakyRelu().leakyRelu(lr).elu().elu(2).softplus(3).silu());
is<Tensor<["batch", 100]>>()(x.hardSigmoid().erf().gelu().gelu({ approximate: "tanh" }));
// @ts-expect-error no such approximation
x.gelu({ approximate: "sine" });
// @ts-expect-error a bound is a number
x.clamp(x, 1);
// @ts-expect-error integers have no such function
labels.gelu();
is<IntTensor<["batch"]>>()(labels.sign().clamp(0, 9));
is<HostNumber>()(lr.sign().round().clamp(0, 1).erf());
is<Tensor<["batch", 100]>>()(x.mul(2));
is<Tensor<["batch", 100]>>()(x.mul(lr));
is<Tensor<["batch", 100]>>()(x.add(x).sub(x).mul(x).div(x).pow(2).maximum(x).minimum(0));
is<Tensor<["batch", 100]>>()(x.add(constant(1)));
is<Tensor<["batch", 100]>>()(x.add(input("bias", [100])));
is<Tensor<["batch", 100]>>()(input("bias", [100]).add(x));
is<Tensor<["batch", 3, 28, 28]>>()(image.sub(input("mean", [3, 1, 1])));
is<Tensor<[5, 4, 3]>>()(input("a", [5, 1, 3]).add(input("b", [4, 1])));
is<Tensor<["batch", 100]>>()(x.add(input("a", [1, size])));
is<Tensor<["batch", 100]>>()(input("a", [size, size]).add(x));
is<Tensor<[number]>>()(input("a", [1]).add(input("b", [size])));
is<Tensor<Shape>>()(some.add(x));
is<Tensor<Shape>>()(x.add(some));
is<BoolTensor<["batch", 100]>>()(x.eq(0));
is<BoolTensor<["batch", 100]>>()(x.gt(input("a", [100])));
is<BoolTensor<["batch", 100]>>()(x.gt(0).and(mask).or(x.lt(1)).xor(mask).not());
is<BoolTensor<["batch", 100]>>()(mask.and(x.gt(0)));
// @ts-expect-error no numbers
mask.and(1);
// @ts-expect-error no truth values
x.not();
// @ts-expect-error the shapes do not broadcast
mask.or(input("a", [7, 3], "bool"));
is<IntTensor<["batch"]>>()(labels.add(1).sub(labels).mul(2).maximum(0));
is<BoolTensor<["batch"]>>()(labels.ne(3));
is<HostNumber>()(lr.mul(2).add(lr).pow(0.5).floor().cos().maximum(0).lt(1));
is<Tensor<["batch"]>>()(labels.toFloat());
is<IntTensor<["batch", 100]>>()(x.toInt());
is<Tensor<["batch", 1]>>()(mask.toFloat());
is<IntTensor<["batch", 1]>>()(mask.toInt());
is<Tensor<["batch", 100]>>()(dropout(x, 0.1, { name: "mask" }));

// where
is<Tensor<["batch", 100]>>()(where(x.gt(0), x, 0));
is<Tensor<["batch", 100]>>()(where(mask, x, x));
is<Tensor<["batch", 100]>>()(where(mask, 0, x));
is<Tensor<["batch", 1]>>()(where(mask, 1, lr));
is<IntTensor<["batch", 1]>>()(where(mask, 1, labels.reshape(["batch", 1])));
is<HostNumber>()(where(lr.gt(0), 1, lr));
is<Tensor<["batch", 100]>>()(where(lr.gt(0), x, 0));

// Reductions
is<Tensor<[]>>()(x.sum());
is<Tensor<[100]>>()(x.sum(0));
is<Tensor<["batch"]>>()(x.sum(-1));
is<Tensor<["batch"]>>()(image.mean([1, 2, 3]));
is<Tensor<["batch", 3]>>()(image.max([-1, -2]));
is<Tensor<["batch", 3]>>()(image.min([-1, -2]));
is<IntTensor<[]>>()(labels.min());
is<Tensor<["batch"]>>()(x.prod(1));
is<IntTensor<[1]>>()(labels.prod(0, { keepDim: true }));
is<Tensor<["batch"]>>()(image.variance([1, 2, 3]));
is<Tensor<["batch", 1]>>()(x.variance(1, { correction: 0, keepDim: true }));
is<Tensor<[1, 100]>>()(x.std(0, { keepDim: true }));
is<Tensor<[]>>()(x.std());
is<Tensor<[]>>()(x.norm());
is<Tensor<["batch"]>>()(x.norm(2, -1));
is<Tensor<["batch", 1]>>()(x.norm(Infinity, 1, { keepDim: true }));
is<Tensor<["batch"]>>()(x.logSumExp(1));
is<Tensor<["batch", 3, 1, 1]>>()(image.logSumExp([2, 3], { keepDim: true }));
is<IntTensor<["batch"]>>()(x.argmin(-1));
is<IntTensor<[]>>()(labels.argmin());
// @ts-expect-error no such axis
x.prod(2);
// @ts-expect-error no such axis
x.norm(2, 2);
is<Tensor<["batch", 1]>>()(x.mean(1, { keepDim: true }));
is<Tensor<[1, 1]>>()(x.sum(undefined, { keepDim: true }));
is<Tensor<["batch", 3, 1, 1]>>()(image.mean([2, 3], { keepDim: true }));
is<Tensor<["batch"]>>()(x.sum(1, { keepDim: false }));
is<Tensor<Shape>>()(x.sum(1, { keepDim: flag }));
is<Tensor<Shape>>()(x.sum(size));
is<Tensor<Shape>>()(some.sum(1));
is<Tensor<[]>>()(some.sum());
is<IntTensor<[]>>()(labels.sum());
is<IntTensor<[]>>()(x.argmax());
is<IntTensor<["batch"]>>()(x.argmax(-1));
is<IntTensor<["batch", 1]>>()(x.argmax(1, { keepDim: true }));
is<Tensor<["batch", 100]>>()(x.softmax());
is<Tensor<["batch", 100]>>()(x.logSoftmax(0));

// Movement
is<Tensor<["batch", 10, 10]>>()(x.reshape(["batch", 10, 10]));
is<Tensor<["batch", number]>>()(image.reshape(["batch", -1]));
is<Tensor<[100, "batch"]>>()(x.transpose());
is<Tensor<[100, "batch"]>>()(x.transpose([1, 0]));
is<Tensor<["batch", 28, 28, 3]>>()(image.transpose([0, 2, -1, 1]));
is<Tensor<[]>>()(x.sum().transpose([]));
is<Tensor<[5, 3]>>()(input("a", [1, 3]).expand([5, 3]));
is<Tensor<["batch", number]>>()(x.slice([null, [0, 10]]));
is<Tensor<[number, 100]>>()(x.slice([[1, null, 2]]));
is<IntTensor<[1, "batch"]>>()(labels.reshape([1, "batch"]));
is<BoolTensor<[1, "batch"]>>()(mask.transpose());
is<Tensor<["batch", 100, 1]>>()(x.unsqueeze(-1));
is<Tensor<[1, "batch", 100]>>()(x.unsqueeze(0));
is<IntTensor<["batch", 1]>>()(labels.unsqueeze(1));
is<Tensor<Shape>>()(x.unsqueeze(size));
is<Tensor<Shape>>()(some.unsqueeze(0));
is<Tensor<["batch"]>>()(x.sum(1, { keepDim: true }).squeeze(1));
is<BoolTensor<["batch"]>>()(mask.squeeze());
is<Tensor<[3, "batch"]>>()(input("a", [1, 3, 1, "batch"]).squeeze());
is<Tensor<["batch"]>>()(input("a", ["batch", size]).squeeze(-1));
is<Tensor<Shape>>()(input("a", ["batch", size]).squeeze());
is<Tensor<Shape>>()(some.squeeze(0));
is<Tensor<["batch", number]>>()(image.flatten(1));
is<Tensor<[number]>>()(image.flatten());
is<Tensor<["batch", number, 28]>>()(image.flatten(1, -2));
is<Tensor<["batch", 3, 28, 28]>>()(image.flatten(2, 2));
is<Tensor<[1]>>()(x.sum().flatten());
is<Tensor<Shape>>()(some.flatten(1));
is<Tensor<[7, "batch", 100]>>()(x.expand([7, "batch", 100]));
is<Tensor<[7, "batch", 100]>>()(x.expand([7, -1, -1]));
is<Tensor<["batch", 5]>>()(x.sum(1, { keepDim: true }).expand([-1, 5]));
is<Tensor<["batch", 100]>>()(x.flip());
is<IntTensor<["batch"]>>()(labels.flip([0]));
is<Tensor<["batch", 100]>>()(x.tile([1, 1]));
is<Tensor<["batch", number]>>()(x.tile([2]));
is<Tensor<[4, number, 100]>>()(x.tile([4, 2, 1]));
is<Tensor<["batch", 3]>>()(x.sum(1, { keepDim: true }).tile([1, 3]));
is<Tensor<["batch", 100]>>()(x.tril());
is<BoolTensor<["time", "time"]>>()(input("m", ["time", "time"], "bool").triu(1));
is<Tensor<Shape>>()(some.tril());

// Lists of tensors
is<Tensor<["batch", number]>>()(concat([x, x.slice([null, [0, 3]])], 1));
is<Tensor<[number, 100]>>()(concat([x, input("y", ["time", 100]), input("z", [size, size])]));
is<Tensor<[number, 100]>>()(concat([input("z", [3, size]), x]));
is<IntTensor<[number]>>()(concat([labels, labels]));
is<BoolTensor<["batch", number]>>()(concat([mask, mask], -1));
is<Tensor<["batch", number]>>()(concat([1, 2].map((n) => x.mul(n)), 1)); // prettier-ignore
is<Tensor<Shape>>()(concat([x, x], size));
is<Tensor<Shape>>()(concat([some, some]));
is<Tensor<[3, "batch", 100]>>()(stack([x, x, x]));
is<Tensor<["batch", 100, 2]>>()(stack([x, input("y", [size, 100])], -1));
is<Tensor<["batch", 2, 100]>>()(stack([input("y", [size, 100]), x], 1));
is<IntTensor<["batch", number]>>()(stack([1, 2].map((n) => labels.mul(n)), 1)); // prettier-ignore
is<[Tensor<["batch", 30]>, Tensor<["batch", number]>]>()(split(x, [30, -1], 1));
is<[IntTensor<[3]>, IntTensor<["rest"]>]>()(split(labels, [3, "rest"]));
is<Tensor<["batch", number]>[]>()(split(x, [1, 2].map(() => size), 1)); // prettier-ignore
is<Tensor<[10, "time"]>>()(outer(input("a", [10]), input("b", ["time"])));
is<Tensor<["batch", 10]>>()(oneHot(labels, 10));
is<Tensor<["batch", "time", number]>>()(oneHot(input("words", ["batch", "time"], "int32"), size));

// Along one axis
is<Tensor<["batch", 100]>>()(x.cumsum(0).cummax(-1));
is<IntTensor<["batch"]>>()(labels.cumsum(0).cummax(0));
is<Tensor<Shape>>()(some.cumsum(size));
is<IntTensor<["batch", 100]>>()(x.argsort());
is<IntTensor<["batch"]>>()(labels.argsort(0, { descending: flag }));
is<{ readonly values: Tensor<["batch", 100]>; readonly indices: IntTensor<["batch", 100]> }>()(sort(x));
is<IntTensor<["batch"]>>()(sort(labels, 0, { descending: true }).values);
is<{ readonly values: Tensor<["batch", 5]>; readonly indices: IntTensor<["batch", 5]> }>()(topK(x, 5));
is<IntTensor<["batch", 3, 2, 28]>>()(topK(image, 2, -2, { largest: false }).indices);
is<Tensor<["batch", number]>>()(topK(x, size).values);
is<Tensor<Shape>>()(topK(some, 3, size).values);
is<Tensor<["batch", 5]>>()(takeAlongAxis(x, topK(x, 5).indices));
is<Tensor<[8, 100]>>()(takeAlongAxis(x, input("rows", [8, 100], "int32"), 0));
is<IntTensor<[3]>>()(takeAlongAxis(labels, input("rows", [3], "int32")));
is<BoolTensor<["batch", 4]>>()(takeAlongAxis(mask, input("columns", ["batch", 4], "int32"), 1));
is<Tensor<["batch", number]>>()(takeAlongAxis(x, input("columns", ["batch", size], "int32"), 1));
is<Tensor<["batch", 4]>>()(takeAlongAxis(some, input("columns", ["batch", 4], "int32"), 1));

// Products, lookups and losses
is<Tensor<["batch", 10]>>()(x.matmul(input("w", [100, 10])));
is<Tensor<["batch", 10]>>()(x.matmul(input("w", [size, 10])));
is<Tensor<["heads", "time", "time"]>>()(input("q", ["heads", "time", 8]).matmul(input("k", ["heads", 8, "time"])));
is<Tensor<[2, "heads", 4, 5]>>()(input("a", [2, 1, 4, 3]).matmul(input("b", ["heads", 3, 5])));
is<Tensor<["batch"]>>()(x.matmul(input("v", [100])));
is<Tensor<[10]>>()(input("v", [100]).matmul(input("w", [100, 10])));
is<Tensor<["batch", 10]>>()(input("v", [100]).matmul(input("w", ["batch", 100, 10])));
is<Tensor<[]>>()(input("v", [100]).matmul(input("v", [100])));
is<Tensor<Shape>>()(some.matmul(x));
is<Tensor<["batch", 10]>>()(einsum("bi,oi->bo", x, input("w", [10, 100])));
is<Tensor<[10, "batch"]>>()(einsum("zi,Oi", x, input("w", [10, 100])));
is<Tensor<[4]>>()(einsum("ii->i", input("a", [4, 4])));
is<Tensor<[]>>()(einsum("ij,ji", x, input("b", [size, "batch"])));
is<Tensor<[3, 5, 4]>>()(einsum(" ...ij -> ...ji ", input("a", [3, 4, 5])));
is<Tensor<[3, 4, 7]>>()(einsum("...ij,kj", input("a", [3, 4, 5]), input("b", [7, 5])));
is<Tensor<["batch", 100]>>()(einsum(",bi->bi", 2, x));
is<Tensor<["batch", 7]>>()(einsum("ij,jk->ik", input("a", ["batch", 1]), input("b", [3, 7])));
is<Tensor<["batch", 7]>>()(einsum("ij,jk,jk->ik", input("a", ["batch", size]), input("b", [3, 7]), input("c", [3, 1])));
is<Tensor<Shape>>()(einsum("bi,bi->b", some, x));
is<Tensor<Shape>>()(einsum("bi,bi->b" as string, x, x));
is<Tensor<Shape>>()(einsum("bi,bi->b", ...[1, 2].map(() => x))); // prettier-ignore
is<Tensor<["batch", "time", 64]>>()(gather(input("table", [5000, 64]), input("words", ["batch", "time"], "int32")));
is<Tensor<["batch", 8]>>()(gather(x, input("columns", [8], "int32"), -1));
is<Tensor<["batch", 100]>>()(scatterAdd(x, input("rows", [7], "int32"), input("updates", [7, 100])));
is<Tensor<["batch", 100]>>()(scatterAdd(x, input("at", ["n", 2], "int32"), input("y", ["batch", "n", 2]), 1));
is<IntTensor<["batch"]>>()(scatterAdd(labels, input("at", [5], "int32"), input("y", [5], "int32")));
is<Tensor<Shape>>()(scatterAdd(some, labels, x));
is<Tensor<[]>>()(crossEntropy(x, labels));
is<Tensor<[]>>()(crossEntropy(input("a", ["batch", "time", 10]), input("b", ["batch", "time"], "int32")));
is<Tensor<[]>>()(crossEntropy(input("a", [size, 10]), labels));

// Gradients have the structure of what they are taken with respect to
const hidden = linear("hidden", 100, 10);
const loss = hidden(x).square().mean();
is<Tensor<[10, 100]>>()(gradient(loss, hidden.weight));
is<[Tensor<[10, 100]>, Tensor<[10]>]>()(gradient(loss, [hidden.weight, hidden.bias]));
is<{ w: Tensor<[10, 100]>; b: Tensor<[10]> }>()(gradient(loss, { w: hidden.weight, b: hidden.bias }));

// Layers
is<Linear<100, 10>>()(hidden);
is<LinearWithoutBias<100, 10>>()(linear("hidden", 100, 10, { bias: false }));
is<Tensor<["batch", "time", 10]>>()(hidden(input("x", ["batch", "time", 100])));
is<Tensor<["batch", 10]>>()(hidden(input("x", ["batch", size])));

// A tensor may stand where a less known shape is wanted, and `number` agrees with every size both ways.
fits<Tensor<Shape>>(x);
fits<Tensor<[Dim, 100]>>(x);
fits<Tensor<[string, number]>>(x);
fits<Tensor<["batch", number]>>(x);
fits<Tensor<["batch", 100]>>(input("x", ["batch", size]));
fits<Tensor<["batch", 100]>>(input("x", [size, size]));
fits<Tensor<readonly ["batch", 100]>>(x);
fits<Linear<number, number>>(hidden);
// @ts-expect-error another size
fits<Tensor<["batch", 10]>>(x);
// @ts-expect-error another name
fits<Tensor<["time", 100]>>(x);
// @ts-expect-error another rank
fits<Tensor<["batch", 100, 1]>>(x);
// @ts-expect-error an unknown rank
fits<Tensor<["batch", 100]>>(some);
// @ts-expect-error another element type
fits<Tensor<["batch"]>>(labels);
// @ts-expect-error a scalar is no tensor
fits<Tensor<[]>>(lr);
// @ts-expect-error a layer of another width
fits<Linear<number, 100>>(hidden);
