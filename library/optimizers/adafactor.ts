import { asHostNumber } from "../../compiler/ir/asTensor.js";
import type { Shape } from "../../compiler/ir/shape.js";
import type { Tensor } from "../../compiler/ir/tensorMethods.js";
import { machineEpsilon } from "../../compiler/ops/machineEpsilon.js";
import { decayed } from "./decay.js";
import * as hyper from "../../compiler/optimizers/hyper.js";
import { optimizer } from "../../compiler/optimizers/optimizer.js";

const rootMeanSquare = (x: Tensor<Shape>): Tensor<Shape> => x.square().mean().sqrt();

/**
 * Adafactor (Shazeer and Stern, arXiv 1804.04235), as PyTorch has it: of the second moments of a matrix (of the last two
 * axes), the means of the rows R and of the columns C are kept. With `w = t^beta2Decay`:
 * `R += w (mean(g^2, -1) - R)`, `C += w (mean(g^2, -2) - C)`, `V = R C / max(mean(R), eps[0])`, or
 * `V += w (g^2 - V)` for vectors; `U = g / sqrt(max(V, eps[0]^2))`; `alpha = max(eps[1], rms(p)) min(lr, 1 / sqrt(t))`;
 * `p *= 1 - lr weightDecay`; `p -= alpha / max(1, rms(U) / d) U`.
 * Defaults: lr 1e-2, beta2Decay -0.8, eps [null, 1e-3] (null: the distance from 1 to the next number of the model's
 * precision), d 1, no weight decay.
 */
export const adafactor = optimizer({
  name: "adafactor",
  hyper: {
    lr: hyper.number(1e-2, { from: 0 }),
    beta2Decay: hyper.number(-0.8),
    eps: hyper.numbers([null, 1e-3], { from: 0 }),
    d: hyper.number(1, { from: 1 }),
    weightDecay: hyper.optional({ from: 0 }),
    maximize: hyper.flag(),
  },
  check: ({ beta2Decay }) => (Number(beta2Decay) > 0 ? "beta2Decay is at most 0" : null),
  state: ({ like, full, shape }): Partial<Record<"row_var" | "col_var" | "variance", ReturnType<typeof like>>> => {
    if (shape.length < 2) return { variance: like(0) };
    const [outer, columns] = [shape.slice(0, -2), shape.slice(-1)];
    return { row_var: full([...shape.slice(0, -1), 1], 0), col_var: full([...outer, 1, ...columns], 0) };
  },
  update({ param, grad, state, hyper, step }) {
    const [p, g] = decayed({ param, grad, hyper: { ...hyper, weightDecay: 0 } });
    const [shrunk] = decayed({ param, grad, hyper }, true);
    const least = hyper.eps[0] ?? asHostNumber(machineEpsilon());
    const weight = step.pow(hyper.beta2Decay).named("weight");
    const toward = (average: Tensor<Shape>, x: Tensor<Shape>): Tensor<Shape> => average.add(x.sub(average).mul(weight));
    const [squares, keepDim] = [g.square(), { keepDim: true }] as const;
    const next = state.row_var
      ? {
          row_var: toward(state.row_var, squares.mean(-1, keepDim)),
          col_var: toward(state.col_var, squares.mean(-2, keepDim)),
        }
      : { variance: toward(state.variance, squares) };
    const estimate =
      "variance" in next
        ? next.variance
        : next.row_var.mul(next.col_var).div(next.row_var.mean(-2, keepDim).maximum(least));
    const change = g.div(estimate.maximum(least.square()).sqrt());
    const rate = hyper.lr.minimum(step.pow(-0.5)).named("rate");
    const alpha = rootMeanSquare(p).maximum(hyper.eps[1]).mul(rate);
    return { param: shrunk.sub(change.mul(alpha.div(rootMeanSquare(change).div(hyper.d).maximum(1)))), state: next };
  },
});
