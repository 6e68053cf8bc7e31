/** The largest of all elements up to each, and where it is. */
import type { Dense, Expression, Operand } from "../ir/op.js";
import { addMethods, defineOp } from "../ir/op.js";
import { constant, indexValue, le, ne, or, select, type Scalar, type ScalarType } from "../ir/scalar.js";
import type { CheckAxes, Shape } from "../ir/shape.js";
import { requireElement } from "./elementwise.js";
import { axisOf } from "./reshape.js";
import { rowsOf, scanLowering } from "./cumulative.js";
import { scatteredAlongAxis } from "./takeAlongAxis.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * Along an axis, counted from the end if negative: the largest of all elements up to each, itself included; NaN
     * from the first NaN on. The gradient goes to that element; of several equal ones, to the last.
     */
    cummax<R extends Shape, const A extends number>(this: Tensor<R>, axis: A & CheckAxes<R, A, "cummax">): Tensor<R>;
  }

  interface IntTensorMethods {
    /** Along an axis, counted from the end if negative: the largest of all elements up to each, itself included. */
    cummax<R extends Shape, const A extends number>(
      this: IntTensor<R>,
      axis: A & CheckAxes<R, A, "cummax">,
    ): IntTensor<R>;
  }
}

type Along = { readonly axis: number } & Record<string, unknown>;

const least = (element: ScalarType): Scalar => constant(element === "i32" ? -2147483648 : -Infinity, element);

/**
 * Whether an element replaces the largest one before it: the later of two equal ones does, and no number replaces NaN.
 */
const replaces = (most: Scalar, value: Scalar): Scalar => or(le(most, value), ne(value, value));
const isReplacing = (most: number, value: number): boolean => value >= most || Number.isNaN(value);

/** Calls back for each element in order, with the place of the largest up to it. */
function eachLargest({ data, shape }: Dense, axis: number, visit: (at: number, most: number, place: number) => void) {
  for (const row of rowsOf(shape, axis)) {
    let [most, place] = [-Infinity, 0];
    row.forEach((at, here) => {
      const value = data[at] as number;
      if (isReplacing(most, value)) [most, place] = [value, here];
      visit(at, most, place);
    });
  }
}

/** The place of the largest of all elements up to each: the last of several equal ones, the last NaN. */
const cumargmax = defineOp<[x: Expression, axis: number], Along>({
  name: "cumargmax",
  parse: (x, axis) => ({ args: [x], attributes: { axis } }),
  infer: ([x]) => ({ shape: x.shape, element: "int32" }),
  lowering: scanLowering({
    initial: (element) => [least(element), constant(0, "i32")],
    step([most, place], value, here) {
      const wins = replaces(most as Scalar, value);
      return [select(wins, value, most as Scalar), select(wins, indexValue(here), place as Scalar)];
    },
    result: ([, place]) => place as Scalar,
  }),
  evaluate([x], { attributes: { axis } }) {
    const result = new Float64Array(x.data.length);
    eachLargest(x, axis, (at, _, place) => void (result[at] = place));
    return result;
  },
});

export const cummax = defineOp<[x: Operand, axis: number], Along>({
  name: "cummax",
  parse: (x, axis) => ({
    args: [x],
    attributes: { axis: axisOf("cummax", axis, typeof x === "number" ? 0 : x.shape.length) },
  }),
  infer([x]) {
    requireElement("cummax", x, ["float", "int32"]);
    return x;
  },
  gradient: ({ args: [x], cotangent, attributes: { axis } }): [Expression] => [
    scatteredAlongAxis(cumargmax.node([x], { axis }), cotangent, {
      shape: x.shape,
      axis,
    }),
  ],
  lowering: scanLowering({
    initial: (element) => [least(element)],
    step: ([most], value) => [select(replaces(most as Scalar, value), value, most as Scalar)],
    result: ([most]) => most as Scalar,
  }),
  perturbation: (run, _, bound) => run(bound),
  evaluate([x], { attributes: { axis } }) {
    const result = new Float64Array(x.data.length);
    eachLargest(x, axis, (at, most) => void (result[at] = most));
    return result;
  },
});

addMethods({ cummax });
