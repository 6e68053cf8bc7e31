/** Dropout, and the two operations that fix the mode of a part of a graph. */
import { fail } from "../diagnostics.js";
import { checkOptions, describeValue } from "../ir/guards.js";
import type { Expression, Mode } from "../ir/op.js";
import { defineOp } from "../ir/op.js";
import type { Shape } from "../ir/shape.js";
import type { Tensor } from "../ir/tensorMethods.js";
import { lt } from "./compare.js";
import { requireElement } from "./elementwise.js";
import { mul } from "./mul.js";
import { nextOrder } from "./order.js";
import { standardUniform, type Stream } from "./random.js";
import { checkName } from "./declarations.js";
import { where } from "./where.js";

export interface Dropout {
  /**
   * In training, multiplies each element by 0 with probability p (from 0 to below 1, default 0.5), and divides the
   * others by `1 - p`; in evaluation, returns x itself. An element that is infinite or NaN is NaN times 0, as in
   * PyTorch. The gradient passes the same mask. The mask depends on the seed, the call and the stream: `name` if given,
   * else the number of this operation among the model's random operations.
   */
  <S extends Shape>(x: Tensor<S>, p?: number, options?: { readonly name?: string }): Tensor<S>;
}

export interface Training {
  /**
   * x as it is in training, in any function: in everything that x is computed from, dropout is active and batch
   * normalization uses the statistics of its batch.
   */
  <S extends Shape>(x: Tensor<S>): Tensor<S>;
}

export interface Evaluating {
  /**
   * x as it is in evaluation, in any function: in everything that x is computed from, dropout does nothing and batch
   * normalization uses its running statistics.
   */
  <S extends Shape>(x: Tensor<S>): Tensor<S>;
}

export const dropout = defineOp<
  [x: Expression, p?: number, options?: { readonly name?: string }],
  { p: number; stream: Stream }
>({
  name: "dropout",
  parse(x, p = 0.5, options = {}) {
    checkOptions("dropout", options, ["name"]);
    if (typeof p !== "number" || !(p >= 0 && p < 1)) {
      fail({
        code: "invalid-argument",
        message: "dropout: p is out of range",
        expected: "a probability in [0, 1)",
        found: describeValue(p),
      });
    }
    const stream = options.name === undefined ? { order: nextOrder() } : checkName("dropout", options.name);
    return { args: [x], attributes: { p, stream } };
  },
  infer([x]) {
    requireElement("dropout", x, ["float"]);
    return x;
  },
  resolveMode([x], { p, stream }, mode) {
    if (mode === "evaluation" || p === 0) return x;
    const random = standardUniform.node([], { shape: x.shape, stream });
    return mul(x, where(lt(random, p), 0, 1 / (1 - p)));
  },
});

/** Fixes the mode of everything that x is computed from, whatever function it is used in. */
const modal = (name: string, mode: Mode) =>
  defineOp<[x: Expression], { mode: Mode }>({
    name,
    mode,
    parse: (x) => ({ args: [x], attributes: { mode } }),
    infer: ([x]) => x,
    expand: ([x]) => x,
  });

export const training = modal("training", "training");
export const evaluating = modal("evaluating", "evaluation");
