/** Where the largest and the smallest element are. */
import type { Expression, Op, Operand } from "../ir/op.js";
import { addMethods, defineOp } from "../ir/op.js";
import { and, constant, eq, indexValue, lt, ne, or, select, type Scalar } from "../ir/scalar.js";
import { product, type Size } from "../ir/size.js";
import type { CheckAxes, Reduce, Shape } from "../ir/shape.js";
import { keepsDim, type ReduceOptions } from "./broadcast.js";
import { coordinates, stridesOf } from "./rowMajor.js";
import { requireElement } from "./elementwise.js";
import { axisOf, keptShape, reshape } from "./reshape.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * The position of the first largest element along an axis, or of the first NaN. Without an axis, its position in
     * the flattened tensor. The axis disappears, or stays as 1 with `keepDim: true`. No gradient flows.
     */
    argmax<R extends Shape, const A extends number | undefined = undefined, K extends boolean = false>(
      this: Tensor<R>,
      axis?: A & CheckAxes<R, A, "argmax">,
      options?: { readonly keepDim?: K },
    ): IntTensor<Reduce<R, A, K>>;

    /**
     * The position of the first smallest element along an axis, or of the first NaN. Without an axis, its position in
     * the flattened tensor. The axis disappears, or stays as 1 with `keepDim: true`. No gradient flows.
     */
    argmin<R extends Shape, const A extends number | undefined = undefined, K extends boolean = false>(
      this: Tensor<R>,
      axis?: A & CheckAxes<R, A, "argmin">,
      options?: { readonly keepDim?: K },
    ): IntTensor<Reduce<R, A, K>>;
  }

  interface IntTensorMethods {
    /**
     * The position of the first largest element along an axis. Without an axis, its position in the flattened tensor.
     * The axis disappears, or stays as 1 with `keepDim: true`. No gradient flows.
     */
    argmax<R extends Shape, const A extends number | undefined = undefined, K extends boolean = false>(
      this: IntTensor<R>,
      axis?: A & CheckAxes<R, A, "argmax">,
      options?: { readonly keepDim?: K },
    ): IntTensor<Reduce<R, A, K>>;

    /**
     * The position of the first smallest element along an axis. Without an axis, its position in the flattened tensor.
     * The axis disappears, or stays as 1 with `keepDim: true`. No gradient flows.
     */
    argmin<R extends Shape, const A extends number | undefined = undefined, K extends boolean = false>(
      this: IntTensor<R>,
      axis?: A & CheckAxes<R, A, "argmin">,
      options?: { readonly keepDim?: K },
    ): IntTensor<Reduce<R, A, K>>;
  }
}

/**
 * The position of the first of the best elements along one axis; of the first NaN, if there is one. `factor` is 1 where
 * the largest is best, -1 where the smallest is.
 */
function bestOver(name: string, factor: 1 | -1): Op<[x: Operand, axis: number], { axis: number }> {
  const better = (best: Scalar, value: Scalar): Scalar => (factor > 0 ? lt(best, value) : lt(value, best));
  return defineOp<[x: Operand, axis: number], { axis: number }>({
    name,
    parse: (x, axis) => ({ args: [x], attributes: { axis } }),
    infer([x], { axis }) {
      requireElement(name, x, ["float", "int32"]);
      return { shape: x.shape.filter((_, each) => each !== axis), element: "int32" };
    },
    positions: ([x], { axis }) => x.shape[axis] as Size,
    lowering: {
      kind: "reduce",
      axes: ({ axis }) => [axis],
      reducer: {
        initial(element) {
          const integer = factor > 0 ? -2147483648 : 2147483647;
          return [constant(element === "i32" ? integer : -factor * Infinity, element), constant(0, "i32")];
        },
        step([most, best], value, position) {
          const isNumber = eq(most as Scalar, most as Scalar);
          const wins = or(better(most as Scalar, value), and(ne(value, value), isNumber));
          return [select(wins, value, most as Scalar), select(wins, indexValue(position), best as Scalar)];
        },
        // The first NaN, else the first of the best.
        merge([most, best], [other, at]) {
          const [x, y] = [most as Scalar, other as Scalar];
          const earlier = lt(at as Scalar, best as Scalar);
          const both = and(ne(x, x), ne(y, y));
          const wins = or(or(better(x, y), and(ne(y, y), eq(x, x))), and(earlier, or(eq(x, y), both)));
          return [select(wins, y, x), select(wins, at as Scalar, best as Scalar)];
        },
        result: ([, best]) => best as Scalar,
      },
    },
    evaluate([x], { attributes: { axis }, shape }) {
      const from = x.shape;
      const kept = from.map((each, at) => (at === axis ? 1 : each));
      const strides = stridesOf(kept);
      const best = new Float64Array(shape.reduce((a, b) => a * b, 1));
      const most = new Float64Array(best.length).fill(-factor * Infinity);
      let position = 0;
      for (const at of coordinates(from)) {
        const to = strides.reduce((sum, stride, each) => sum + (each === axis ? 0 : stride * (at[each] as number)), 0);
        const value = x.data[position++] as number;
        const before = most[to] as number;
        if (factor * value > factor * before || (Number.isNaN(value) && !Number.isNaN(before))) {
          most[to] = value;
          best[to] = at[axis] as number;
        }
      }
      return best;
    },
  });
}

/** The public form, in which the axis is optional: without one, the position in the flattened tensor. */
function alongAxis(
  name: string,
  factor: 1 | -1,
): (x: Expression, axis?: number, options?: ReduceOptions) => Expression {
  const primitive = bestOver(name, factor);
  return (x, axis, options) => {
    const over = axis === undefined ? 0 : axisOf(name, axis, x.shape.length);
    const result = primitive(axis === undefined ? reshape(x, [product(x.shape)]) : x, over);
    if (!keepsDim(name, options)) return result;
    const kept = axis === undefined ? x.shape.map((_, each) => each) : [over];
    return reshape(result, keptShape(x.shape, kept));
  };
}

export const argmax = alongAxis("argmax", 1);
export const argmin = alongAxis("argmin", -1);

addMethods({ argmax, argmin });
