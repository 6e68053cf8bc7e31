import { asExpression } from "../../compiler/ir/asTensor.js";
import { constantOf } from "../../compiler/ir/size.js";
import type { HostNumber, Tensor } from "../../compiler/ir/tensorMethods.js";
import { decayed } from "./decay.js";
import * as hyper from "../../compiler/optimizers/hyper.js";
import { optimizer } from "../../compiler/optimizers/optimizer.js";

type Matrix = Tensor<[number, number]>;

/** What the rate is multiplied by, for a matrix of so many rows and columns. */
const ratios = {
  original: (rows: number, columns: number) => Math.sqrt(Math.max(1, rows / columns)),
  match_rms_adamw: (rows: number, columns: number) => 0.2 * Math.sqrt(Math.max(rows, columns)),
  spectral_unclamped: (rows: number, columns: number) => Math.sqrt(rows / columns),
};

/** A matrix with the same singular vectors, the singular values brought near 1; it is not taller than wide. */
function orthogonalized(
  x: Matrix,
  [a, b, c]: readonly [HostNumber, HostNumber, HostNumber],
  eps: HostNumber,
  steps: number,
): Matrix {
  let near = x.div(x.norm().maximum(eps)) as Matrix;
  for (let step = 0; step < steps; step++) {
    const gram: Matrix = near.matmul(near.transpose());
    const square: Matrix = gram.matmul(gram);
    near = near.mul(a).add(gram.mul(b).add(square.mul(c)).matmul(near)) as Matrix;
  }
  return near;
}

/**
 * Muon (Jordan et al. 2024; arXiv 2502.16982), for matrices: `B += (1 - momentum) (g - B)`, and its direction, with
 * nesterov that of `g + momentum (B - g)`, made orthogonal by nsSteps of the iteration `X = a X + (b A + c A A) X`, `A
 * = X X'`, from `X / max(|X|, eps)`; `p *= 1 - lr weightDecay`; `p -= lr ratio X`. PyTorch iterates in bfloat16, optimc
 * in the model's precision. `adjustLrFn`, for m rows and n columns: "original", `ratio = sqrt(max(1, m / n))`;
 * "match_rms_adamw", `0.2 sqrt(max(m, n))`; "spectral_unclamped", `sqrt(m / n)`. Defaults: lr 1e-3, weightDecay 0.1,
 * momentum 0.95, nesterov, nsCoefficients [3.4445, -4.775, 2.0315], eps 1e-7, nsSteps 5. Other parameters need another
 * optimizer: `groups: { vectors: { match: "*.bias", optimizer: adamw() } }`.
 */
export const muon = optimizer({
  name: "muon",
  hyper: {
    lr: hyper.number(1e-3, { from: 0 }),
    weightDecay: { ...hyper.optional({ from: 0 }), value: 0.1 },
    momentum: hyper.number(0.95, { from: 0 }),
    nesterov: hyper.flag(true),
    nsCoefficients: hyper.numbers([3.4445, -4.775, 2.0315]),
    eps: hyper.number(1e-7, { from: 0 }),
    nsSteps: hyper.fixed(5, { from: 0, below: 100 }),
    adjustLrFn: hyper.choice(["original", "match_rms_adamw", "spectral_unclamped"]),
  },
  check: ({ nsSteps = 5 }) => (Number.isInteger(nsSteps) ? null : "nsSteps is a whole number"),
  accepts: (shape) => (shape.length === 2 ? null : "only matrices have a direction that can be made orthogonal"),
  state: ({ like }) => ({ momentum_buffer: like(0) }),
  update({ param, grad, state, hyper }) {
    const { lr, momentum, nsCoefficients, eps } = hyper;
    const [p] = decayed({ param, grad, hyper: { ...hyper, maximize: false } }, true);
    const rest = momentum.neg().add(1).named("rest");
    const buffer = state.momentum_buffer.add(grad.sub(state.momentum_buffer).mul(rest));
    const direction = (hyper.nesterov ? grad.add(buffer.sub(grad).mul(momentum)) : buffer) as Matrix;
    const [rows, columns] = asExpression(param).shape.map(constantOf) as [number, number];
    const wide = rows > columns ? direction.transpose() : direction;
    const near = orthogonalized(wide, nsCoefficients, eps, hyper.nsSteps);
    const change = rows > columns ? near.transpose() : near;
    const rate = lr.mul(ratios[hyper.adjustLrFn](rows, columns)).named("rate");
    return { param: p.sub(change.mul(rate)), state: { momentum_buffer: buffer } };
  },
});
