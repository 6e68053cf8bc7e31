/** Random graphs and random models: a list of steps, each taking its operands from what was made before it. */
import fc from "fast-check";
import { OptimcError } from "../compiler/diagnostics.js";
import type { Expression } from "../compiler/ir/op.js";
import { equal, evaluate, type Size } from "../compiler/ir/size.js";
import { minimize, model, type Model } from "../compiler/model/model.js";
import { abs } from "../compiler/ops/abs.js";
import { add } from "../compiler/ops/add.js";
import { broadcast, sum } from "../compiler/ops/broadcast.js";
import { toFloat } from "../compiler/ops/cast.js";
import { eq, le, lt } from "../compiler/ops/compare.js";
import { crossEntropy } from "./losses/ofExpressions.js";
import { cumsum } from "../compiler/ops/cumsum.js";
import { div } from "../compiler/ops/div.js";
import { dropout } from "../compiler/ops/dropout.js";
import { exp } from "../compiler/ops/exp.js";
import { floor } from "../compiler/ops/floor.js";
import { gather } from "../compiler/ops/gather.js";
import { uniform } from "../compiler/ops/initializers.js";
import { input } from "../compiler/ops/input.js";
import { log } from "../compiler/ops/log.js";
import { matmul } from "../compiler/ops/matmul.js";
import { max } from "../compiler/ops/max.js";
import { maximum, minimum } from "../compiler/ops/maximum.js";
import { mean } from "../compiler/ops/mean.js";
import { mul } from "../compiler/ops/mul.js";
import { neg } from "../compiler/ops/neg.js";
import { assign, param, state } from "../compiler/ops/param.js";
import { relu } from "../compiler/ops/relu.js";
import { reshape } from "../compiler/ops/reshape.js";
import { sigmoid } from "../compiler/ops/sigmoid.js";
import { cos, sin } from "../compiler/ops/sin.js";
import { slice } from "../compiler/ops/slice.js";
import { logSoftmax, softmax } from "../compiler/ops/softmax.js";
import { sqrt } from "../compiler/ops/sqrt.js";
import { square } from "../compiler/ops/square.js";
import { stopGradient } from "../compiler/ops/stopGradient.js";
import { sub } from "../compiler/ops/sub.js";
import { tanh } from "../compiler/ops/tanh.js";
import { transpose } from "../compiler/ops/transpose.js";
import { where } from "../compiler/ops/where.js";
import { adagrad } from "../library/optimizers/adagrad.js";
import { adam, adamw } from "../library/optimizers/adam.js";
import type { TrainingOptions } from "../compiler/model/options.js";
import type { HostNumber } from "../compiler/ir/tensorMethods.js";
import { ema, swa } from "../compiler/optimizers/average.js";
import { clipByNorm, clipByValue, clipByGlobalNorm } from "../compiler/optimizers/clip.js";
import * as hyper from "../compiler/optimizers/hyper.js";
import { optimizer, type Optimizer } from "../compiler/optimizers/optimizer.js";
import { schedule } from "../compiler/optimizers/schedule.js";
import { rmsprop } from "../library/optimizers/rmsprop.js";
import { sgd } from "../library/optimizers/sgd.js";
import { between, generator } from "./arbitrary.js";
import { authors } from "./optimizers/authorsArbitrary.js";
import { torch } from "./optimizers/torchArbitrary.js";
import type { Numbers } from "./run.js";

export type Dims = Readonly<Record<string, number>>;

