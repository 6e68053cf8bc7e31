/**
 * Training steps of optimc and of TensorFlow.js with its CPU back end, in turn in one process: medians and ratios.
 * Both begin from the same parameters, and their first losses are compared, so that both do the same work. A plain
 * loop runs beside them as a calibration: on a shared machine, quote ratios.
 */
import * as tf from "@tensorflow/tfjs";
import oddNet from "./build/odd-net.js";
import sinePolynomial from "./build/sine-polynomial.js";
import twoLayerNet from "./build/two-layer-net.js";
import { normals } from "../examples/random.js";

await tf.setBackend("cpu");

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/** A fixed amount of arithmetic: what the machine gives at this moment. */
function calibrate() {
  let sum = 1;
  for (let i = 0; i < 2e6; i++) sum = sum * 1.0000001 + 1e-9;
  return sum;
}

function net(name, module, batch, into, hidden, out) {
  const ours = module.createSync({ seed: 1 });
  const [x, y] = [normals(batch * into, 1), normals(batch * out, 2)];
  const p = Object.fromEntries(Object.entries(ours.parameters).map(([key, value]) => [key, value.slice()]));
  const w1 = tf.variable(tf.tensor2d(p["hidden.weight"], [hidden, into]).transpose());
  const w2 = tf.variable(tf.tensor2d(p["output.weight"], [out, hidden]).transpose());
  const [b1, b2] = [tf.variable(tf.tensor1d(p["hidden.bias"])), tf.variable(tf.tensor1d(p["output.bias"]))];
  const [tx, ty] = [tf.tensor2d(x, [batch, into]), tf.tensor2d(y, [batch, out])];
  const adam = tf.train.adam(1e-4);
  return {
    name,
    ours: () => ours.train({ x, y }).loss,
    theirs: () =>
      adam.minimize(() => tx.matMul(w1).add(b1).relu().matMul(w2).add(b2).sub(ty).square().sum(), true).dataSync()[0],
    calls: 1,
  };
}

function polynomial() {
  const ours = sinePolynomial.createSync({ seed: 1 });
  const x = Float32Array.from({ length: 2000 }, (_, i) => -Math.PI + (2 * Math.PI * i) / 1999);
  const y = x.map(Math.sin);
  const [a, b, c, d] = ["a", "b", "c", "d"].map((key) => tf.variable(tf.scalar(ours.parameters[key][0])));
  const [tx, ty] = [tf.tensor1d(x), tf.tensor1d(y)];
  const rmsprop = tf.train.rmsprop(1e-3, 0.99);
  const loss = () => {
    const squares = tx.square();
    return a
      .add(b.mul(tx))
      .add(c.mul(squares))
      .add(d.mul(squares.mul(tx)))
      .sub(ty)
      .square()
      .sum();
  };
  return {
    name: "polynomial, 2,000 points, RMSprop",
    ours: () => ours.train({ x, y }).loss,
    theirs: () => rmsprop.minimize(loss, true).dataSync()[0],
    calls: 20,
  };
}

const workloads = [
  net("two-layer net 64x1000-100-10, Adam", twoLayerNet, 64, 1000, 100, 10),
  net("two-layer net 63x997-101-11, Adam", oddNet, 63, 997, 101, 11),
  polynomial(),
];

function time(run, calls) {
  const start = performance.now();
  for (let n = 0; n < calls; n++) run();
  return (performance.now() - start) / calls;
}

console.log(`Node ${process.version}, TensorFlow.js ${tf.version.tfjs} (CPU back end), medians of 60 rounds\n`);
console.log("workload                               optimc ms   tfjs ms   ratio   calibration ms (min, max)");
for (const { name, ours, theirs, calls } of workloads) {
  const losses = [ours(), theirs()];
  if (Math.abs(losses[0] / losses[1] - 1) > 1e-4) throw new Error(`${name}: first losses ${losses.join(" and ")}`);
  const samples = { ours: [], theirs: [], calibration: [] };
  for (let round = 0; round < 80; round++) {
    const row = [time(ours, 4 * calls), time(theirs, calls), time(calibrate, 1)];
    // The first rounds warm up all three.
    if (round >= 20) Object.values(samples).forEach((list, i) => list.push(row[i]));
  }
  const [a, b] = [median(samples.ours), median(samples.theirs)];
  const { calibration } = samples;
  const range = `${Math.min(...calibration).toFixed(2)}, ${Math.max(...calibration).toFixed(2)}`;
  console.log(
    `${name.padEnd(38)} ${a.toFixed(4).padStart(9)} ${b.toFixed(3).padStart(9)} ${(b / a).toFixed(1).padStart(7)}   ${range}`,
  );
}
