/** What a function whose optimizer is host code does in a call, beside moving the parameters. */
import { describe, expect, test } from "vitest";
import {
  adam,
  assign,
  batchNorm,
  dropout,
  ema,
  clipByGlobalNorm,
  input,
  lbfgs,
  linear,
  minimize,
  model,
  param,
  randomUniform,
  schedule,
  sgd,
  state,
  type LbfgsOptions,
} from "../../src/index.js";
import { checkModel } from "../../compiler/check/check.js";
import { compileModel } from "../../compiler/compile.js";
import type { OptimcError } from "../../compiler/diagnostics.js";
import { manifestOf } from "../../compiler/emit/manifest.js";
import type { Model } from "../../compiler/model/model.js";
import { compileProgram } from "../../compiler/compile.js";
import { standalone } from "../../compiler/emit/standalone.js";
import type { Target } from "../../compiler/targets/target.js";
import type { Module } from "../../runtime/types.js";
import { build, type Live, type Saved } from "../run.js";
import { eachTarget, eachTargetAndPrecision, targets } from "../targets.js";
import { rosenbrock, rosenbrockModel } from "./rosenbrock.js";

const search = { lineSearch: "strongWolfe" } as const;

type Kept = Readonly<Record<string, Float64Array>>;
const keptOf = (live: Live): Kept =>
  Object.values(live.state().functions["train"]?.parameters ?? {})[0] as unknown as Kept;
const numberOf = (live: Live, name: string): number => keptOf(live)[name]![0]!;

interface NetOptions {
  readonly precision?: "float32" | "float64";
  readonly batch?: number;
}

/** A net with all that changes from call to call: dropout, and the statistics of a normalization. */
function net(optimizer: ReturnType<typeof lbfgs>, { precision = "float64", batch = 8 }: NetOptions = {}): Model {
  const [x, y] = [input("x", ["batch", 3]), input("y", ["batch", 2])];
  const [first, norm, last] = [linear("first", 3, 5), batchNorm("norm", 5), linear("last", 5, 2)];
  const hidden = dropout(norm(first(x)).tanh(), 0.3);
  const prediction = last(hidden);
  const loss = prediction.sub(y).square().mean();
  const train = minimize(loss, optimizer, { also: { prediction, weight: last.weight.mul(2) } });
  return model("net", { dims: { batch }, precision, functions: { predict: { prediction }, train } });
}

const wave = (count: number, phase: number): number[] =>
  Array.from({ length: count }, (_, k) => Math.fround(Math.sin(1.7 * k + phase)));
const batchOf = (rows: number) => ({ x: wave(3 * rows, 0.3), y: wave(2 * rows, 2) });

describe.each(eachTarget)("Rosenbrock's function on %s", (_, target) => {
  test.each([
    [-1.2, 1],
    [1.5, 1.5],
    [0, 0],
    [-3, -4],
  ])("is minimized from (%d, %d)", (...start) => {
    const live = rosenbrock({ ...search, toleranceGrad: 1e-12, toleranceChange: 0 }, { start, target });
    for (let call = 0; call < 5; call++) live.call("train");
    for (const each of live.parameters["x"]!) expect(Math.abs(each - 1)).toBeLessThan(1e-10);
    expect(live.call("train")["loss"]).toBeLessThan(1e-20);
  });

  test("is left at once where its gradient is 0", () => {
    const live = rosenbrock({}, { start: [1, 1], target });
    expect(live.call("train")).toEqual({ loss: 0 });
    expect([...live.parameters["x"]!]).toEqual([1, 1]);
    expect([numberOf(live, "n_iter"), numberOf(live, "func_evals")]).toEqual([0, 1]);
    live.parameters["x"]!.set([0, 0]);
    live.call("train");
    expect(numberOf(live, "n_iter")).toBe(20);
  });

  test.each([{}, search])("is maximized as its negative is minimized, bit for bit: %o", (options) => {
    const up = rosenbrock({ ...options, lr: 0.1, maximize: true }, { sign: -1, target });
    const down = rosenbrock({ ...options, lr: 0.1 }, { target });
    for (let call = 0; call < 3; call++) {
      expect(up.call("train")["loss"]).toBe(-(down.call("train")["loss"] as number));
      expect(up.parameters["x"]).toEqual(down.parameters["x"]);
    }
    expect(keptOf(up)).toEqual(keptOf(down));
  });

  test("and one of one number end where the loss has not changed, however far the step was", () => {
    const weight = param("weight", [], 1);
    const train = minimize(weight.square(), lbfgs({ lr: 2, toleranceChange: 0.5 }));
    const live = build(model("m", { precision: "float64", functions: { train } }), { target });
    live.call("train");
    expect([live.parameters["weight"]![0], numberOf(live, "n_iter"), numberOf(live, "func_evals")]).toEqual([-1, 1, 2]);
  });

  test("where nothing is a number, a call ends", () => {
    for (const options of [{}, search]) {
      const live = rosenbrock(options, { start: [NaN, 1], target });
      expect(live.call("train")["loss"]).toBe(NaN);
    }
  });
});

