import { flag, number, numbers, optimizer, optional } from "./optimizer.js";

const shared = {
  lr: number(1e-3, { from: 0 }),
  betas: numbers([0.9, 0.999], { from: 0, below: 1 }),
  eps: number(1e-8, { from: 0 }),
  amsgrad: flag(),
  maximize: flag(),
};

type Declaration = Parameters<
  typeof optimizer<typeof shared & { weightDecay: ReturnType<typeof optional> }, Moment>
>[0];
type Moment = "exp_avg" | "exp_avg_sq" | "max_exp_avg_sq";

/** Adam and AdamW differ in where the weight decay acts. */
const adaptive = (decoupled: boolean): Pick<Declaration, "state" | "update"> => ({
  state: ({ like, hyper }) => ({
    exp_avg: like(0),
    exp_avg_sq: like(0),
    ...(hyper.amsgrad ? { max_exp_avg_sq: like(0) } : {}),
  }),
  update({ param, grad, state, hyper, step }) {
    const { lr, betas, eps, weightDecay, amsgrad } = hyper;
    const [beta1, beta2] = betas;
    let [p, g] = [param, hyper.maximize ? grad.neg() : grad];
    if (weightDecay && decoupled) p = p.mul(lr.mul(weightDecay).neg().add(1).named("shrink"));
    if (weightDecay && !decoupled) g = g.add(p.mul(weightDecay));
    const [rest1, rest2] = [beta1.neg().add(1).named("rest1"), beta2.neg().add(1).named("rest2")];
    const m = state.exp_avg.add(g.sub(state.exp_avg).mul(rest1));
    const v = state.exp_avg_sq.mul(beta2).add(g.mul(g).mul(rest2));
    // AMSGrad takes the maximum of the raw second moment.
    const most = amsgrad ? state.max_exp_avg_sq.maximum(v) : v;
    const rootCorrection = beta2.pow(step).neg().add(1).sqrt().named("rootCorrection");
    const stepSize = lr.div(beta1.pow(step).neg().add(1)).named("stepSize");
    const next = p.sub(m.div(most.sqrt().div(rootCorrection).add(eps)).mul(stepSize));
    return { param: next, state: { exp_avg: m, exp_avg_sq: v, ...(amsgrad ? { max_exp_avg_sq: most } : {}) } };
  },
});

/**
 * Adam (Kingma and Ba, arXiv 1412.6980), AMSGrad with `amsgrad` (Reddi et al. 2018).
 * Defaults: lr 1e-3, betas [0.9, 0.999], eps 1e-8, no weight decay. Weight decay is added to the gradient.
 */
export const adam = optimizer<typeof shared & { weightDecay: ReturnType<typeof optional> }, Moment>({
  name: "adam",
  hyper: { ...shared, weightDecay: optional({ from: 0 }) },
  ...adaptive(false),
});

/**
 * AdamW: Adam with decoupled weight decay, `p *= 1 - lr weightDecay` before the step (Loshchilov and Hutter,
 * arXiv 1711.05101). Defaults as Adam's, and weightDecay 1e-2.
 */
export const adamw = optimizer<typeof shared & { weightDecay: ReturnType<typeof optional> }, Moment>({
  name: "adamw",
  hyper: { ...shared, weightDecay: { ...optional({ from: 0 }), value: 1e-2 } },
  ...adaptive(true),
});
