/** Norms along axes. */
import { fail } from "../diagnostics.js";
import { describeValue } from "../ir/guards.js";
import type { Expression, Operand } from "../ir/op.js";
import { addMethods, defineOp } from "../ir/op.js";
import type { Axes, CheckAxes, Reduce, Shape } from "../ir/shape.js";
import { abs } from "./abs.js";
import { broadcastTo, keepsDim, sum, type ReduceOptions } from "./broadcast.js";
import { eq } from "./compare.js";
import { div } from "./div.js";
import { requireElement } from "./elementwise.js";
import { max } from "./max.js";
import { mul } from "./mul.js";
import { pow } from "./pow.js";
import { axesOf, keptShape, reshape } from "./reshape.js";
import { sign } from "./sign.js";
import { sqrt } from "./sqrt.js";
import { square } from "./square.js";
import { where } from "./where.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * The p-norm over axes, `sum(|x|^p)^(1/p)`, as PyTorch's `linalg.vector_norm`: 2 by default, 1, `Infinity` for the
     * largest magnitude, or any p > 0. `axes` is one axis or several, counted from the end if negative; default all.
     * They disappear, or stay as 1 with `keepDim: true`. The gradient is `(|x| / norm)^(p - 1) sign(x) dy`; where the
     * norm or x is 0, it is 0. Equal largest magnitudes share it evenly.
     */
    norm<R extends Shape, const A extends Axes = undefined, K extends boolean = false>(
      this: Tensor<R>,
      p?: number,
      axes?: A & CheckAxes<R, A, "norm">,
      options?: { readonly keepDim?: K },
    ): Tensor<Reduce<R, A, K>>;
  }
}

type Norm = { p: number; axes: readonly number[] };

/** The p-norm for a finite p over the named axes, which disappear. */
const normOver = defineOp<[x: Operand, p: number, axes: readonly number[]], Norm>({
  name: "norm",
  parse: (x, p, axes) => ({ args: [x], attributes: { p, axes } }),
  infer([x], { axes }) {
    requireElement("norm", x, ["float"]);
    return { shape: x.shape.filter((_, axis) => !axes.includes(axis)), element: "float" };
  },
  expand([x], { p, axes }) {
    if (p === 1) return sum(abs(x), axes);
    return p === 2 ? sqrt(sum(square(x), axes)) : pow(sum(pow(abs(x), p), axes), 1 / p);
  },
  gradient({ args: [x], attributes: { p, axes }, result, cotangent }) {
    const spread = (each: Expression) => broadcastTo(reshape(each, keptShape(x.shape, axes)), x.shape);
    if (p === 1) return [mul(spread(cotangent), sign(x))];
    const scale = p === 2 ? result : pow(result, p - 1);
    const each = spread(where(eq(result, 0), 0, div(cotangent, scale)));
    if (p === 2) return [mul(each, x)];
    return [mul(each, mul(sign(x), where(eq(x, 0), 0, pow(abs(x), p - 1))))];
  },
});

/** The p-norm over axes, all of them by default. */
export function norm(
  x: Expression,
  p: number = 2,
  axes?: number | readonly number[],
  options?: ReduceOptions,
): Expression {
  if (!(p > 0)) {
    fail({ code: "invalid-argument", message: "norm: p is not positive", expected: "p > 0", found: describeValue(p) });
  }
  requireElement("norm", x, ["float"]);
  const over = axesOf("norm", axes, x.shape.length);
  const keepDim = keepsDim("norm", options);
  if (p === Infinity) return max(abs(x), over, options);
  const result = normOver(x, p, over);
  return keepDim ? reshape(result, keptShape(x.shape, over)) : result;
}

addMethods({ norm });
