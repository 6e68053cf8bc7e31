/** Softmax and its logarithm along one axis; a maximum that carries no gradient is subtracted first. */
import type { Expression, Op, Operand } from "../ir/op.js";
import { addMethods, defineOp } from "../ir/op.js";
import type { CheckAxes, Shape } from "../ir/shape.js";
import { sum } from "./broadcast.js";
import { div } from "./div.js";
import { requireElement } from "./elementwise.js";
import { exp } from "./exp.js";
import { log } from "./log.js";
import { max } from "./max.js";
import { mul } from "./mul.js";
import { axisOf } from "./reshape.js";
import { sub } from "./sub.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * `exp(x - m) / sum(exp(x - m))` along an axis, the last one by default; m is the maximum, which carries no
     * gradient. The gradient is `s (dy - sum(s dy))`, where s is the result. For a loss, give the logits to
     * `crossEntropy` instead.
     */
    softmax<R extends Shape, const A extends number = -1>(
      this: Tensor<R>,
      axis?: A & CheckAxes<R, A, "softmax">,
    ): Tensor<R>;

    /**
     * `x - m - log(sum(exp(x - m)))` along an axis, the last one by default; m is the maximum, which carries no
     * gradient. The gradient is `dy - softmax(x) sum(dy)`.
     */
    logSoftmax<R extends Shape, const A extends number = -1>(
      this: Tensor<R>,
      axis?: A & CheckAxes<R, A, "logSoftmax">,
    ): Tensor<R>;
  }
}

type Along = { axis: number };

function alongAxis(
  name: string,
  rules: {
    expand(x: Expression, axis: number): Expression;
    gradient(cotangent: Expression, result: Expression, axis: number): Expression;
  },
): Op<[x: Operand, axis?: number], Along> {
  return defineOp<[x: Operand, axis?: number], Along>({
    name,
    parse: (x, axis = -1) => ({
      args: [x],
      attributes: { axis: axisOf(name, axis, typeof x === "number" ? 0 : x.shape.length) },
    }),
    infer([x]) {
      requireElement(name, x, ["float"]);
      return x;
    },
    expand: ([x], { axis }) => rules.expand(x, axis),
    gradient: ({ cotangent, result, attributes: { axis } }) => [rules.gradient(cotangent, result, axis)],
  });
}

const keep = { keepDim: true };
const shifted = (x: Expression, axis: number): Expression => sub(x, max(x, axis, keep));

export const softmax = alongAxis("softmax", {
  expand(x, axis) {
    const powers = exp(shifted(x, axis));
    return div(powers, sum(powers, axis, keep));
  },
  // d softmax = s (dx - sum(s dx))
  gradient: (cotangent, result, axis) => mul(result, sub(cotangent, sum(mul(cotangent, result), axis, keep))),
});

export const logSoftmax = alongAxis("logSoftmax", {
  expand(x, axis) {
    const small = shifted(x, axis);
    return sub(small, log(sum(exp(small), axis, keep)));
  },
  // d logSoftmax = dx - softmax sum(dx)
  gradient: (cotangent, result, axis) => sub(cotangent, mul(exp(result), sum(cotangent, axis, keep))),
});

addMethods({ logSoftmax, softmax });
