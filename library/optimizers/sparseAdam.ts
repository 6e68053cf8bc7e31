import * as hyper from "../../compiler/optimizers/hyper.js";
import { optimizer } from "../../compiler/optimizers/optimizer.js";

/**
 * Adam for tables of which a batch uses a few rows: only these rows and their moments change, while the step counts for
 * all (PyTorch's SparseAdam). A row that is listed several times is updated once, with the sum of its gradients. `eps`
 * is added to the root before its bias is corrected: `p -= lr sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + eps)`.
 * Defaults: lr 1e-3, betas [0.9, 0.999], eps 1e-8; lr and eps are above 0, and there is no weight decay. If the
 * gradient of a parameter is not a sum of rows at indices, all rows are updated as if all were listed; PyTorch refuses
 * such a parameter.
 */
export const sparseAdam = optimizer({
  name: "sparseAdam",
  sparse: true,
  hyper: {
    lr: hyper.number(1e-3, { above: 0 }),
    betas: hyper.numbers([0.9, 0.999], { from: 0, below: 1 }),
    eps: hyper.number(1e-8, { above: 0 }),
    maximize: hyper.flag(),
  },
  state: ({ like }) => ({ exp_avg: like(0), exp_avg_sq: like(0) }),
  update({ param, grad, state, hyper, step }) {
    const { lr, betas, eps } = hyper;
    const [beta1, beta2] = betas as [(typeof betas)[0] & object, (typeof betas)[0] & object];
    const g = hyper.maximize ? grad.neg() : grad;
    const [rest1, rest2] = [beta1.neg().add(1).named("rest1"), beta2.neg().add(1).named("rest2")];
    const m = state.exp_avg.add(g.sub(state.exp_avg).mul(rest1));
    const v = state.exp_avg_sq.add(g.mul(g).sub(state.exp_avg_sq).mul(rest2));
    const corrected = beta2.pow(step).neg().add(1).sqrt().div(beta1.pow(step).neg().add(1));
    const stepSize = lr.mul(corrected).named("stepSize");
    return { param: param.sub(m.div(v.sqrt().add(eps)).mul(stepSize)), state: { exp_avg: m, exp_avg_sq: v } };
  },
});
