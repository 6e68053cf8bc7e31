/** Standardization of inputs by statistics that the model keeps. */
import { published } from "../../compiler/ir/asTensor.js";
import { entry } from "../../compiler/ir/guards.js";
import { printType, requireTensor, shapeFault, type Expression } from "../../compiler/ir/op.js";
import { inLayer } from "../../compiler/ir/place.js";
import type { Dims, Shape } from "../../compiler/ir/shape.js";
import type { Effect, Tensor } from "../../compiler/ir/tensorMethods.js";
import { abs } from "../../compiler/ops/abs.js";
import { add } from "../../compiler/ops/add.js";
import { toFloat } from "../../compiler/ops/cast.js";
import { countOver } from "../../compiler/ops/centered.js";
import { gt } from "../../compiler/ops/compare.js";
import { checkName } from "../../compiler/ops/declarations.js";
import { div } from "../../compiler/ops/div.js";
import { ones, zeros } from "../../compiler/ops/initializers.js";
import { machineEpsilon } from "../../compiler/ops/machineEpsilon.js";
import { mean } from "../../compiler/ops/mean.js";
import { mul } from "../../compiler/ops/mul.js";
import { assign, state } from "../../compiler/ops/param.js";
import { sqrt } from "../../compiler/ops/sqrt.js";
import { square } from "../../compiler/ops/square.js";
import { sub } from "../../compiler/ops/sub.js";
import { variance } from "../../compiler/ops/variance.js";
import { where } from "../../compiler/ops/where.js";
import { applying, featureShape, requireFeatures, type CheckFeatures } from "./features.js";

/** A layer that standardizes its input, and takes in the statistics of data. */
export interface Standardization<Features extends Shape> {
  /** x less the mean, divided by the deviation, of all that was observed before the call. */
  <L extends Shape, K extends Dims<Features> = Dims<Features>>(
    x: CheckFeatures<Features, K> & Tensor<[...L, ...Features]>,
  ): Tensor<[...L, ...Features]>;
  /** The effects by which the statistics take in the rows of x, for `effects` of `compute` or `minimize`. */
  readonly observe: <L extends Shape, K extends Dims<Features> = Dims<Features>>(
    x: CheckFeatures<Features, K> & Tensor<[...L, ...Features]>,
  ) => readonly Effect[];
  /** How many rows were observed. */
  readonly count: Tensor<[]>;
  readonly mean: Tensor<Features>;
  /** The mean of the squared distances from the mean. */
  readonly variance: Tensor<Features>;
}

export interface StandardizeLayer {
  /**
   * Declares `(x - mean) / sqrt(variance)` for each feature of the last axis, or of the last axes of a shape such as `[4, 128]`,
   * with the mean and the variance of the data that were observed: training and serving cannot differ, since the statistics are
   * states of the model, `name.count`, `name.mean` and `name.variance`. Before anything was observed it gives x itself. A
   * feature that does not vary, but for rounding, becomes 0: its deviation counts as 1 if it is at most 16 machine epsilons of
   * its mean.
   *
   * ```ts
   * const norm = standardize("norm", 4);
   * const functions = {
   *   observe: compute({ rows: norm.count }, { effects: norm.observe(x) }),
   *   train: minimize(mse(linear("output", 4, 1)(norm(x)), y), adam()),
   * };
   * ```
   *
   * `norm.observe(x)` takes in the rows of all leading axes, by the update of Chan, Golub and LeVeque (1983), which is as exact in
   * many small batches as in one. `norm(x)` of the same call has the statistics from before it. No gradient flows into them. A
   * float32 counts exactly up to 2^24 rows; later ones weigh as much as that one. The variance is divided by the count, as in
   * scikit-learn's StandardScaler.
   */
  <N extends number, const F extends readonly number[] = [N]>(
    name: string,
    features: N | readonly [...F],
  ): Standardization<F>;
}

/** How many machine epsilons of its mean a deviation may have that rounding alone explains. */
const roundings = 16;

export const standardize = published<StandardizeLayer>(
  entry("standardize", (name: string, features: number | readonly number[]) => {
    const layer = `standardize '${checkName("standardize", name)}'`;
    const shape = featureShape(layer, features);
    const kept = {
      count: state(`${name}.count`, [], zeros()),
      mean: state(`${name}.mean`, shape, zeros()),
      variance: state(`${name}.variance`, shape, ones()),
    };
    const check = (x: Expression): void => {
      requireFeatures(layer, x, shape, (found) => `standardize("${name}", ${found})`);
    };
    const apply = applying(layer, name, (x) => {
      check(x);
      const deviation = sqrt(kept.variance);
      const varies = gt(deviation, mul(abs(kept.mean), mul(machineEpsilon(), roundings)));
      return div(sub(x, kept.mean), where(varies, deviation, 1));
    });
    const observe = (given: unknown): readonly Expression[] =>
      inLayer(name, () => {
        const x = requireTensor(layer, given, 1);
        check(x);
        const axes = x.shape.slice(shape.length).map((_, axis) => axis);
        if (axes.length === 0)
          shapeFault(`${layer}: the input has no rows`, `[..., ${shape.join(", ")}]`, printType(x));
        return takeIn(x, axes, kept);
      });
    return Object.freeze(Object.assign(apply, { observe, ...kept }));
  }),
);

interface Kept {
  readonly count: Expression;
  readonly mean: Expression;
  readonly variance: Expression;
}

/** The effects that merge the rows of x into the statistics, and read them as the effects before have left them. */
function takeIn(x: Expression, axes: readonly number[], { count, mean: around, variance: spread }: Kept): Expression[] {
  const rows = toFloat(countOver(x, axes));
  const [ownMean, ownVariance] = [mean(x, axes), variance(x, axes, { correction: 0 })];
  let share: Expression | undefined;
  let distance: Expression | undefined;
  const counting = assign(count, (now) => {
    share = div(rows, add(now, rows));
    return add(now, rows);
  });
  const moving = assign(around, (now) => {
    distance = sub(ownMean, now);
    return add(now, mul(distance, share as Expression));
  });
  const spreading = assign(spread, (now) => {
    const [own, apart] = [share as Expression, square(distance as Expression)];
    const rest = sub(1, own);
    return add(add(mul(now, rest), mul(ownVariance, own)), mul(apart, mul(own, rest)));
  });
  return [counting, moving, spreading];
}
