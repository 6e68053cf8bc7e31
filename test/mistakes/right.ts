/** A right call of every export and of every method of tensors: tests replace its arguments by wrong ones. */
import * as optimc from "../../src/index.js";

const { adam, input, linear, model, param, state } = optimc;

export const float = input("float", ["batch", 3]);
export const vector = input("vector", [3]);
export const whole = input("whole", ["batch", 3], "int32");
export const rows = input("rows", ["batch"], "int32");
export const truth = input("truth", ["batch", 3], "bool");
export const weight = param("weight", [3], 0);
export const seen = state("seen", [], 0);
export const layer = linear("layer", 3, 3);
export const loss = float.mul(weight).sum();

export type Callable = (...given: readonly unknown[]) => unknown;

/** Every function of the package by its name, those in a group too: `hyper.number`. */
export const functions: ReadonlyMap<string, Callable> = new Map(
  Object.entries(optimc).flatMap(([name, value]): (readonly [string, Callable])[] =>
    typeof value === "function"
      ? [[name, value as Callable]]
      : Object.entries(value).map(([own, each]) => [`${name}.${own}`, each as Callable]),
  ),
);

/** Calls that are right: one argument after another is replaced. */
export const right: Readonly<Record<string, readonly unknown[]>> = {
  assign: [seen, (now: optimc.Tensor<[]>) => now.add(1)],
  checkpoint: [(x: unknown) => x],
  byMode: [{ training: float, evaluation: float }],
  concat: [[float, float], 0],
  constant: [[1, 2, 3]],
  crossEntropy: [float, rows, { reduction: "sum" }],
  customGradient: [float, [float], (dy: unknown) => [dy], {}],
  dropout: [float, 0.5, {}],
  einsum: ["bi,i->b", float, vector],
  evaluating: [float],
  gather: [float, rows, 0],
  gradient: [loss, weight],
  input: ["name", ["batch"], "float"],
  oneHot: [rows, 3],
  outer: [vector, vector],
  param: ["name", [3], 0],
  sort: [float, -1, {}],
  scatterAdd: [float, rows, float, 0],
  randomNormal: [[3], {}],
  randomUniform: [[3], {}],
  split: [float, [1, 2], 1],
  stack: [[float, float], 0],
  state: ["name", [3], 0],
  stopGradient: [float],
  takeAlongAxis: [float, whole, -1],
  topK: [float, 2, -1, {}],
  training: [float],
  where: [truth, float, 0],
  withEffects: [float, []],
  full: [1],
  kaimingNormal: [{}],
  kaimingUniform: [{}],
  normal: [0, 1],
  ones: [],
  uniform: [0, 1],
  xavierNormal: [1],
  xavierUniform: [1],
  zeros: [],
  compute: [{ float }, {}],
  minimize: [loss, adam(), {}],
  model: ["name", { dims: { batch: 2 }, functions: { run: { float } } }],
  configurable: [{ width: 3 }, () => model("name", { functions: { run: { float } } })],
  l1: [float, float, {}],
  mse: [float, float, {}],
  huber: [float, float, {}],
  smoothL1: [float, float, {}],
  hinge: [float, float, {}],
  hingeEmbedding: [float, float, {}],
  binaryCrossEntropy: [float, float, {}],
  binaryCrossEntropyWithLogits: [float, float, {}],
  cosineEmbedding: [float, float, float.sum(1), {}],
  kl: [float, float, {}],
  nll: [float, rows, {}],
  triplet: [float, float, float, {}],
  accuracy: [float, rows],
  topKAccuracy: [float, rows, 2],
  confusionMatrix: [rows, rows, 3],
  precision: [rows, rows, {}],
  recall: [rows, rows, {}],
  f1: [rows, rows, {}],
  r2: [float, float],
  batchNorm: ["name", 3, {}],
  embedding: ["name", 9, 3, {}],
  layerNorm: ["name", 3, {}],
  standardize: ["name", 3],
  linear: ["name", 3, 3, {}],
  rmsNorm: ["name", 3, {}],
  sequential: [layer, (x: unknown) => x],
  adagrad: [{}],
  adam: [{}],
  adamw: [{}],
  adabound: [{}],
  adaboundw: [{}],
  amsbound: [{}],
  adan: [{}],
  adadelta: [{}],
  adafactor: [{}],
  adamax: [{}],
  asgd: [{}],
  muon: [{}],
  nadam: [{}],
  radam: [{}],
  rprop: [{}],
  scheduleFreeAdamW: [{}],
  scheduleFreeSGD: [{}],
  swats: [{}],
  lamb: [{}],
  lion: [{}],
  rmsprop: [{}],
  sgd: [{}],
  sparseAdam: [{}],
  ema: [0.9],
  lbfgs: [{}],
  swa: [{}],
  clipByNorm: [1, {}],
  clipByValue: [1],
  clipByGlobalNorm: [1, {}],
  schedule: [{ shared: {}, advance: () => ({}), value: ({ t }: { t: unknown }) => t }],
  "hyper.choice": [["a", "b"]],
  chainedScheduler: [[optimc.constantLR(0.1), optimc.exponentialLR(0.1, { gamma: 0.9 })]],
  constantLR: [0.1, {}],
  cosineAnnealingLR: [0.1, { tMax: 10 }],
  cosineAnnealingWarmRestarts: [0.1, { t0: 10 }],
  cyclicLR: [0.1, { maxLr: 1 }],
  exponentialLR: [0.1, { gamma: 0.9 }],
  lambdaLR: [0.1, (t: optimc.HostNumber) => t.add(1)],
  linearLR: [0.1, {}],
  multiplicativeLR: [0.1, (t: optimc.HostNumber) => t.add(1)],
  multiStepLR: [0.1, { milestones: [10, 20] }],
  oneCycleLR: [0.1, { totalSteps: 10 }],
  polynomialLR: [0.1, {}],
  reduceLROnPlateau: [0.1, {}],
  sequentialLR: [[0.1, optimc.linearLR(0.1)], { milestones: [5] }],
  stepLR: [0.1, { stepSize: 30 }],
  swaLR: [0.1, { swaLr: 0.05 }],
  warmup: [5, optimc.linearLR(0.1), {}],
  "hyper.fixed": [1],
  "hyper.fixedNumbers": [[1, 2]],
  "hyper.initialOf": ["lr"],
  "hyper.flag": [false],
  "hyper.number": [1],
  "hyper.numbers": [1, 2],
  optimizer: [{ name: "own", hyper: {}, state: () => ({}), update: ({ param: p }: { param: unknown }) => ({ param: p, state: {} }) }],
  "hyper.optional": [1],
}; // prettier-ignore

/** Arguments of methods, after the receiver. */
export const methodArguments: Record<string, readonly unknown[]> = {
  broadcastTo: [["batch", 3]],
  reshape: [["batch", 3]],
  transpose: [[1, 0]],
  slice: [[[0, 1]]],
  clamp: [-1, 1],
  pow: [2],
  unsqueeze: [0],
  flip: [0],
  tile: [[1, 2]],
  squeeze: [],
  flatten: [0, 1],
  norm: [2, 1, {}],
  argsort: [-1, {}],
  cumsum: [1],
  cummax: [1],
};

for (const name of ["sum", "mean", "max", "min", "prod", "argmax", "argmin", "logSumExp", "variance", "std"]) {
  methodArguments[name] = [0, {}];
}