describe.each(eachTarget)("a call on %s", (_, target) => {
  const evaluations = (live: Live): number => numberOf(live, "func_evals");

  test("returns what the first evaluation computed", () => {
    const live = build(net(lbfgs(search)), { target, seed: 3 });
    const once = build(net(lbfgs({ ...search, maxIter: 1, maxEval: 1 })), { target, seed: 3 });
    const weight = live.parameters["last.weight"]!.map((each) => 2 * each);
    const found = live.call("train", batchOf(8));
    expect(evaluations(live)).toBeGreaterThan(10);
    expect(evaluations(once)).toBe(0);
    expect(found).toEqual(once.call("train", batchOf(8), { lr: 0 }));
    expect(found["weight"]).toEqual(weight);
    expect(live.parameters["last.weight"]!.map((each) => 2 * each)).not.toEqual(weight);
  });

  test("assigns states once, as at the first evaluation", () => {
    const live = build(net(lbfgs(search)), { target, seed: 3 });
    const once = build(net(lbfgs({ ...search, maxIter: 1, maxEval: 1 })), { target, seed: 3 });
    live.call("train", batchOf(8));
    once.call("train", batchOf(8), { lr: 0 });
    expect(evaluations(live)).toBeGreaterThan(10);
    expect(live.state().state).toEqual(once.state().state);
    expect(Array.from(live.state().state["norm.running_mean"]!).some((each) => each !== 0)).toBe(true);
  });

  test("finds the states in every evaluation as they were before it", () => {
    const [weight, count] = [param("weight", [2], 7), state("count", [2], 0)];
    const loss = weight.sub(count).square().sum();
    const train = minimize(loss, lbfgs({ ...search, toleranceGrad: 1e-12 }), {
      effects: [assign(count, (now) => now.add(1))],
    });
    const live = build(model("m", { precision: "float64", functions: { train } }), { target });
    for (const call of [0, 1, 2]) {
      live.call("train");
      expect([...live.parameters["weight"]!]).toEqual([call, call]);
      expect(Array.from(live.state().state["count"]!)).toEqual([call + 1, call + 1]);
    }
  });

  test("draws the same numbers in every evaluation, and others in the next call", () => {
    const [weight, noise] = [param("weight", [5], 0), randomUniform([5])];
    const train = minimize(weight.sub(noise).square().sum(), lbfgs({ ...search, toleranceGrad: 1e-12 }), {
      also: { noise },
    });
    const live = build(model("m", { precision: "float64", functions: { train } }), { target });
    const seen = [0, 1].map(() => {
      const before = evaluations(live);
      const drawn = live.call("train")["noise"] as Float64Array;
      expect(evaluations(live) - before).toBeGreaterThan(1);
      live.parameters["weight"]!.forEach((each, i) => expect(each).toBeCloseTo(drawn[i]!, 4));
      return drawn;
    });
    expect(seen[0]).not.toEqual(seen[1]);
  });

  test("moves only the parameters that are given, in their order", () => {
    const [a, b, c] = [param("a", [3], 1), param("b", [2], 2), param("c", [2], 3)];
    const loss = a.sum().sub(1).square().add(b.mul(c).sub(2).square().sum());
    const train = minimize(loss, lbfgs({ ...search, historySize: 4 }), { params: [c, a] });
    const live = build(model("m", { precision: "float64", functions: { train } }), { target });
    live.call("train");
    expect([...live.parameters["b"]!]).toEqual([2, 2]);
    live.parameters["c"]!.forEach((each) => expect(each).toBeCloseTo(1, 6));
    const kept = live.state().functions["train"]!.parameters!;
    expect(Object.keys(kept)).toEqual(["c"]);
    expect([kept["c"]!["d"]!.length, kept["c"]!["old_dirs"]!.length]).toEqual([5, 20]);
  });

  test("with fewer rows is one of a model of so many, bit for bit", () => {
    const ragged = build(net(lbfgs(search), { batch: 8 }), { target, seed: 3 });
    const exact = build(net(lbfgs(search), { batch: 5 }), { target, seed: 3 });
    for (let call = 0; call < 3; call++) {
      expect(ragged.call("train", batchOf(5))).toEqual(exact.call("train", batchOf(5)));
      expect(ragged.parameters["first.weight"]).toEqual(exact.parameters["first.weight"]);
    }
    expect(keptOf(ragged)).toEqual(keptOf(exact));
  });

  test("counts as one update, and takes options", () => {
    const live = rosenbrock(search, { target });
    live.call("train", {}, { maxIter: 2 });
    expect([numberOf(live, "n_iter"), live.state().functions["train"]!.step]).toEqual([2, 1]);
    live.call("train", {}, { maxEval: 1 });
    expect(numberOf(live, "n_iter")).toBe(3);
    const before = [...live.parameters["x"]!];
    live.call("train", {}, { toleranceGrad: 1e9 });
    live.call("train", {}, { lr: 0, maxEval: 1 });
    expect([...live.parameters["x"]!]).toEqual(before);
    expect(() => live.call("train", {}, { maxIter: 2.5 })).toThrow("option 'maxIter': expected a whole number from 1");
    expect(() => live.call("train", {}, { maxEval: 0 })).toThrow("option 'maxEval'");
    expect(() => live.call("train", {}, { historySize: 3 })).toThrow("unknown option 'historySize'");
  });

  test("follows schedules, which step once a call", () => {
    const rates = [1, 1 / 2, 1 / 3];
    const shared = schedule({
      shared: { calls: 0 },
      advance: ({ shared }) => ({ calls: shared["calls"]!.add(1) }),
      value: ({ next }) => next["calls"]!.pow(-1),
    });
    const scheduled = rosenbrock({ lr: (t) => t.add(1).pow(-1), maxIter: 3 }, { target });
    const keeping = rosenbrock({ lr: shared, maxIter: 3 }, { target });
    const given = rosenbrock({ maxIter: 3 }, { target });
    for (const lr of rates) {
      const wanted = given.call("train", {}, { lr });
      for (const live of [scheduled, keeping]) {
        expect(live.call("train")).toEqual(wanted);
        expect(live.parameters["x"]).toEqual(given.parameters["x"]);
      }
    }
    const { shared: kept } = keeping.state().functions["train"] as { shared?: Record<string, ArrayLike<number>> };
    expect(Array.from(kept!["lr.calls"]!)).toEqual([3]);
  });

  test("stands beside functions with other optimizers", () => {
    const [weight, x] = [param("weight", [3], 1), input("x", [3])];
    const loss = weight.mul(x).sub(2).square().sum();
    const live = build(
      model("m", { functions: { polish: minimize(loss, lbfgs(search)), train: minimize(loss, adam()) } }),
      { target },
    );
    for (let step = 0; step < 3; step++) live.call("train", { x: [1, 2, 4] });
    live.call("polish", { x: [1, 2, 4] });
    expect(live.call("train", { x: [1, 2, 4] })["loss"]).toBeLessThan(1e-8);
  });
});

