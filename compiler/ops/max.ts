/** The largest and the smallest element along axes. */
import type { Expression, Op, OpDefinition, Operand } from "../ir/op.js";
import { addMethods, defineOp } from "../ir/op.js";
import { constant, convert, lt, ne, or, select, type Scalar } from "../ir/scalar.js";
import type { Axes, CheckAxes, Reduce, Shape } from "../ir/shape.js";
import { broadcastTo, reduction, sumOver } from "./broadcast.js";
import { toFloat } from "./cast.js";
import { eq } from "./compare.js";
import { coordinates, stridesOf } from "./rowMajor.js";
import { div } from "./div.js";
import { requireElement } from "./elementwise.js";
import { mul } from "./mul.js";
import { keptShape, reshape } from "./reshape.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * The largest element over axes; NaN if there is one. `axes` is one axis or several, counted from the end if
     * negative; default all. They disappear, or stay as 1 with `keepDim: true`. Equal largest elements share the
     * gradient evenly. The larger of two tensors is `maximum`.
     */
    max<R extends Shape, const A extends Axes = undefined, K extends boolean = false>(
      this: Tensor<R>,
      axes?: A & CheckAxes<R, A, "max">,
      options?: { readonly keepDim?: K },
    ): Tensor<Reduce<R, A, K>>;

    /**
     * The smallest element over axes; NaN if there is one. `axes` is one axis or several, counted from the end if
     * negative; default all. They disappear, or stay as 1 with `keepDim: true`. Equal smallest elements share the
     * gradient evenly. The smaller of two tensors is `minimum`.
     */
    min<R extends Shape, const A extends Axes = undefined, K extends boolean = false>(
      this: Tensor<R>,
      axes?: A & CheckAxes<R, A, "min">,
      options?: { readonly keepDim?: K },
    ): Tensor<Reduce<R, A, K>>;
  }

  interface IntTensorMethods {
    /**
     * The largest element over axes. `axes` is one axis or several, counted from the end if negative; default all. They
     * disappear, or stay as 1 with `keepDim: true`.
     */
    max<R extends Shape, const A extends Axes = undefined, K extends boolean = false>(
      this: IntTensor<R>,
      axes?: A & CheckAxes<R, A, "max">,
      options?: { readonly keepDim?: K },
    ): IntTensor<Reduce<R, A, K>>;

    /**
     * The smallest element over axes. `axes` is one axis or several, counted from the end if negative; default all.
     * They disappear, or stay as 1 with `keepDim: true`.
     */
    min<R extends Shape, const A extends Axes = undefined, K extends boolean = false>(
      this: IntTensor<R>,
      axes?: A & CheckAxes<R, A, "min">,
      options?: { readonly keepDim?: K },
    ): IntTensor<Reduce<R, A, K>>;
  }
}

type Extremum = Op<[x: Operand, axes: readonly number[]], { axes: readonly number[] }>;

interface ExtremumRule {
  /** Whether the second number is better than the first; with a NaN it is false. */
  readonly better: (best: Scalar, value: Scalar) => Scalar;
  readonly evaluate: (best: number, value: number) => number;
  /** The initial value: every number is at least as good. */
  readonly worst: { readonly float: number; readonly integer: number };
  readonly perturbation: NonNullable<OpDefinition["perturbation"]>;
}

/** The best element over the named axes, which disappear. NaN if there is one. Ties share the gradient evenly. */
function extremumOver(name: string, { better, evaluate, worst, perturbation }: ExtremumRule): Extremum {
  const choose = (best: Scalar, value: Scalar): Scalar =>
    select(or(better(best, value), ne(value, value)), value, best);
  return defineOp<[x: Operand, axes: readonly number[]], { axes: readonly number[] }>({
    name,
    parse: (x, axes) => ({ args: [x], attributes: { axes } }),
    infer([x], { axes }) {
      const { shape, element } = x;
      requireElement(name, x, ["float", "int32"]);
      return { shape: shape.filter((_, axis) => !axes.includes(axis)), element };
    },
    gradient({ args: [x], attributes: { axes }, result, cotangent }) {
      const { shape } = x;
      const spread = (each: Expression) => broadcastTo(reshape.node([each], { shape: keptShape(shape, axes) }), shape);
      const tied = toFloat(eq(x, spread(result)));
      return [mul(spread(div(cotangent, sumOver.node([tied], { axes }))), tied)];
    },
    lowering: {
      kind: "reduce",
      axes: ({ axes }) => axes,
      reducer: {
        initial: (element) => [constant(element === "i32" ? worst.integer : worst.float, element)],
        step: ([best], value) => [choose(best as Scalar, value)],
        merge: ([left], [right]) => [choose(left as Scalar, right as Scalar)],
        result: ([best], type) => convert(best as Scalar, type),
      },
    },
    simplify: ({ args: [x], attributes: { axes } }) => (axes.length === 0 ? x.expression : undefined),
    staysNonNegative: ([x]) => x === true,
    perturbation,
    evaluate([x], { attributes: { axes } }) {
      const from = x.shape;
      const kept = from.map((each, axis) => (axes.includes(axis) ? 1 : each));
      const strides = stridesOf(kept).map((stride, axis) => (axes.includes(axis) ? 0 : stride));
      const result = new Float64Array(kept.reduce((a, b) => a * b, 1)).fill(worst.float);
      let position = 0;
      for (const at of coordinates(from)) {
        const to = strides.reduce((sum, stride, axis) => sum + stride * (at[axis] as number), 0);
        result[to] = evaluate(result[to] as number, x.data[position++] as number);
      }
      return result;
    },
  });
}

const maxOver = extremumOver("max", {
  better: lt,
  evaluate: (best, value) => Math.max(best, value),
  worst: { float: -Infinity, integer: -2147483648 },
  perturbation: (run, _, bound) => run(bound),
});

const minOver = extremumOver("min", {
  better: (best, value) => lt(value, best),
  evaluate: (best, value) => Math.min(best, value),
  worst: { float: Infinity, integer: 2147483647 },
  // An extremum moves by the largest of the bounds at most.
  perturbation: (run, _, bound) => run({ ...bound, data: bound.data.map((each) => -each) }).map((each) => -each),
});

export const max = reduction("max", maxOver);
export const min = reduction("min", minOver);

addMethods({ max, min });
