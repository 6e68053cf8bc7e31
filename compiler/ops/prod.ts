/** The product along axes. */
import type { Expression, Operand } from "../ir/op.js";
import { addMethods, defineOp } from "../ir/op.js";
import { constant, convert, mul as times, type Scalar } from "../ir/scalar.js";
import type { Axes, CheckAxes, Reduce, Shape } from "../ir/shape.js";
import { broadcastTo, reduction, sumOver } from "./broadcast.js";
import { toFloat } from "./cast.js";
import { eq } from "./compare.js";
import { coordinates, stridesOf } from "./rowMajor.js";
import { div } from "./div.js";
import { requireElement } from "./elementwise.js";
import { mul } from "./mul.js";
import { keptShape, reshape } from "./reshape.js";
import { sub } from "./sub.js";
import { where } from "./where.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * The product over axes. `axes` is one axis or several, counted from the end if negative; default all. They
     * disappear, or stay as 1 with `keepDim: true`. In float32 it is accumulated in double and rounded once. The
     * gradient is `dy` times the product of the other elements, if they are finite; some may be 0.
     */
    prod<R extends Shape, const A extends Axes = undefined, K extends boolean = false>(
      this: Tensor<R>,
      axes?: A & CheckAxes<R, A, "prod">,
      options?: { readonly keepDim?: K },
    ): Tensor<Reduce<R, A, K>>;
  }

  interface IntTensorMethods {
    /**
     * The product over axes, wrapping at 32 bits. `axes` is one axis or several, counted from the end if negative;
     * default all. They disappear, or stay as 1 with `keepDim: true`.
     */
    prod<R extends Shape, const A extends Axes = undefined, K extends boolean = false>(
      this: IntTensor<R>,
      axes?: A & CheckAxes<R, A, "prod">,
      options?: { readonly keepDim?: K },
    ): IntTensor<Reduce<R, A, K>>;
  }
}

/** The product over the named axes, which disappear. In float32 it is accumulated in double and rounded once. */
const prodOver = defineOp<[x: Operand, axes: readonly number[]], { axes: readonly number[] }>({
  name: "prod",
  parse: (x, axes) => ({ args: [x], attributes: { axes } }),
  infer([x], { axes }) {
    requireElement("prod", x, ["float", "int32"]);
    const { shape, element } = x;
    return { shape: shape.filter((_, axis) => !axes.includes(axis)), element };
  },
  /**
   * The product of the other elements is the product of those that are not 0, times a factor for those that are 0: 1 if
   * there are none, the other zero itself if there is one (rather than 0, so that the gradient has a gradient), else 0.
   */
  gradient({ args: [x], attributes: { axes }, cotangent }): [Expression] {
    const spread = (each: Expression) =>
      broadcastTo(reshape.node([each], { shape: keptShape(x.shape, axes) }), x.shape);
    const total = (each: Expression) => spread(sumOver.node([each], { axes }));
    const isZero = eq(x, 0);
    const [safe, zeros, one] = [where(isZero, 1, x), where(isZero, x, 0), toFloat(isZero)];
    const nonzero = div(spread(prodOver.node([safe], { axes })), safe);
    const count = sub(total(one), one);
    const zero = where(eq(count, 0), 1, where(eq(count, 1), sub(total(zeros), zeros), 0));
    return [mul(spread(cotangent), mul(nonzero, zero))];
  },
  lowering: {
    kind: "reduce",
    axes: ({ axes }) => axes,
    reducer: {
      initial: (element, accumulator) => [constant(1, element === "i32" ? "i32" : accumulator)],
      step: ([product], value) => [times(product as Scalar, convert(value, (product as Scalar).type))],
      merge: ([left], [right]) => [times(left as Scalar, right as Scalar)],
      result: ([product], type) => convert(product as Scalar, type),
    },
  },
  simplify: ({ args: [x], attributes: { axes } }) => (axes.length === 0 ? x.expression : undefined),
  staysNonNegative: ([x]) => x === true,
  // It moves most where each factor is as far from 0 as its bound allows.
  perturbation(run, { shape, data }, bound) {
    const magnitude = data.map(Math.abs);
    const [least, most] = [
      run({ shape, data: magnitude }),
      run({ shape, data: magnitude.map((each, i) => each + (bound.data[i] as number)) }),
    ];
    if (bound.data.every((each) => each === 0)) return new Float64Array(most.length);
    return most.map((each, i) => each - (least[i] as number));
  },
  evaluate([x], { attributes: { axes }, element }) {
    const from = x.shape;
    const kept = from.map((each, axis) => (axes.includes(axis) ? 1 : each));
    const strides = stridesOf(kept).map((stride, axis) => (axes.includes(axis) ? 0 : stride));
    const result = new Float64Array(kept.reduce((a, b) => a * b, 1)).fill(1);
    const by = element === "int32" ? Math.imul : (a: number, b: number): number => a * b;
    let position = 0;
    for (const at of coordinates(from)) {
      const to = strides.reduce((sum, stride, axis) => sum + stride * (at[axis] as number), 0);
      result[to] = by(result[to] as number, x.data[position++] as number);
    }
    return result;
  },
});

export const prod = reduction("prod", prodOver);

addMethods({ prod });
