import type { Expression, Operand } from "../ir/op.js";
import { addMethods, defineOp } from "../ir/op.js";
import type { Axes, CheckAxes, Reduce, Shape } from "../ir/shape.js";
import { abs } from "./abs.js";
import { add } from "./add.js";
import { broadcastTo, reduction, sum } from "./broadcast.js";
import { lt } from "./compare.js";
import { requireElement } from "./elementwise.js";
import { exp } from "./exp.js";
import { log } from "./log.js";
import { max } from "./max.js";
import { mul } from "./mul.js";
import { keptShape, reshape } from "./reshape.js";
import { sub } from "./sub.js";
import { where } from "./where.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * `m + log(sum(exp(x - m)))` over axes; m is the maximum, which carries no gradient, or 0 where that is infinite.
     * `axes` is one axis or several, counted from the end if negative; default all. They disappear, or stay as 1 with
     * `keepDim: true`. The gradient is `exp(x - logSumExp(x)) dy`.
     */
    logSumExp<R extends Shape, const A extends Axes = undefined, K extends boolean = false>(
      this: Tensor<R>,
      axes?: A & CheckAxes<R, A, "logSumExp">,
      options?: { readonly keepDim?: K },
    ): Tensor<Reduce<R, A, K>>;
  }
}

const logSumExpOver = defineOp<[x: Operand, axes: readonly number[]], { axes: readonly number[] }>({
  name: "logSumExp",
  parse: (x, axes) => ({ args: [x], attributes: { axes } }),
  infer([x], { axes }) {
    requireElement("logSumExp", x, ["float"]);
    return { shape: x.shape.filter((_, axis) => !axes.includes(axis)), element: "float" };
  },
  expand([x], { axes }) {
    const most = max(x, axes);
    const shift = where(lt(abs(most), Infinity), most, 0);
    const shifted = sub(x, reshape(shift, keptShape(x.shape, axes)));
    return add(log(sum(exp(shifted), axes)), shift);
  },
  // d logSumExp = exp(x - logSumExp x) dx
  gradient({ args: [x], attributes: { axes }, result, cotangent }) {
    const spread = (each: Expression) => broadcastTo(reshape(each, keptShape(x.shape, axes)), x.shape);
    return [mul(spread(cotangent), exp(sub(x, spread(result))))];
  },
});

export const logSumExp = reduction("logSumExp", logSumExpOver);

addMethods({ logSumExp });