describe.each(eachTargetAndPrecision)("the state on %s in %s", (_, precision, target) => {
  test.each([{}, { ...search, historySize: 3 }, { ...search, maxIter: 3 }] as LbfgsOptions[])(
    "goes on bit for bit: %o",
    (options) => {
      const make = (seed: number) => build(net(lbfgs({ lr: 0.1, ...options }), { precision }), { target, seed });
      const [live, other] = [make(3), make(4)];
      for (let call = 0; call < 4; call++) live.call("train", batchOf(8));
      const saved = live.state();
      // Not a place that a run happens to have: work space holds other numbers.
      other.call("train", batchOf(5));
      // By a copy, because JSON has no -0, which the slope of a bias before batchNorm is.
      other.load(structuredClone(saved) as Saved);
      expect(other.state()).toEqual(saved);
      for (let call = 0; call < 4; call++)
        expect(other.call("train", batchOf(8))).toEqual(live.call("train", batchOf(8)));
      expect(other.state()).toEqual(live.state());
      expect(saved.functions["train"]!.parameters!["first.weight"]).toHaveProperty("old_stps");
    },
  );
});

describe.each(["float64", "float32"] as const)("vectors in %s", (precision) => {
  test.each([1, 2, 3, 5, 17])("of %d elements are the same to compiled kernels as to the host", (length) => {
    const [weight, scale] = [param("weight", [length], 0.5), input("scale", [length])];
    const loss = weight.mul(scale).sub(1).square().mul(scale).sum().add(weight.square().square().sum());
    const found = eachTarget.map(([, target]) => {
      const train = minimize(loss, lbfgs({ ...search, maxIter: 4, historySize: 3 }));
      const live = build(model("m", { precision, functions: { train } }), { target });
      for (let call = 0; call < 2; call++) live.call("train", { scale: wave(length, 1).map((each) => each + 1.5) });
      return [
        ...live.parameters["weight"]!,
        numberOf(live, "n_iter"),
        numberOf(live, "func_evals"),
        numberOf(live, "t"),
      ];
    });
    const [first, second] = found as [number[], number[]];
    first.forEach((each, i) => expect(second[i]).toBeCloseTo(each, precision === "float64" ? 12 : 5));
  });

  test("are four lanes wide or two, in the module of a net with a driver alone", () => {
    const weight = param("weight", [17], 1);
    const wat = (optimizer: ReturnType<typeof lbfgs>): string => {
      const made = model("m", { precision, functions: { train: minimize(weight.square().sum(), optimizer) } });
      return compileModel(made, { name: "m", targets: ["wasm"], source: "" }).print("wat");
    };
    const lanes = precision === "float64" ? "f64x2" : "f32x4";
    const [dot = "", add = ""] = ["dot", "add"].map((name) => wat(lbfgs()).split(`(func $train.${name}.kernel`)[1]);
    expect(dot.slice(0, dot.indexOf("(func"))).toContain(`${lanes}.mul`);
    expect(add).toContain(`${lanes}.add`);
    expect(wat(sgd())).not.toContain("train.dot");
  });
});

