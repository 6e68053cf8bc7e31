/** Variance and standard deviation along axes. */
import { requireOption } from "../ir/guards.js";
import type { Expression, Op, Operand } from "../ir/op.js";
import { addMethods, defineOp } from "../ir/op.js";
import { called } from "../ir/place.js";
import type { Axes, CheckAxes, Reduce, Shape } from "../ir/shape.js";
import { broadcastTo, keepsDim, type ReduceOptions } from "./broadcast.js";
import { centered, countOver, squaresAround } from "./centered.js";
import { eq } from "./compare.js";
import { div } from "./div.js";
import { requireElement } from "./elementwise.js";
import { maximum } from "./maximum.js";
import { mul } from "./mul.js";
import { axesOf, keptShape, reshape } from "./reshape.js";
import { sqrt } from "./sqrt.js";
import { sub } from "./sub.js";
import { where } from "./where.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * The variance over axes: the squared distances from the mean summed, divided by the number of elements less the
     * correction, which is 1 by default (Bessel's); 0 divides by the number itself. `axes` is one axis or several,
     * counted from the end if negative; default all. They disappear, or stay as 1 with `keepDim: true`. The gradient is
     * `2 (x - mean) / (count - correction) dy`. With a correction of 1, the variance of one element is NaN.
     */
    variance<R extends Shape, const A extends Axes = undefined, K extends boolean = false>(
      this: Tensor<R>,
      axes?: A & CheckAxes<R, A, "variance">,
      options?: { readonly correction?: number; readonly keepDim?: K },
    ): Tensor<Reduce<R, A, K>>;

    /**
     * The standard deviation over axes: the root of `variance`, with its options. The gradient is
     * `(x - mean) / ((count - correction) std) dy`, and 0 where all elements are equal, as in PyTorch.
     */
    std<R extends Shape, const A extends Axes = undefined, K extends boolean = false>(
      this: Tensor<R>,
      axes?: A & CheckAxes<R, A, "std">,
      options?: { readonly correction?: number; readonly keepDim?: K },
    ): Tensor<Reduce<R, A, K>>;
  }
}

interface VarianceOptions extends ReduceOptions {
  /** The number that is subtracted from the number of elements before the division. Default 1. */
  readonly correction?: number;
}

type Over = { axes: readonly number[]; correction: number };
type Primitive = Op<[x: Operand, axes: readonly number[], correction: number], Over>;

/** The number of elements less the correction, 0 at least, on the host. */
const freedom = (x: Expression, { axes, correction }: Over): Expression =>
  maximum(sub(countOver(x, axes), correction), 0);

/** An operation over named axes, which disappear; `slope` multiplies the distances from the mean in the gradient. */
function overAxes(
  name: string,
  expand: (x: Expression, over: Over) => Expression,
  slope: (cotangent: Expression, result: Expression, freedom: Expression) => Expression,
): Primitive {
  return defineOp<[x: Operand, axes: readonly number[], correction: number], Over>({
    name,
    parse: (x, axes, correction) => ({ args: [x], attributes: { axes, correction } }),
    infer([x], { axes }) {
      requireElement(name, x, ["float"]);
      return { shape: x.shape.filter((_, axis) => !axes.includes(axis)), element: "float" };
    },
    expand: ([x], over) => expand(x, over),
    gradient({ args: [x], attributes, result, cotangent }) {
      const each = slope(cotangent, result, freedom(x, attributes));
      const spread = broadcastTo(reshape(each, keptShape(x.shape, attributes.axes)), x.shape);
      return [mul(spread, centered(x, attributes.axes))];
    },
  });
}

const varianceOver = overAxes(
  "variance",
  (x, over) => {
    const shape = x.shape.filter((_, axis) => !over.axes.includes(axis));
    const [squares, count] = [reshape(squaresAround(x, over.axes), shape), freedom(x, over)];
    return called("variance", () => div(squares, count));
  },
  (cotangent, _, count) => div(mul(cotangent, 2), count),
);

const stdOver = overAxes(
  "std",
  (x, over) => sqrt(varianceOver(x, over.axes, over.correction)),
  (cotangent, result, count) => where(eq(result, 0), 0, div(cotangent, mul(result, count))),
);

/** The public form, with optional axes and options. */
function withOptions(name: string, primitive: Primitive) {
  return (x: Expression, axes?: number | readonly number[], options: VarianceOptions = {}): Expression => {
    const keepDim = keepsDim(name, options, ["correction"]);
    const { correction = 1 } = options;
    requireOption(name, "correction", correction, Number.isFinite(correction), "a finite number");
    const over = axesOf(name, axes, x.shape.length);
    const result = primitive(x, over, correction);
    return keepDim ? reshape(result, keptShape(x.shape, over)) : result;
  };
}

export const variance = withOptions("variance", varianceOver);
export const std = withOptions("std", stdOver);

addMethods({ std, variance });
