/** Rosenbrock's function, (1 - a)^2 + 100 (b - a^2)^2: its minimum is 0 at (1, 1), at the end of a curved valley. */
import { minimize, model, param, type Optimizer } from "../../src/index.js";
import type { MinimizeOptions } from "../../compiler/model/options.js";
import { lbfgs, type LbfgsOptions } from "../../library/optimizers/lbfgs.js";
import type { Model } from "../../compiler/model/model.js";
import type { Target } from "../../compiler/targets/target.js";
import { build, type Live } from "../run.js";

interface Options {
  readonly start?: readonly number[];
  readonly target?: Target;
  readonly precision?: "float32" | "float64";
  readonly sign?: 1 | -1;
}

export function rosenbrockModel(optimizer: Optimizer, { precision = "float64", sign = 1 }: Options = {}): Model {
  const x = param("x", [2], 0);
  const [a, b] = [x.slice([[0, 1]]), x.slice([[1, 2]])];
  const loss = a.neg().add(1).square().add(b.sub(a.square()).square().mul(100)).sum().mul(sign);
  const options: MinimizeOptions = {};
  return model("rosenbrock", { precision, functions: { train: minimize(loss, optimizer, options) } });
}

export function rosenbrock(options: LbfgsOptions, given: Options = {}): Live {
  const { start = [-1.2, 1], target } = given;
  const live = build(rosenbrockModel(lbfgs(options), given), target ? { target } : {});
  live.parameters["x"]?.set(start);
  return live;
}
