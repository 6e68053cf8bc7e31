/** L-BFGS as PyTorch has it: test/reference/lbfgs.json. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Expression } from "../../compiler/ir/op.js";
import { minimize, model } from "../../compiler/model/model.js";
import { add } from "../../compiler/ops/add.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { zeros } from "../../compiler/ops/initializers.js";
import { input } from "../../compiler/ops/input.js";
import { matmul } from "../../compiler/ops/matmul.js";
import { param } from "../../compiler/ops/param.js";
import { square } from "../../compiler/ops/square.js";
import { sub } from "../../compiler/ops/sub.js";
import { tanh } from "../../compiler/ops/tanh.js";
import { transpose } from "../../compiler/ops/transpose.js";
import { lbfgs, type LbfgsOptions } from "../../library/optimizers/lbfgs.js";
import type { Target } from "../../compiler/targets/target.js";
import { magnitudeOf } from "../laws/check.js";
import { build, type Live } from "../run.js";
import { strongWolfe } from "../../runtime/lineSearch.js";
import { eachTarget } from "../targets.js";
import { rosenbrock } from "./rosenbrock.js";

interface Tensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

type Numbers = readonly number[];

interface Call {
  readonly loss: number;
  readonly iterations: number;
  readonly evaluations: number;
  readonly t: number;
  readonly parameters?: Readonly<Record<string, Numbers>>;
  readonly state?: {
    readonly d: Numbers;
    readonly old_dirs: readonly Numbers[];
    readonly old_stps: readonly Numbers[];
    readonly ro: Numbers;
    readonly H_diag: Numbers;
    readonly prev_flat_grad: Numbers;
    readonly prev_loss: Numbers;
  };
}

interface Run {
  readonly problem: "net" | "rosenbrock";
  readonly start?: Numbers;
  readonly options: LbfgsOptions;
  readonly precision: "float64" | "float32";
  readonly calls: readonly Call[];
}

const reference = JSON.parse(readFileSync(new URL("../reference/lbfgs.json", import.meta.url), "utf8")) as {
  readonly data: Readonly<Record<"x" | "y", Tensor>>;
  readonly parameters: Readonly<Record<string, Tensor>>;
  readonly searches: readonly {
    readonly c: readonly [number, number, number, number];
    readonly first: number;
    readonly most: number;
    readonly tolerance: number;
    readonly looked: Numbers;
    readonly t: number;
  }[];
  readonly runs: readonly Run[];
};

/** The recorded net: two layers with tanh between, the squared error summed. */
function net({ options, precision }: Run, target: Target): Live {
  const tensor = (name: string): Expression => param(name, (reference.parameters[name] as Tensor).shape, zeros());
  // In this order the parameters stand in PyTorch's vectors.
  const [weight, bias, weight2, bias2] = Object.keys(reference.parameters).map(tensor) as [
    Expression,
    Expression,
    Expression,
    Expression,
  ];
  const linear = (weight: Expression, bias: Expression, x: Expression): Expression =>
    add(matmul(x, transpose(weight)), bias);
  const [x, y] = [input("x", reference.data.x.shape), input("y", reference.data.y.shape)];
  const loss = sum(square(sub(linear(weight2, bias2, tanh(linear(weight, bias, x))), y)));
  const train = minimize(loss, lbfgs(options), { params: [weight, bias, weight2, bias2] });
  const live = build(model("reference", { precision, functions: { train } }), { target });
  for (const [name, { data }] of Object.entries(reference.parameters)) live.parameters[name]?.set(data);
  return live;
}

const inputs = { x: reference.data.x.data, y: reference.data.y.data };

/** The largest difference from the record, relative to the largest magnitude of each tensor. */
function distance(run: Run, target: Target): { readonly at: string; readonly relative: number } {
  const live =
    run.problem === "net" ? net(run, target) : rosenbrock(run.options, { start: run.start as number[], target });
  let worst = { at: "nowhere", relative: 0 };
  const compare = (at: string, found: ArrayLike<number>, wanted: Numbers): void => {
    expect(found.length, at).toBe(wanted.length);
    const magnitude = magnitudeOf(wanted);
    wanted.forEach((each, i) => {
      const apart = Math.abs((found[i] as number) - each);
      const relative = apart === 0 ? 0 : apart / magnitude;
      if (!(relative <= worst.relative)) worst = { at: `${at}[${i}]`, relative };
    });
  };
  for (const [position, recorded] of run.calls.entries()) {
    const at = `call ${position + 1}`;
    const { loss } = live.call("train", run.problem === "net" ? inputs : {});
    const { parameters, functions } = live.state();
    const [state, ...others] = Object.values(functions["train"]?.parameters ?? {});
    expect(others).toEqual([]);
    const kept = state as Record<string, Float64Array>;
    expect([...kept["n_iter"]!, ...kept["func_evals"]!], at).toEqual([recorded.iterations, recorded.evaluations]);
    compare(`${at} loss`, [loss as number], [recorded.loss]);
    compare(`${at} t`, kept["t"]!, [recorded.t]);
    for (const [name, wanted] of Object.entries(recorded.parameters ?? {}))
      compare(`${at} ${name}`, parameters[name]!, wanted);
    if (!recorded.state) continue;
    const { old_dirs: dirs, old_stps: stps, ro, ...plain } = recorded.state;
    for (const [name, wanted] of Object.entries(plain)) compare(`${at} ${name}`, kept[name]!, wanted);
    // The newest pair is in row (pairs - 1) % historySize.
    const rows = kept["ro"]!.length;
    const length = kept["d"]!.length;
    dirs.forEach((_, i) => {
      const row = (kept["pairs"]![0]! - dirs.length + i) % rows;
      const ofRow = (name: string): Float64Array => kept[name]!.subarray(row * length, (row + 1) * length);
      compare(`${at} old_dirs ${i}`, ofRow("old_dirs"), dirs[i]!);
      compare(`${at} old_stps ${i}`, ofRow("old_stps"), stps[i]!);
      compare(`${at} ro ${i}`, [kept["ro"]![row]!], [ro[i]!]);
    });
  }
  return worst;
}

const allowed = { float64: 1e-6, float32: 1e-4 } as const;

describe.each(eachTarget)("L-BFGS on %s", (_, target) => {
  const runs = reference.runs.map(
    (run) => [`${run.problem} ${JSON.stringify(run.options)} in ${run.precision}`, run] as const,
  );
  test.each(runs)("%s", (_, run) => {
    const { at, relative } = distance(run, target);
    expect(relative, at).toBeLessThan(allowed[run.precision]);
  });
});

describe("a line search", () => {
  const searches = reference.searches.map((each) => [`${each.c.join(", ")} from ${each.first}`, each] as const);
  test.each(searches)("along %s looks where PyTorch's does", (_, { c, first, most, tolerance, looked, t: wanted }) => {
    const found: number[] = [];
    const at = (t: number) => ({
      loss: c[0] * t + c[1] * t ** 2 + c[2] * t ** 3 + c[3] * t ** 4,
      slope: c[0] + 2 * c[1] * t + 3 * c[2] * t ** 2 + 4 * c[3] * t ** 3,
    });
    const point = () => ({ t: 0, ...at(0), gradient: null });
    const evaluate = (into: ReturnType<typeof point>, t: number): void => {
      found.push(t);
      Object.assign(into, at(t), { t });
    };
    const { t } = strongWolfe([point(), point(), point()], evaluate, first, most, 1, tolerance);
    expect(found.length).toBe(looked.length);
    [...found, t].forEach((each, i) => expect(each).toBeCloseTo([...looked, wanted][i]!, 7));
  });
});
