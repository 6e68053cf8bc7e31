/** A choice by the mode that a function is compiled in. */
import type { Expression } from "../ir/op.js";
import { defineOp, printType, shapeFault, typeFault } from "../ir/op.js";
import { equalAll } from "../ir/size.js";
import type { Shape } from "../ir/shape.js";
import type { Tensor } from "../ir/tensorMethods.js";

export interface ByMode {
  /**
   * One of two tensors of the same shape: `training` in a `minimize`, `evaluation` elsewhere, unless `training(x)` or
   * `evaluating(x)` says otherwise. The other is not computed. Use it for a layer that normalizes by its batch in
   * training, and by running statistics in evaluation.
   */
  <S extends Shape>(choices: { readonly training: Tensor<S>; readonly evaluation: Tensor<NoInfer<S>> }): Tensor<S>;
}

export const byMode = defineOp<
  [choices: { readonly training: Expression; readonly evaluation: Expression }],
  Record<string, never>,
  readonly [Expression, Expression]
>({
  name: "byMode",
  parse: ({ training, evaluation }) => ({ args: [training, evaluation] }),
  infer([training, evaluation]) {
    if (training.element !== evaluation.element) {
      typeFault("byMode: the two sides have different element types", "two sides of one type", [training, evaluation]);
    }
    if (!equalAll(training.shape, evaluation.shape)) {
      shapeFault("byMode: the two sides have different shapes", printType(training), printType(evaluation));
    }
    return training;
  },
  resolveMode: ([training, evaluation], _, mode) => (mode === "training" ? training : evaluation),
});