test("optimc check proves a function that is driven as any other", () => {
  const { proofs, findings } = checkModel(net(lbfgs(search)));
  expect(findings).toEqual([]);
  expect(proofs.filter(({ function: name, verdict }) => name === "train" && verdict === "ok").length).toBe(3);
});

test("what is kept is counted", () => {
  const program = (options: LbfgsOptions, target: Target) =>
    compileProgram(rosenbrockModel(lbfgs(options), { precision: "float32" }), { target });
  for (const [, target] of eachTarget) {
    const { memory, functions } = manifestOf([program({ ...search, historySize: 1000 }, target)]);
    // Two vectors of two float32 for each pair, and two doubles.
    const least = 1000 * (2 * 2 * 4 + 2 * 8);
    expect(memory.optimizerState).toBeGreaterThanOrEqual(least);
    expect(memory.optimizerState).toBeLessThan(least + 1000);
    const { train } = functions;
    expect(train!.memory.optimizerState).toBe(memory.optimizerState);
    expect(train!.driver).toContain("up to 26 times");
    expect(train!.updates).toMatchObject([{ parameter: "x", class: "driver", fused: false }]);
    expect(train!.storedGradients).toMatchObject([{ parameter: "x", bytes: 8 }]);
  }
});

function diagnosticOf(call: () => unknown): OptimcError {
  try {
    call();
  } catch (error) {
    return error as OptimcError;
  }
  return expect.fail("nothing was refused");
}

