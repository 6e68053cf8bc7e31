/**
 * One step of each optimizer on one element, in the order of operations of its reference: PyTorch's single-tensor forms
 * (torch 2.13) or the authors' code. Written out here anew, so that no order is shared with the optimizers under test;
 * every operation is rounded by `round`.
 */
export type Round = (x: number) => number;

export interface Element {
  readonly p: number;
  readonly state: Readonly<Record<string, number>>;
}

/** The step counts from 1. */
export type Reference = (element: Element, g: number, step: number, arithmetic: Arithmetic) => Element;

export interface Arithmetic {
  /** The product and the sum of numbers, from left to right. */
  times(...factors: readonly number[]): number;
  plus(...terms: readonly number[]): number;
  over(x: number, y: number): number;
  root(x: number): number;
}

export function arithmeticOf(round: Round): Arithmetic {
  return {
    times: (first, ...rest) => rest.reduce((product, each) => round(product * round(each)), round(first as number)),
    plus: (first, ...rest) => rest.reduce((sum, each) => round(sum + round(each)), round(first as number)),
    over: (x, y) => round(round(x) / round(y)),
    root: (x) => round(Math.sqrt(x)),
  };
}

const [beta1, beta2] = [0.9, 0.999];
const [rest1, rest2] = [1 - beta1, 1 - beta2];
const kept = ({ state }: Element, name: string): number => state[name] ?? 0;
const corrections = (step: number): readonly [number, number] => [1 - beta1 ** step, 1 - beta2 ** step];

/** `self.lerp_(end, weight)` for a weight below a half. */
const lerp = ({ times, plus }: Arithmetic, self: number, end: number, weight: number): number =>
  plus(self, times(weight, plus(end, -self)));

/** `self.mul_(decay).addcmul_(x, x, value=value)`. */
const squares = ({ times, plus }: Arithmetic, self: number, decay: number, x: number, value: number): number =>
  plus(times(self, decay), times(value, x, x));

/** `self.addcdiv_(x, y, value=-value)`. */
const addcdiv = ({ times, plus, over }: Arithmetic, self: number, x: number, y: number, value: number): number =>
  plus(self, over(times(-value, x), y));

/** The moments of Adam in PyTorch, and in the code of those who write the first one as a weighted sum. */
function momentsOf(each: Element, g: number, a: Arithmetic, isWeighted: boolean): { m: number; v: number } {
  const m = kept(each, "exp_avg");
  const weighted = a.plus(a.times(m, beta1), a.times(rest1, g));
  return {
    m: isWeighted ? weighted : lerp(a, m, g, rest1),
    v: squares(a, kept(each, "exp_avg_sq"), beta2, g, rest2),
  };
}

const adam =
  (amsgrad: boolean): Reference =>
  (each, g, step, a) => {
    const { m, v } = momentsOf(each, g, a, false);
    const most = amsgrad ? Math.max(kept(each, "max_exp_avg_sq"), v) : v;
    const [first, second] = corrections(step);
    const p = addcdiv(a, each.p, m, a.plus(a.over(a.root(most), Math.sqrt(second)), 1e-8), 1e-3 / first);
    return { p, state: { exp_avg: m, exp_avg_sq: v, ...(amsgrad ? { max_exp_avg_sq: most } : {}) } };
  };

const rmsprop =
  (centered: boolean, momentum: number): Reference =>
  (each, g, _, a) => {
    const v = squares(a, kept(each, "square_avg"), 0.99, g, 1 - 0.99);
    const mean = centered ? lerp(a, kept(each, "grad_avg"), g, 1 - 0.99) : 0;
    // PyTorch multiplies and adds at once: the square is not rounded before, and does not overflow.
    const root = a.plus(a.root(centered ? a.plus(v - mean * mean) : v), 1e-8);
    const own = { square_avg: v, ...(centered ? { grad_avg: mean } : {}) };
    if (momentum === 0) return { p: addcdiv(a, each.p, g, root, 1e-2), state: own };
    const buffer = a.plus(a.times(kept(each, "momentum_buffer"), momentum), a.over(a.times(1, g), root));
    return { p: a.plus(each.p, a.times(-1e-2, buffer)), state: { ...own, momentum_buffer: buffer } };
  };

