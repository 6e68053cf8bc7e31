/** `node jax.mjs FOLDER`: jax-js on WebAssembly, the whole step in one `jit`. */
import { defaultDevice, init, jit, nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import { load, serve } from "./serve.mjs";

await init("wasm");
defaultDevice("wasm");

const workload = load(process.argv[2]);
const { kind, layers, batch, optimizer } = workload;

// jax-js counts references: an array is used up by the operation that takes it, unless that takes its `ref`.
function polynomial([a, b, c, d], x) {
  const squares = np.square(x.ref);
  const cubes = squares.ref.mul(x.ref);
  return a.add(b.mul(x)).add(c.mul(squares)).add(d.mul(cubes));
}

function net(parameters, x) {
  const count = parameters.length / 2;
  for (let i = 0; i < count; i++) {
    const sum = np.matmul(x, parameters[2 * i]).add(parameters[2 * i + 1]);
    x = i < count - 1 ? nn.relu(sum) : sum;
  }
  return x;
}

const predict = kind === "polynomial" ? polynomial : net;

function loss(parameters, x, y) {
  const prediction = predict(parameters, x);
  if (workload.loss === "cross-entropy")
    return nn
      .logSoftmax(prediction)
      .mul(y)
      .sum()
      .mul(-1 / batch);
  const squares = np.square(prediction.sub(y));
  return workload.loss === "mean of squares" ? squares.mean() : squares.sum();
}

/** The new value of a parameter and of its state; `scalars` are what the host computes for the step. */
const rules = {
  adam: {
    states: 2,
    scalars: (step, { lr, betas, eps }) => {
      const root = Math.sqrt(1 - betas[1] ** step);
      return [(lr * root) / (1 - betas[0] ** step), eps * root];
    },
    update(gradient, value, [mean, square], [rate, eps]) {
      const [beta1, beta2] = optimizer.betas;
      const nextMean = mean.mul(beta1).add(gradient.ref.mul(1 - beta1));
      const nextSquare = square.mul(beta2).add(np.square(gradient).mul(1 - beta2));
      const change = nextMean.ref.div(np.sqrt(nextSquare.ref).add(eps)).mul(rate);
      return [value.sub(change), [nextMean, nextSquare]];
    },
  },
  rmsprop: {
    states: 1,
    scalars: () => [],
    update(gradient, value, [square]) {
      const { lr, alpha, eps } = optimizer;
      const nextSquare = square.mul(alpha).add(np.square(gradient.ref).mul(1 - alpha));
      return [value.sub(gradient.div(np.sqrt(nextSquare.ref).add(eps)).mul(lr)), [nextSquare]];
    },
  },
  sgd: {
    states: 1,
    scalars: () => [],
    update(gradient, value, [buffer]) {
      const next = buffer.mul(optimizer.momentum).add(gradient);
      return [value.sub(next.ref.mul(optimizer.lr)), [next]];
    },
  },
};

const shaped = (array, shape) => np.array(array).reshape(shape);

const parameters = workload.parameters.map((array, i) => {
  if (kind === "polynomial") return shaped(array, []);
  const [into, out] = [layers[i >> 1], layers[(i >> 1) + 1]];
  // A copy in the order [in, out], rather than a view.
  return i % 2 === 0 ? np.matrixTranspose(shaped(array, [out, into])).add(0) : np.array(array);
});
const x = kind === "polynomial" ? np.array(workload.x) : shaped(workload.x, [batch, layers[0]]);

function targets() {
  const { y } = workload;
  if (workload.loss === "cross-entropy") return nn.oneHot(np.array(y, { dtype: np.int32 }), layers.at(-1));
  return kind === "polynomial" ? np.array(y) : shaped(y, [batch, layers.at(-1)]);
}

function training() {
  const { states, scalars, update } = rules[optimizer.name];
  const y = targets();
  const step = jit((values, memory, x, y, scalars) => {
    const [lossValue, gradients] = valueAndGrad(loss)(
      values.map((value) => value.ref),
      x,
      y,
    );
    const updated = values.map((value, i) =>
      update(
        gradients[i],
        value,
        memory[i],
        scalars.map((scalar) => scalar.ref),
      ),
    );
    return [updated.map(([value]) => value), updated.map(([, state]) => state), lossValue];
  });
  let values = parameters;
  let memory = values.map((value) => Array.from({ length: states }, () => np.zerosLike(value.ref)));
  let count = 0;
  return () => {
    const numbers = scalars(++count, optimizer).map((scalar) => np.array(scalar));
    const [nextValues, nextMemory, lossValue] = step(values, memory, x.ref, y.ref, numbers);
    [values, memory] = [nextValues, nextMemory];
    return lossValue.dataSync()[0];
  };
}

function inference() {
  const step = jit(predict);
  return () =>
    step(
      parameters.map((value) => value.ref),
      x.ref,
    ).dataSync();
}

await serve(workload.loss === undefined ? inference() : training());