describe("what cannot be had is refused", () => {
  const loss = param("weight", [3], 1).square().sum();

  test.each([
    [{ lineSerch: null }, "did you mean lineSearch?"],
    [{ lineSearch: "wolfe" }, '"strongWolfe" or null'],
    [{ historySize: 0 }, "a whole number, at least 1"],
    [{ historySize: 2.5 }, "a whole number, at least 1"],
    [{ maxIter: 0 }, "a whole number, at least 1"],
    [{ maxIter: () => 3 }, "a whole number, not a schedule"],
    [{ maxEval: 1.5 }, "a whole number, at least 1"],
    [{ toleranceGrad: -1 }, "a finite number, at least 0"],
    [{ groups: {} }, "leave groups out"],
  ])("%o", (options, part) => {
    const { code, message, expected, hint } = diagnosticOf(() => lbfgs(options as LbfgsOptions));
    expect(code).toBe("invalid-hyper");
    expect(message).toContain(`option '${Object.keys(options)[0]}'`);
    expect(`${expected} ${hint}`).toContain(part);
  });

  test.each([
    ["clip", { clip: clipByGlobalNorm(1) }],
    ["accumulate", { accumulate: 2 }],
    ["skipNonFinite", { skipNonFinite: true }],
    ["average", { average: ema(0.9) }],
  ] as [string, object][])("%s", (name, options) => {
    expect(() => minimize(loss, lbfgs(), options)).toThrow(`minimize: ${name} has no meaning with lbfgs`);
    expect(() => minimize(loss, sgd(), options)).not.toThrow();
  });

  test("for a group", () => {
    const groups = { weights: { match: "*", optimizer: lbfgs() } };
    expect(() => sgd({ groups })).toThrow("sgd: group 'weights': lbfgs cannot update a group");
  });
});

/** The module as text that imports nothing, loaded. */
async function loaded(given: Model, debug: boolean) {
  const made = compileModel(given, {
    name: "net",
    targets: ["js", "wasm"],
    source: "",
    inline: true,
    debug,
  });
  const text = await standalone(made.parts);
  const module = (await import(`data:text/javascript,${encodeURIComponent(text)}`)) as { default: Module };
  return module.default;
}

describe.each(["js", "wasm"] as const)("a module of its own on %s", (target) => {
  const start = [-1.2, 1];

  test("trains as one that imports the runtime", async () => {
    const net = (await loaded(rosenbrockModel(lbfgs(search)), false)).createSync({ target });
    net.parameters["x"]!.set(start);
    const live = rosenbrock(search, { start, target: targets[target] });
    for (let call = 0; call < 3; call++) expect(net["train"]()).toEqual(live.call("train"));
    expect(net.parameters["x"]).toEqual(live.parameters["x"]);
  });

  test("built to find what is not finite, changes nothing where it finds something", async () => {
    const x = param("x", [2], 1);
    // The step of length 100 leads to where the logarithm is none.
    const train = minimize(x.log().sum(), lbfgs({ lr: 100, maxIter: 4 }));
    const net = (await loaded(model("net", { functions: { train } }), true)).createSync({ target });
    const before = net.state();
    expect(() => net["train"]()).toThrow(/first value that is not finite: NaN, log .*The call has changed nothing/);
    expect(net.state()).toEqual(before);
    expect(net["train"]({}, { lr: 0.1, maxIter: 2 })).toEqual({ loss: 0 });
    expect(net.parameters["x"]![0]).toBeLessThan(1);
  });
});

describe.each(eachTarget)("counters of a loaded state, on %s", (_, target) => {
  test.each(["pairs", "n_iter", "func_evals"])("%s is a count", (name) => {
    const live = build(net(lbfgs({ maxIter: 3, historySize: 2 })), { target });
    live.call("train", batchOf(8));
    const saved = live.state();
    for (const value of [-1, NaN, 0.5, 1e300, Infinity]) {
      const state = structuredClone(saved) as Saved;
      (Object.values(state.functions["train"]?.parameters ?? {})[0] as Record<string, Float64Array>)[name]![0] = value;
      expect(() => live.load(state)).toThrow(
        new RegExp(
          `^net\\.load: functions\\.train\\.parameters\\.[\\w.]+\\.${name}: expected a whole number from 0 below`,
        ),
      );
      expect(live.state()).toEqual(saved);
    }
    live.load(saved);
  });
});

describe.each(eachTargetAndPrecision)("an option that float32 cannot hold, on %s, %s", (_, precision, target) => {
  test.each([
    ["lbfgs", lbfgs()],
    ["sgd", sgd()],
    ["adam", adam()],
  ])("%s", (_, by) => {
    const live = build(net(by as ReturnType<typeof lbfgs>, { precision }), { target });
    const before = live.state();
    const call = () => live.call("train", batchOf(8), { lr: 1e308 });
    if (precision === "float64") return void call();
    expect(call).toThrow("net.train: option 'lr': expected a finite number of float32 from 0, found 1e+308");
    expect(live.state()).toEqual(before);
  });
});
