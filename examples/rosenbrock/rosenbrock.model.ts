/** Rosenbrock's function, f(x, y) = (1 - x)^2 + 100 (y - x^2)^2, which is 0 at (1, 1), at the end of a curved valley. */
import {
  adabound,
  adagrad,
  adam,
  lbfgs,
  lion,
  minimize,
  model,
  param,
  rmsprop,
  sgd,
  swats,
  type Optimizer,
} from "optimc";

const x = param("x", [], -1.2);
const y = param("y", [], 1);

const f = x.neg().add(1).square().add(y.sub(x.square()).square().mul(100));

/** An entry is a panel of the page. Weight decay would move the minimum. */
const optimizers: Record<string, (lr: number) => Optimizer> = {
  SGD: (lr) => sgd({ lr }),
  Momentum: (lr) => sgd({ lr, momentum: 0.9 }),
  Nesterov: (lr) => sgd({ lr, momentum: 0.9, nesterov: true }),
  AdaGrad: (lr) => adagrad({ lr }),
  RMSprop: (lr) => rmsprop({ lr }),
  Adam: (lr) => adam({ lr }),
  AMSGrad: (lr) => adam({ lr, amsgrad: true }),
  AdaBound: (lr) => adabound({ lr, finalLr: 100 * lr }), // the ratio of the defaults
  SWATS: (lr) => swats({ lr, relativeTolerance: 0.01 }),
  Lion: (lr) => lion({ lr }),
  LBFGS: (lr) => lbfgs({ lr, maxIter: 1, maxEval: 25, lineSearch: "strongWolfe" }),
};

const rates = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1];

/** A function for each optimizer at each rate, such as Adam_3e_2, with state of its own. */
const functions = Object.entries(optimizers).flatMap(([name, optimizer]) =>
  rates.map((lr) => {
    const rate = lr.toExponential().replace("-", "_").replace("+", "");
    return [`${name}_${rate}`, minimize(f, optimizer(lr))];
  }),
);

export default model("rosenbrock", { precision: "float64", functions: Object.fromEntries(functions) });