const adabound =
  (ams: boolean): Reference =>
  (each, g, step, a) => {
    const { m, v } = momentsOf(each, g, a, true);
    const most = ams ? Math.max(kept(each, "max_exp_avg_sq"), v) : v;
    const [first, second] = corrections(step);
    const [lower, upper] = [0.1 * (1 - 1 / (1e-3 * step + 1)), 0.1 * (1 + 1 / (1e-3 * step))];
    const rate = a.over((1e-3 * Math.sqrt(second)) / first, a.plus(a.root(most), 1e-8));
    const change = a.times(Math.min(Math.max(rate, a.times(lower)), a.times(upper)), m);
    return {
      p: a.plus(each.p, -change),
      state: { exp_avg: m, exp_avg_sq: v, ...(ams ? { max_exp_avg_sq: most } : {}) },
    };
  };

export const references: Readonly<Record<string, Reference>> = {
  sgd: (each, g, _, a) => ({ p: a.plus(each.p, a.times(-1e-3, g)), state: {} }),
  "sgd with momentum": (each, g, step, a) => {
    const buffer = step === 1 ? g : a.plus(a.times(kept(each, "momentum_buffer"), 0.9), a.times(1, g));
    return { p: a.plus(each.p, a.times(-1e-3, buffer)), state: { momentum_buffer: buffer } };
  },
  "sgd with nesterov": (each, g, step, a) => {
    const buffer = step === 1 ? g : a.plus(a.times(kept(each, "momentum_buffer"), 0.9), a.times(1, g));
    const direction = a.plus(g, a.times(0.9, buffer));
    return { p: a.plus(each.p, a.times(-1e-3, direction)), state: { momentum_buffer: buffer } };
  },
  adam: adam(false),
  "adam with amsgrad": adam(true),
  adamax(each, g, step, a) {
    const m = lerp(a, kept(each, "exp_avg"), g, rest1);
    const u = Math.max(a.times(kept(each, "exp_inf"), beta2), a.plus(Math.abs(g), 1e-8));
    return { p: addcdiv(a, each.p, m, u, 2e-3 / corrections(step)[0]), state: { exp_avg: m, exp_inf: u } };
  },
  nadam(each, g, step, a) {
    const { m, v } = momentsOf(each, g, a, false);
    const momentum = (t: number): number => beta1 * (1 - 0.5 * 0.96 ** (t * 4e-3));
    let product = 1;
    for (let t = 1; t <= step; t++) product *= momentum(t);
    const root = a.plus(a.root(a.over(v, corrections(step)[1])), 1e-8);
    const moved = addcdiv(a, each.p, g, root, (2e-3 * (1 - momentum(step))) / (1 - product));
    const next = momentum(step + 1);
    return {
      p: addcdiv(a, moved, m, root, (2e-3 * next) / (1 - product * next)),
      state: { exp_avg: m, exp_avg_sq: v },
    };
  },
  radam(each, g, step, a) {
    const { m, v } = momentsOf(each, g, a, false);
    const [first, second] = corrections(step);
    const most = 2 / rest2 - 1;
    const length = most - (2 * step * beta2 ** step) / second;
    const corrected = a.times(a.over(m, first), 1e-3);
    if (length <= 5) return { p: a.plus(each.p, a.times(-1, corrected)), state: { exp_avg: m, exp_avg_sq: v } };
    const rectified = Math.sqrt(((length - 4) * (length - 2) * most) / ((most - 4) * (most - 2) * length));
    const adaptive = a.over(Math.sqrt(second), a.plus(a.root(v), 1e-8));
    const p = a.plus(each.p, a.times(-1, a.times(corrected, adaptive, rectified)));
    return { p, state: { exp_avg: m, exp_avg_sq: v } };
  },
  adagrad(each, g, _, a) {
    const sum = a.plus(kept(each, "sum"), a.times(1, g, g));
    return { p: addcdiv(a, each.p, g, a.plus(a.root(sum), 1e-10), 1e-2), state: { sum } };
  },
  adadelta(each, g, _, a) {
    const v = squares(a, kept(each, "square_avg"), 0.9, g, 1 - 0.9);
    const before = kept(each, "acc_delta");
    const delta = a.times(a.over(a.root(a.plus(before, 1e-6)), a.root(a.plus(v, 1e-6))), g);
    const u = squares(a, before, 0.9, delta, 1 - 0.9);
    return { p: a.plus(each.p, a.times(-1, delta)), state: { square_avg: v, acc_delta: u } };
  },
  rmsprop: rmsprop(false, 0),
  "rmsprop, centered, with momentum": rmsprop(true, 0.9),
  rprop(each, g, step, a) {
    const turned = a.times(g, kept(each, "prev"));
    const factor = turned > 0 ? 1.2 : turned < 0 ? 0.5 : 1;
    const before = step === 1 ? 1e-2 : kept(each, "step_size");
    const size = Math.min(Math.max(a.times(before, factor), a.times(1e-6)), 50);
    const direction = turned < 0 ? 0 : g;
    return { p: a.plus(each.p, a.times(-1, Math.sign(direction), size)), state: { prev: direction, step_size: size } };
  },
  asgd(each, g, step, a) {
    const eta = step === 1 ? 1e-2 : 1e-2 / (1 + 1e-4 * 1e-2 * (step - 1)) ** 0.75;
    const p = a.plus(a.times(each.p, 1 - 1e-4 * eta), a.times(-eta, g));
    return { p, state: { ax: p } };
  },
  adabound: adabound(false),
  amsbound: adabound(true),
  lion(each, g, _, a) {
    const m = kept(each, "exp_avg");
    const direction = Math.sign(a.plus(a.times(m, 0.9), a.times(1 - 0.9, g)));
    return {
      p: a.plus(each.p, a.times(-1e-4, direction)),
      state: { exp_avg: a.plus(a.times(m, 0.99), a.times(1 - 0.99, g)) },
    };
  },
  "lamb without ratio"(each, g, _, a) {
    const { m, v } = momentsOf(each, g, a, true);
    const adaptive = a.over(m, a.plus(a.root(v), 1e-6));
    return { p: a.plus(each.p, a.times(-1e-3, adaptive)), state: { exp_avg: m, exp_avg_sq: v } };
  },
  adan(each, g, step, a) {
    const betas = [0.98, 0.92, 0.99] as const;
    const difference = step === 1 ? 0 : a.plus(kept(each, "neg_pre_grad"), g);
    const m = a.plus(a.times(kept(each, "exp_avg"), betas[0]), a.times(1 - betas[0], g));
    const w = a.plus(a.times(kept(each, "exp_avg_diff"), betas[1]), a.times(1 - betas[1], difference));
    const ahead = a.plus(a.times(difference, betas[1]), g);
    const n = squares(a, kept(each, "exp_avg_sq"), betas[2], ahead, 1 - betas[2]);
    const correction = (beta: number): number => 1 - beta ** step;
    const root = a.plus(a.over(a.root(n), Math.sqrt(correction(betas[2]))), 1e-8);
    const moved = addcdiv(a, each.p, m, root, 1e-3 / correction(betas[0]));
    return {
      p: addcdiv(a, moved, w, root, (1e-3 * betas[1]) / correction(betas[1])),
      state: { exp_avg: m, exp_avg_diff: w, exp_avg_sq: n, neg_pre_grad: -g },
    };
  },
  scheduleFreeAdamW(each, g, step, a) {
    const v = squares(a, kept(each, "exp_avg_sq"), beta2, g, rest2);
    const scaled = a.over(g, a.plus(a.root(a.over(v, corrections(step)[1])), 1e-8));
    const z = step === 1 ? each.p : kept(each, "z");
    // All weights are equal: the part of this step is one in t.
    const part = 1 / step;
    const lerped = lerp(a, each.p, z, part);
    return {
      p: a.plus(lerped, a.times(2.5e-3 * (beta1 * (1 - part) - 1), scaled)),
      state: { exp_avg_sq: v, z: a.plus(z, a.times(-2.5e-3, scaled)) },
    };
  },
  swats(each, g, step, a) {
    const { m, v } = momentsOf(each, g, a, true);
    const [first, second] = corrections(step);
    const q = a.over(a.times((-1e-3 * Math.sqrt(second)) / first, m), a.plus(a.root(v), 1e-9));
    return { p: a.plus(each.p, q), state: { exp_avg: m, exp_avg_sq: v, momentum_buffer: 0 } };
  },
  sparseAdam(each, g, step, a) {
    const [m, v] = [kept(each, "exp_avg"), kept(each, "exp_avg_sq")];
    const next = a.plus(a.times(a.plus(g, -m), rest1), m);
    const most = a.plus(a.times(a.plus(a.times(g, g), -v), rest2), v);
    const [first, second] = corrections(step);
    const quotient = a.over(next, a.plus(a.root(most), 1e-8));
    return {
      p: a.plus(each.p, a.times((-1e-3 * Math.sqrt(second)) / first, quotient)),
      state: { exp_avg: next, exp_avg_sq: most },
    };
  },
};
