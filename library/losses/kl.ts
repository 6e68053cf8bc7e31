/** The divergence of Kullback and Leibler. */
import { published } from "../../compiler/ir/asTensor.js";
import { checkOptions, entry, requireSwitch, requireWord } from "../../compiler/ir/guards.js";
import { finish, reductions, requireSame } from "./loss.js";
import type { Reduced, Reduction, ReductionOption, Same } from "./loss.js";
import { shapeFault, type Expression } from "../../compiler/ir/op.js";
import type { Shape } from "../../compiler/ir/shape.js";
import type { Size } from "../../compiler/ir/size.js";
import type { Tensor } from "../../compiler/ir/tensorMethods.js";
import { eq } from "../../compiler/ops/compare.js";
import { div } from "../../compiler/ops/div.js";
import { exp } from "../../compiler/ops/exp.js";
import { extent } from "../../compiler/ops/sizeScalar.js";
import { log } from "../../compiler/ops/log.js";
import { mul } from "../../compiler/ops/mul.js";
import { sub } from "../../compiler/ops/sub.js";
import { where } from "../../compiler/ops/where.js";

type KlReduction = Reduction | "batchMean";

interface KlOptions<R> extends ReductionOption<R> {
  /** Whether the target holds the logarithms of its probabilities. Default false. */
  readonly logTarget?: boolean;
}

export interface Kl {
  /**
   * The divergence of a target distribution t from a distribution given by its logarithms, elementwise `t (log t -
   * logProbabilities)`, 0 where t is 0 (Kullback and Leibler, 1951); PyTorch's `kl_div`. Both have one shape. The
   * gradients are `-t` and `log t + 1 - logProbabilities`, times what the reduction leaves; where t is 0 the second is
   * `-logProbabilities`.
   *
   * With `logTarget: true` the target holds log t. `reduction` is `"mean"` of all elements, `"batchMean"`, which
   * divides the sum by the size of the first axis and so is the divergence itself, `"sum"`, or `"none"`.
   */
  <S extends Shape, T extends Shape, R extends KlReduction = "mean">(
    logProbabilities: Tensor<S>,
    target: Same<"kl", S, T>,
    options?: KlOptions<R>,
  ): Tensor<Reduced<S, R>>;
}

export const kl = published<Kl>(
  entry("kl", (logProbabilities: Expression, target: Expression, options: KlOptions<KlReduction> = {}) => {
    checkOptions("kl", options, ["reduction", "logTarget"]);
    const { reduction = "mean", logTarget = false } = options;
    requireSame("kl", logProbabilities, target, ["log-probabilities", "target"]);
    requireWord("kl", "reduction", reduction, [...reductions, "batchMean"]);
    requireSwitch("kl", "logTarget", logTarget);
    const elements = logTarget
      ? mul(exp(target), sub(target, logProbabilities))
      : mul(target, sub(log(where(eq(target, 0), 1, target)), logProbabilities));
    if (reduction !== "batchMean") return finish("kl", elements, { reduction });
    if (target.shape.length === 0) shapeFault("kl: one number has no batch to take the mean of", "[batch, ...]", "[]");
    return div(finish("kl", elements, { reduction: "sum" }), extent(target.shape[0] as Size));
  }),
);
