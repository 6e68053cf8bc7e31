/** How often which class was taken for which. */
import { published } from "../../compiler/ir/asTensor.js";
import { entry } from "../../compiler/ir/guards.js";
import { literal, type Expression } from "../../compiler/ir/op.js";
import { size } from "../../compiler/ir/size.js";
import type { Shape } from "../../compiler/ir/shape.js";
import type { IntTensor } from "../../compiler/ir/tensorMethods.js";
import { add } from "../../compiler/ops/add.js";
import { broadcastTo } from "../../compiler/ops/broadcast.js";
import { toInt } from "../../compiler/ops/cast.js";
import { ge, lt } from "../../compiler/ops/compare.js";
import { scatterAdd } from "../../compiler/ops/gather.js";
import { and } from "../../compiler/ops/logical.js";
import { mul } from "../../compiler/ops/mul.js";
import { reshape } from "../../compiler/ops/reshape.js";
import { where } from "../../compiler/ops/where.js";
import { classPair, requireClasses, type TrueClasses } from "./classes.js";

export interface ConfusionMatrix {
  /**
   * How often each true class (the row) was predicted as each class (the column): int32 [classes, classes], as
   * scikit-learn's `confusion_matrix`. Predicted classes and labels have the same shape, any; a pair with a value
   * outside the classes is not counted. The counts are integers, which add up over calls without rounding. No gradient
   * flows.
   */
  <P extends IntTensor<Shape>, T extends IntTensor<Shape>, const C extends number>(
    predicted: P,
    labels: TrueClasses<"confusionMatrix", P, T>,
    classes: C,
  ): IntTensor<[C, C]>;
}

export const confusionMatrix = published<ConfusionMatrix>(
  entry("confusionMatrix", (predicted: Expression, labels: Expression, classes: number) => {
    const [found, truth] = classPair("confusionMatrix", predicted, labels, ["int32"]);
    const count = requireClasses("confusionMatrix", classes);
    const isClass = (x: Expression) => and(ge(x, 0), lt(x, count));
    const counts = and(isClass(found), isClass(truth));
    const cell = where(counts, add(mul(truth, count), found), 0);
    const none = broadcastTo(literal(0, "int32"), [size(count * count)]);
    const total = scatterAdd(none, cell, toInt(counts));
    return reshape(total, [count, count]);
  }),
);
