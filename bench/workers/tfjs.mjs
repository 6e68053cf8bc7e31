/** `node tfjs.mjs FOLDER BACKEND`: TensorFlow.js with its back end "cpu" or "wasm" (SIMD, one thread). */
import * as tf from "@tensorflow/tfjs";
import { load, serve } from "./serve.mjs";

const [folder, backend] = process.argv.slice(2);
if (backend === "wasm") {
  const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(new URL("../node_modules/@tensorflow/tfjs-backend-wasm/dist/", import.meta.url).pathname);
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
}
if (!(await tf.setBackend(backend))) throw new Error(`no back end ${backend}`);

const workload = load(folder);
const { kind, layers, batch, parameters } = workload;

function polynomial() {
  const [a, b, c, d] = parameters.map(([value]) => tf.variable(tf.scalar(value)));
  const x = tf.tensor1d(workload.x);
  return () => {
    const squares = x.square();
    return a
      .add(b.mul(x))
      .add(c.mul(squares))
      .add(d.mul(squares.mul(x)));
  };
}

function net() {
  const x = tf.tensor2d(workload.x, [batch, layers[0]]);
  const pairs = layers.slice(1).map((out, i) => {
    const weight = tf.tensor2d(parameters[2 * i], [out, layers[i]]).transpose();
    return [tf.variable(weight), tf.variable(tf.tensor1d(parameters[2 * i + 1]))];
  });
  return () =>
    pairs.reduce((into, [weight, bias], i) => {
      const sum = into.matMul(weight).add(bias);
      return i < pairs.length - 1 ? sum.relu() : sum;
    }, x);
}

/** The loss of a prediction, by the targets of the workload. */
function loss() {
  const { y } = workload;
  if (workload.loss === "cross-entropy") {
    const oneHot = tf.oneHot(tf.tensor1d(y, "int32"), layers.at(-1)).toFloat();
    return (prediction) => tf.losses.softmaxCrossEntropy(oneHot, prediction);
  }
  const target = kind === "polynomial" ? tf.tensor1d(y) : tf.tensor2d(y, [batch, layers.at(-1)]);
  if (workload.loss === "mean of squares") return (prediction) => prediction.sub(target).square().mean();
  return (prediction) => prediction.sub(target).square().sum();
}

function optimizer({ name, lr, betas, eps, alpha, momentum }) {
  if (name === "adam") return tf.train.adam(lr, ...betas, eps);
  if (name === "rmsprop") return tf.train.rmsprop(lr, alpha, 0, eps);
  return tf.train.momentum(lr, momentum);
}

const predict = kind === "polynomial" ? polynomial() : net();
if (workload.loss === undefined) {
  await serve(() => {
    const prediction = tf.tidy(predict);
    const values = prediction.dataSync();
    prediction.dispose();
    return values;
  });
} else {
  const lossOf = loss();
  const update = optimizer(workload.optimizer);
  await serve(() => {
    const value = update.minimize(() => lossOf(predict()), true);
    const [number] = value.dataSync();
    value.dispose();
    return number;
  });
}
