/** Cross-entropy of logits against integer labels. */
import type { Expression, TensorType } from "../ir/op.js";
import { defineOp, printType, shapeFault } from "../ir/op.js";
import { equalAll, one, printShape, product } from "../ir/size.js";
import type { MatchRows, Shape, Show } from "../ir/shape.js";
import type { IntTensor, Tensor } from "../ir/tensor.js";
import { broadcastTo } from "./broadcast.js";
import { toFloat } from "./cast.js";
import { div } from "./div.js";
import { extent } from "./extent.js";
import { mean } from "./mean.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";
import { isLabel, pick } from "./pick.js";
import { reshape } from "./reshape.js";
import { logSoftmax, softmax } from "./softmax.js";
import { sub } from "./sub.js";

export interface CrossEntropy {
  /**
   * The mean over all rows of `-logSoftmax(logits)[label]`. The classes are the last axis of the logits, and there is
   * one label in [0, classes) for each row: logits [batch, 10] go with labels [batch]. The gradient is
   * `(softmax(logits) - oneHot(labels)) / rows`, never that of a logarithm of a softmax.
   */
  <L extends Shape, N extends Shape>(
    logits: Tensor<L>,
    labels: MatchRows<L, N> extends null
      ? `crossEntropy: logits ${Show<L>} and labels ${Show<N>} do not go together`
      : IntTensor<N>,
  ): Tensor<[]>;
}

/**
 * `mean(-logSoftmax(logits)[label])` over all rows. Logits are [..., classes], labels [...] in [0, classes).
 * Its gradient is `(softmax(logits) - oneHot(labels)) / rows`, never the gradient of a logarithm of a softmax.
 */
export const crossEntropy = defineOp<[logits: Expression, labels: Expression], Record<string, never>>({
  name: "crossEntropy",
  parse: (logits, labels) => ({ args: [logits, labels] }),
  infer([logits, labels]) {
    const [from, at] = [logits as TensorType, labels as TensorType];
    if (from.element !== "float" || from.shape.length === 0) {
      shapeFault("crossEntropy: wrong logits", "float logits [..., classes]", printType(from));
    }
    if (at.element !== "int32") {
      shapeFault("crossEntropy: the labels are not integers", "int32 labels", printType(at));
    }
    if (!equalAll(at.shape, from.shape.slice(0, -1))) {
      shapeFault(
        `crossEntropy: logits ${printShape(from.shape)} and labels ${printShape(at.shape)} do not go together`,
        `labels ${printShape(from.shape.slice(0, -1))}, one for each row of logits`,
        printShape(at.shape),
      );
    }
    return { shape: [], element: "float" };
  },
  expand: ([logits, labels]) => neg(mean(pick(logSoftmax(logits as Expression), labels as Expression))),
  gradient({ args: [logits, labels], cotangent }) {
    const [from, at] = [logits as Expression, labels as Expression];
    const difference = sub(softmax(from), toFloat(isLabel(at, from.shape)));
    const share = div(cotangent, extent(product(at.shape)));
    const column = reshape.node([share], { shape: from.shape.map(() => one) });
    return [mul(difference, broadcastTo(column, from.shape)), null];
  },
});
