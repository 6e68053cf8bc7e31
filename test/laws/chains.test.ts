/**
 * A value that is used twice, whose result is used twice, and so on: a graph with few nodes and more paths than can be walked.
 * Counted is how many functions of the compiler are called, which is what a walk along paths doubles with every step.
 */
import { Session } from "node:inspector/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkModel } from "../../compiler/check/check.js";
import { compileModel } from "../../compiler/compile.js";
import {
  adam,
  assign,
  checkpoint,
  compute,
  concat,
  customGradient,
  embedding,
  gather,
  gradient,
  hyper,
  input,
  type IntTensor,
  linear,
  minimize,
  model,
  type Model,
  normal,
  optimizer,
  param,
  type HostNumber,
  sgd,
  state,
  type Tensor,
  where,
} from "../../src/index.js";
import { isLong } from "../runs.js";

type Row = Tensor<["batch", 4]>;

/** f(f(f(... x))). */
function chain<T>(steps: number, first: T, f: (x: T) => T): T {
  let x = first;
  for (let step = 0; step < steps; step++) x = f(x);
  return x;
}

const row = (): Row => input("x", ["batch", 4]);
const logistic = (x: Row): Row => x.mul(x.neg().add(1)).mul(3.7);
const logisticNumber = (x: HostNumber): HostNumber => x.mul(x.neg().add(1)).mul(3.7);
const dims = { batch: 8 };

const chains: Readonly<Record<string, (steps: number) => Model>> = {
  values: (steps) => model("m", { dims, functions: { f: { x: chain(steps, row(), logistic) } } }),

  "values and gradients of two that need each other"(steps) {
    const [x, y] = [input("x", ["batch"]), input("y", ["batch"])];
    const rate = param("rate", [], 1);
    const [a, b] = chain<readonly [Tensor<["batch"]>, Tensor<["batch"]>]>(steps, [x, y], ([x, y]) => [
      x.add(x.mul(rate).sub(x.mul(y)).mul(0.1)),
      y.add(x.mul(y).sub(y).mul(0.1)),
    ]);
    return model("m", {
      dims,
      functions: { f: { a, b }, train: minimize(a.add(b).square().sum(), adam()) },
    });
  },

  "gradients of gradients"(steps) {
    const x = input("x", [4]);
    const y = chain<Tensor<[4]>>(steps, x, (y) => y.mul(y).sin());
    return model("m", { functions: { f: { second: gradient(gradient(y.sum(), x).square().sum(), x) } } });
  },

  "checkpoints and own rules"(steps) {
    const x = param("x", [4], normal(0, 1));
    const again = checkpoint((a: Tensor<[4]>) => a.mul(a).sin());
    const y = chain<Tensor<[4]>>(steps, x, (y) => customGradient(again(y), y, (dy) => dy.mul(y)).add(y));
    return model("m", { functions: { train: minimize(y.sum(), sgd()) } });
  },

  choices(steps) {
    const x = param("x", [4], normal(0, 1));
    const y = chain<Tensor<[4]>>(steps, x, (y) => where(y.gt(0.5), y.mul(2).sub(1), y.neg().mul(y)));
    return model("m", { functions: { train: minimize(y.sum(), adam()) } });
  },

  "indices that are read at indices"(steps) {
    const next = input("next", [7]);
    const at = chain<IntTensor<["batch"]>>(steps, input("at", ["batch"], "int32"), (at) =>
      gather(next, at)
        .mul(gather(next, at.mul(at)))
        .toInt(),
    );
    return model("m", { dims, functions: { f: { at } } });
  },

  "halves that are joined"(steps) {
    const x = chain(steps, row(), (x) => {
      const [left, right] = [x.slice([null, [0, 2]]), x.slice([null, [2, 4]])];
      return concat([left.add(right), left.sub(right)], 1).mul(x) as Row;
    });
    return model("m", { dims, functions: { f: { x } } });
  },

  "contributions to one weight"(steps) {
    const layer = linear("layer", 4, 4);
    const weight = chain<Tensor<[4, 4]>>(steps, layer.weight, (w) => w.add(w));
    return model("m", { dims, functions: { train: minimize(row().matmul(weight).square().sum(), adam()) } });
  },

  "contributions to one table"(steps) {
    const table = param("table", [7, 3], normal(0, 1));
    const sum = chain<Tensor<[7, 3]>>(steps, table, (t) => t.add(t));
    const rows = gather(sum, input("at", ["batch"], "int32"));
    return model("m", { dims, functions: { train: minimize(rows.square().sum(), sgd()) } });
  },

  "states and effects"(steps) {
    const s = state("s", [4], 0.3);
    const twice = (x: Tensor<[4]>): Tensor<[4]> => x.mul(x).add(x);
    const effects = [assign(s, (current) => chain(steps, current, twice))];
    return model("m", { functions: { f: compute({ y: chain(steps, s, twice) }, { effects }) } });
  },

  schedules(steps) {
    const p = param("p", [4], normal(0.5, 0.1));
    const lr = (t: HostNumber): HostNumber => chain(steps, t.mul(0.01), logisticNumber);
    return model("m", { functions: { train: minimize(p.square().sum(), sgd({ lr })) } });
  },

  "updates, their numbers and their rows"(steps) {
    const own = optimizer({
      name: "own",
      hyper: { lr: hyper.number(0.1) },
      state: ({ like }) => ({ kept: like(0) }),
      update({ param, grad, state: { kept }, hyper: { lr } }) {
        const rate = chain(steps, lr, logisticNumber);
        const next = chain(steps, kept.add(grad), (v) => where(v.gt(0.1), v.mul(v.neg().add(1)).mul(rate), v.add(v)));
        return { param: param.sub(next), state: { kept: next } };
      },
    });
    const rows = embedding("table", 7, 3)(input("at", ["batch"], "int32"));
    return model("m", { dims, functions: { train: minimize(rows.square().sum(), own()) } });
  },
};

const session = new Session();

beforeAll(async () => {
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
});

afterAll(() => session.disconnect());

/** The number of calls of the compiler's functions since this was asked last. */
async function calls(): Promise<number> {
  const { result } = await session.post("Profiler.takePreciseCoverage");
  const own = result.filter(({ url }) => /\/compiler\//.test(url));
  return own.flatMap(({ functions }) => functions).reduce((sum, { ranges }) => sum + (ranges[0]?.count ?? 0), 0);
}

/** Everything that a build and `optimc check` do with a model. */
function workOn(made: Model): void {
  const compiled = compileModel(made, { name: "m", targets: ["js", "wasm"], source: "m.model.ts" });
  compiled.explain();
  for (const stage of ["graph", "gradient", "update", "groups", "steps", "kernels", "memory", "wat"] as const)
    compiled.print(stage);
  checkModel(made, { runs: 1 });
}

test.each(Object.entries(chains))("%s", { timeout: 600_000 }, async (_, make) => {
  const work: number[] = [];
  for (const steps of isLong ? [10, 20, 40] : [10, 20]) {
    await calls();
    workOn(make(steps));
    work.push(await calls());
    const [before, now] = work.slice(-2);
    // Twice the steps are twice the work; four times, where each of them is looked at from each. Paths would be 1,000 times.
    if (now !== undefined) expect(now).toBeLessThan(6 * (before as number));
  }
  expect(work[0]).toBeGreaterThan(10_000);
});