export interface Step {
  readonly kind: string;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** What a step may do. Those under `rough` have kinks, those under `random` draw numbers. */
const smoothKinds = [
  "unary",
  "unary",
  "binary",
  "binary",
  "binary",
  "divide",
  "sum",
  "mean",
  "matmul",
  "matmul",
  "reshape",
  "transpose",
  "broadcast",
  "slice",
  "softmax",
  "gather",
  "where",
  "linear",
  "linear",
  "stop",
  "cumsum",
] as const;
const roughKinds = ["relu", "abs", "maximum", "minimum", "max", "compare", "floor", "crossEntropy"] as const;
const randomKinds = ["dropout"] as const;

export type Kinds = "smooth" | "rough" | "random";

export function steps(kinds: Kinds, most = 12): fc.Arbitrary<readonly Step[]> {
  const all: readonly string[] =
    kinds === "smooth"
      ? smoothKinds
      : kinds === "rough"
        ? [...smoothKinds, ...roughKinds]
        : [...smoothKinds, ...roughKinds, ...randomKinds];
  const pick = fc.nat(99);
  return fc.array(fc.record({ kind: fc.constantFrom(...all), a: pick, b: pick, c: pick }), {
    minLength: 1,
    maxLength: most,
  });
}

/** Makes the leaves of every random graph; `batch` and `time` are sizes or names. */
export function makeLeaves(batch: number | string, time: number | string) {
  return {
    x: input("x", [batch, 3]),
    y: input("y", [batch, 5]),
    u: input("u", [batch, time, 3]),
    v: input("v", [time, 5]),
    q: input("q", [3, batch]),
    labels: input("labels", [batch], "int32"),
    mask: input("mask", [batch, 1], "bool"),
    w: param("w", [5, 3], uniform(-0.6, 0.6)),
    b: param("b", [5], uniform(-0.5, 0.5)),
    k: param("k", [3, 5], uniform(-0.6, 0.6)),
    s: param("s", [], uniform(0.5, 1)),
    o: param("o", [1, 3], uniform(-0.5, 0.5)),
    running: state("running", [3], 0.5),
  };
}

export type Leaves = ReturnType<typeof makeLeaves>;

/** Input values for a call. */
export function callOf(dims: Dims, seed: number): Record<string, Numbers> {
  const next = generator(seed);
  const [batch, time] = [dims["batch"] as number, dims["time"] as number];
  const floats = (count: number) => Float32Array.from(between(-1.5, 1.5, count, next));
  return {
    x: floats(batch * 3),
    y: floats(batch * 5),
    u: floats(batch * time * 3),
    v: floats(time * 5),
    q: floats(3 * batch),
    labels: Int32Array.from({ length: batch }, () => Math.floor(next() * 3)),
    mask: Uint8Array.from({ length: batch }, () => Math.floor(next() * 2)),
  };
}

const key = (size: Size | undefined): string => size?.key ?? "";

/** Sizes that labels may point into. */
const known = new Set(["3", "5", "9", "15"]);

/** Whether two shapes broadcast together. */
function compatible(a: Expression, b: Expression): boolean {
  const rank = Math.min(a.shape.length, b.shape.length);
  for (let back = 1; back <= rank; back++) {
    const [x, y] = [key(a.shape.at(-back)), key(b.shape.at(-back))];
    if (x !== y && x !== "1" && y !== "1") return false;
  }
  return true;
}

const smoothUnary: readonly ((x: Expression) => Expression)[] = [
  tanh,
  sin,
  cos,
  sigmoid,
  neg,
  (x) => exp(tanh(x)),
  (x) => sqrt(add(square(x), 1)),
  (x) => log(add(square(x), 1)),
  (x) => mul(square(x), 0.25),
  (x) => mul(x, x),
];

/** The expressions that steps make from leaves, in order; a step that fits no operands makes none. */
export function grow(list: readonly Step[], leaves: Leaves, dims: Dims): Expression[] {
  const pool: Expression[] = [
    leaves.x,
    leaves.w,
    leaves.y,
    leaves.b,
    leaves.u,
    leaves.k,
    leaves.s,
    leaves.v,
    leaves.o,
    leaves.q,
    leaves.running,
  ];
  // Recent results are taken more often than old ones.
  const at = (n: number): Expression => {
    const recent = n % 3 === 0 || pool.length < 14;
    return pool[recent ? n % pool.length : pool.length - 1 - (n % 5)] as Expression;
  };
  const beside = (x: Expression, n: number, fits: (each: Expression) => boolean): Expression => {
    const found = pool.filter(fits);
    return found[n % found.length] ?? x;
  };
  for (const step of list) {
    try {
      const made = makeStep(step, at, beside, leaves);
      const count = made?.shape.reduce((product, each) => product * evaluate(each, (name) => dims[name]), 1) ?? 0;
      if (made && count <= 6000 && made.shape.length <= 4) pool.push(made);
    } catch (error) {
      if (!(error instanceof OptimcError)) throw error;
    }
  }
  return pool;
}

function makeStep(
  { kind, a, b, c }: Step,
  at: (n: number) => Expression,
  beside: (x: Expression, n: number, fits: (each: Expression) => boolean) => Expression,
  leaves: Leaves,
): Expression | null {
  const x = at(a);
  const rank = x.shape.length;
  const other = () => beside(x, b, (each) => compatible(x, each));
  const axes = (): number[] => x.shape.map((_, axis) => axis).filter((axis) => ((c >> axis) & 1) === 1);
  switch (kind) {
    case "unary":
      return (smoothUnary[b % smoothUnary.length] as (x: Expression) => Expression)(x);
    case "binary":
      return ([add, sub, mul][c % 3] as typeof add)(x, c % 7 === 0 ? 0.5 : other());
    case "divide":
      return div(x, add(square(other()), 1));
    case "maximum":
      return maximum(x, other());
    case "minimum":
      return minimum(x, other());
    case "sum":
      return mul(sum(x, axes(), { keepDim: b % 2 === 0 }), 0.25);
    case "mean":
      return mean(x, axes(), { keepDim: b % 2 === 0 });
    case "max":
      return max(x, axes(), { keepDim: b % 2 === 0 });
    case "matmul": {
      if (rank === 0) return null;
      const inner = x.shape[rank - 1] as Size;
      const fits = (each: Expression, axis: number): boolean =>
        each.shape.length > 1 && equal(each.shape.at(axis) as Size, inner);
      const straight = beside(x, b, (each) => fits(each, -2) || fits(each, -1));
      if (straight === x && rank < 2) return matmul(x, x);
      const turned = straight.shape.map((_, axis) => axis);
      [turned[turned.length - 1], turned[turned.length - 2]] = [turned.length - 2, turned.length - 1];
      return mul(matmul(x, fits(straight, -2) && c % 2 === 0 ? straight : transpose(straight, turned)), 0.3);
    }
    case "linear": {
      if (rank === 0) return null;
      const last = key(x.shape[rank - 1]);
      if (last === "3") return c % 2 === 0 ? add(matmul(x, transpose(leaves.w)), leaves.b) : matmul(x, leaves.k);
      if (last === "5") return c % 2 === 0 ? matmul(x, leaves.w) : matmul(x, transpose(leaves.k));
      return null;
    }
    case "reshape": {
      if (b % 4 === 0) return reshape(x, [-1]);
      if (b % 4 === 1) return reshape(x, [...x.shape.slice(0, c % (rank + 1)), 1, ...x.shape.slice(c % (rank + 1))]);
      if (rank < 2) return reshape(x, [1, ...x.shape, 1]);
      if (b % 4 === 2) return reshape(x, [-1, x.shape[rank - 1] as Size]);
      return reshape(x, [x.shape[1] as Size, x.shape[0] as Size, ...x.shape.slice(2)]);
    }
    case "transpose": {
      const order = x.shape.map((_, axis) => axis);
      return transpose(
        x,
        c % 2 === 0 ? undefined : [...order.slice(b % (rank + 1)), ...order.slice(0, b % (rank + 1))],
      );
    }
    case "broadcast":
      return broadcast(x, [(c % 3) + 1, ...x.shape]);
    case "slice": {
      if (rank === 0) return null;
      const axis = b % rank;
      const range = [c % 2, c % 3 === 0 ? -1 : null, 1 + (c % 3)] as const;
      return slice(
        x,
        x.shape.map((_, each) => (each === axis ? range : null)),
      );
    }
    case "softmax":
      return rank === 0 ? null : (c % 2 === 0 ? softmax : logSoftmax)(x, b % rank);
    case "cumsum":
      return rank === 0 ? null : mul(cumsum(x, b % rank), 0.25);
    case "gather":
      return rank > 0 && known.has(key(x.shape[b % rank])) ? gather(x, leaves.labels, b % rank) : null;
    case "where":
      return compatible(x, leaves.mask) ? where(leaves.mask, x, c % 2 === 0 ? 0.5 : tanh(x)) : null;
    case "compare":
      return where((c % 2 === 0 ? lt : le)(x, other()), x, mul(x, 0.5));
    case "floor":
      return add(x, c % 2 === 0 ? floor(x) : toFloat(lt(x, 0.1)));
    case "relu":
      return relu(x);
    case "abs":
      return abs(x);
    case "stop":
      return c % 4 === 0 ? stopGradient(x) : null;
    case "crossEntropy":
      return rank === 2 && equal(x.shape[0] as Size, leaves.labels.shape[0] as Size) && known.has(key(x.shape[1]))
        ? crossEntropy(x, leaves.labels)
        : null;
    case "dropout":
      return dropout(x, ((c % 8) + 1) / 10);
    default:
      throw new Error(`no step ${kind}`);
  }
}

/** One number that depends on all expressions that no other uses. */
export function lossOf(pool: readonly Expression[], leaves: Leaves): Expression {
  const used = new Set(pool.flatMap((each) => [...each.args]));
  const ends = pool.slice(11).filter((each) => !used.has(each) && each.element === "float");
  const base = sum(square(sub(add(matmul(leaves.x, transpose(leaves.w)), leaves.b), leaves.y)));
  return ends.reduce((total, each) => add(total, mean(square(tanh(each)))), base);
}

// --- Optimizers ---

const lrs = fc.oneof(
  fc.constantFrom(1e-3, 0.01, 0.1),
  fc.constant(
    (t: Parameters<NonNullable<Extract<NonNullable<Parameters<typeof sgd>[0]>["lr"], (t: never) => unknown>>>[0]) =>
      t.mul(0.5).add(1).pow(-0.5).mul(0.02),
  ),
);
const decay = fc.constantFrom(0, 0.1);
const eps = fc.constantFrom(1e-8, 1e-3);

export const optimizers: Readonly<Record<string, fc.Arbitrary<Optimizer>>> = {
  sgd: fc
    .record({
      lr: lrs,
      momentum: fc.constantFrom(0, 0.9),
      dampening: fc.constantFrom(0, 0.3),
      weightDecay: decay,
      nesterov: fc.boolean(),
      maximize: fc.boolean(),
    })
    .map((options) =>
      sgd({ ...options, nesterov: options.nesterov && options.momentum > 0 && options.dampening === 0 }),
    ),
  adam: fc
    .record({
      lr: lrs,
      betas: fc.constantFrom([0.9, 0.999], [0.8, 0.95]),
      eps,
      weightDecay: decay,
      amsgrad: fc.boolean(),
      decoupledWeightDecay: fc.boolean(),
      maximize: fc.boolean(),
    })
    .map(adam),
  adamw: fc
    .record({
      lr: lrs,
      betas: fc.constantFrom([0.9, 0.999], [0.8, 0.95]),
      eps,
      weightDecay: decay,
      amsgrad: fc.boolean(),
      maximize: fc.boolean(),
    })
    .map(adamw),
  rmsprop: fc
    .record({
      lr: lrs,
      alpha: fc.constantFrom(0.99, 0.5),
      eps,
      momentum: fc.constantFrom(0, 0.9),
      weightDecay: decay,
      centered: fc.boolean(),
      maximize: fc.boolean(),
    })
    .map(rmsprop),
  adagrad: fc
    .record({
      lr: lrs,
      lrDecay: fc.constantFrom(0, 0.1),
      initialAccumulatorValue: fc.constantFrom(0, 0.2),
      eps,
      weightDecay: decay,
      maximize: fc.boolean(),
    })
    .map(adagrad),
  ...authors,
  ...torch,
};

/** Optimizers as users declare them: whole tensors at a time, state of another shape, a choice by a host scalar. */
const normalized = optimizer({
  name: "normalized",
  hyper: { lr: hyper.number(0.01), decay: hyper.number(0.9) },
  state: ({ like }) => ({ average: like(0) }),
  update({ param: p, grad, state: kept, hyper }) {
    const average = kept.average.mul(hyper.decay).add(grad);
    return { param: p.sub(average.div(average.square().sum().add(1).sqrt()).mul(hyper.lr)), state: { average } };
  },
});

const factored = optimizer({
  name: "factored",
  hyper: { lr: hyper.number(0.01) },
  state: ({ shape }) => ({ rows: { shape: shape.slice(0, 1), value: 0.5 } }),
  update({ param: p, grad, state: kept, hyper, step }) {
    const g = grad as unknown as Expression;
    const others = g.shape.map((_, axis) => axis).slice(1);
    const squares = mean(square(g), others) as unknown as typeof kept.rows;
    const rows = kept.rows.mul(0.5).add(squares);
    const spread = reshape(
      rows as unknown as Expression,
      g.shape.map((each, axis) => (axis === 0 ? each : 1)),
    );
    const scaled = div(g, add(sqrt(spread), 0.1)) as unknown as typeof grad;
    return { param: p.sub(scaled.mul(hyper.lr.div(step.sqrt()))), state: { rows } };
  },
});

/** Lookahead with a period of 2: a host scalar chooses. */
const lookahead = optimizer({
  name: "lookahead",
  hyper: { lr: hyper.number(0.05) },
  state: ({ like }) => ({ slow: like(0) }),
  update({ param: p, grad, state: kept, hyper, step }) {
    const fast = p.sub(grad.mul(hyper.lr));
    const half = step.div(2);
    const even = eq(half as unknown as Expression, floor(half as unknown as Expression));
    const choose = (x: typeof p, y: typeof p): typeof p =>
      where(even, x as unknown as Expression, y as unknown as Expression) as unknown as typeof p;
    const slow = choose(kept.slow.add(fast.sub(kept.slow).mul(0.5)), kept.slow);
    return { param: choose(slow, fast), state: { slow } };
  },
});

/** With sums over all parameters, kept numbers, and another point for evaluation. */
const projected = optimizer({
  name: "projected",
  hyper: { lr: hyper.number(0.05), scope: hyper.choice(["global", "group", "tensor"]) },
  scope: ({ scope }) => scope,
  state: ({ like }) => ({ slow: like(0) }),
  shared: () => ({ size: 1, weight: 0.5 }),
  measure: ({ param: p, grad }) => ({ dot: p.mul(grad), squares: grad.square() }),
  advance: ({ shared, sums }) => ({
    size: shared.size.mul(0.5).add(sums.squares.add(1).sqrt().add(sums.dot.abs())),
    weight: shared.weight.mul(0.75),
  }),
  update({ param: p, grad, state: kept, hyper, shared, next }) {
    const moved = p.sub(grad.mul(hyper.lr).div(next.size.add(1)));
    return { param: moved, state: { slow: kept.slow.add(moved.mul(shared.weight)) } };
  },
  evaluate: ({ param: p, state: kept, step }) =>
    where(
      step.eq(0) as unknown as Expression,
      p as unknown as Expression,
      kept.slow as unknown as Expression,
    ) as unknown as typeof p,
});

export const declared: Readonly<Record<string, fc.Arbitrary<Optimizer>>> = {
  normalized: fc.constant(0).map(() => normalized()),
  factored: fc.constant(0).map(() => factored()),
  lookahead: fc.constant(0).map(() => lookahead()),
  projected: fc.constantFrom("global", "group", "tensor").map((scope) => projected({ scope })),
};

/** Groups: some parameters have other numbers, or another optimizer. */
export const grouped: fc.Arbitrary<Optimizer> = fc.oneof(
  fc.constant(0).map(() => adam({ lr: 0.05, groups: { w: { match: "w", lr: 0.01, weightDecay: 0.1 } } })),
  fc
    .constant(0)
    .map(() => sgd({ lr: 0.05, momentum: 0.9, groups: { w: { match: "w*", optimizer: rmsprop({ lr: 0.01 }) } } })),
  fc.constant(0).map(() => projected({ groups: { w: { match: "w", lr: 0.01, scope: "group" } } })),
  fc.constant(0).map(() =>
    sgd({
      lr: schedule({
        shared: { rate: 0.1 },
        advance: ({ shared }) => ({ rate: (shared["rate"] as HostNumber).mul(0.75) }),
        value: ({ shared }) => shared["rate"] as HostNumber,
      }),
    }),
  ),
);

const limits = fc.constantFrom(0.01, 0.5, 100);

/** The options of `minimize` around the optimizer. */
export const trainings: fc.Arbitrary<TrainingOptions> = fc
  .record({
    clip: fc.option(
      fc.oneof(
        limits.map((limit) => clipByValue(limit)),
        fc.tuple(limits, fc.constantFrom(1, 2, Infinity)).map(([limit, type]) => clipByNorm(limit, { type })),
        fc
          .tuple(limits, fc.constantFrom(1, 2, Infinity), fc.boolean())
          .map(([limit, type, recompute]) => clipByGlobalNorm(limit, { type, recompute })),
      ),
      { nil: undefined },
    ),
    accumulate: fc.constantFrom(1, 1, 2, 3),
    skipNonFinite: fc.boolean(),
    average: fc.option(fc.constantFrom(ema(0.75), swa({ start: 2 }), swa({ start: 1, every: 2 })), { nil: undefined }),
  })
  .map(({ clip, average, ...rest }) => ({ ...rest, ...(clip && { clip }), ...(average && { average }) }));

// --- Models ---

export interface ModelPlan {
  readonly steps: readonly Step[];
  readonly optimizer: Optimizer;
  readonly training?: TrainingOptions;
  readonly precision: Model["precision"];
  /** Whether only some parameters are trained, a state is assigned, intermediate values are returned. */
  readonly some: boolean;
  readonly assigns: boolean;
  readonly also: number;
}

export const modelPlans = (
  optimizer: fc.Arbitrary<Optimizer>,
  kinds: Kinds = "random",
  precision: fc.Arbitrary<Model["precision"]> = fc.constantFrom("float32", "float64"),
): fc.Arbitrary<ModelPlan> =>
  fc
    .record({ steps: steps(kinds), optimizer, precision, some: fc.boolean(), assigns: fc.boolean(), also: fc.nat(50) })
    .map((plan) => Object.assign(plan, { [fc.toStringMethod]: () => printPlan(plan) }));

/** A counterexample that fits a screen, and can be pasted into a test. */
function printPlan({ steps: list, optimizer, ...rest }: ModelPlan): string {
  const options = optimizer.variables.map(
    ({ variable, value, schedule }) => `${variable} ${schedule ? "scheduled" : value}`,
  );
  return `${JSON.stringify({ ...rest, steps: list })} by ${optimizer.name} (${options.join(", ")})`;
}

/** With fewer than three rows, some slices are empty, which the runtime refuses. */
export const fits = (plan: ModelPlan, { batch = 1, time = 1 }: Dims): ModelPlan =>
  batch >= 3 && time >= 3 ? plan : { ...plan, steps: plan.steps.filter((step) => step.kind !== "slice") };

/** `predict` returns three tensors; `train` minimizes; shared parameters, fan-out and broadcasting come from the steps. */
export function makeModel(
  plan: ModelPlan,
  capacities: Dims,
  batch: number | string = "batch",
  time: number | string = "time",
): Model {
  const leaves = makeLeaves(batch, time);
  const sizes = {
    ...capacities,
    ...(typeof batch === "number" ? { batch } : {}),
    ...(typeof time === "number" ? { time } : {}),
  };
  const pool = grow(plan.steps, leaves, {
    batch: 17,
    time: 5,
    ...(typeof batch === "number" ? { batch } : {}),
    ...(typeof time === "number" ? { time } : {}),
  });
  const made = pool.slice(11);
  const loss = lossOf(pool, leaves);
  const some = made.filter((_, position) => ((plan.also >> position) & 1) === 1);
  const also = Object.fromEntries(some.map((each, position) => [`also${position}`, each]));
  const effects = plan.assigns
    ? [assign(leaves.running, (now) => add(mul(now, 0.75), mul(mean(leaves.x, 0), 0.25)))]
    : [];
  const predict = { loss, ...Object.fromEntries(made.slice(-3).map((each, position) => [`result${position}`, each])) };
  const params = plan.some ? [leaves.w] : undefined;
  const train = minimize(loss, plan.optimizer, { ...plan.training, also, effects, ...(params ? { params } : {}) });
  const dims = Object.fromEntries(
    Object.entries(sizes).filter(([name]) => (name === "batch" ? typeof batch : typeof time) === "string"),
  );
  return model("random", { precision: plan.precision, dims, functions: { predict, train } });
}
