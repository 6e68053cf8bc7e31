/** Sums of all elements up to each. */
import type { Expression, Operand } from "../ir/op.js";
import { addMethods, defineOp } from "../ir/op.js";
import { add, constant, convert, type Scalar } from "../ir/scalar.js";
import type { CheckAxes, Shape } from "../ir/shape.js";
import { requireElement } from "./elementwise.js";
import { axisOf } from "./reshape.js";
import { rowsOf, scanLowering } from "./cumulative.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * Along an axis, counted from the end if negative: the sum of all elements up to each, itself included. In float32
     * it is accumulated in double, and each result is rounded once. The gradient is the sum of `dy` from each element to
     * the last.
     */
    cumsum<R extends Shape, const A extends number>(this: Tensor<R>, axis: A & CheckAxes<R, A, "cumsum">): Tensor<R>;
  }

  interface IntTensorMethods {
    /**
     * Along an axis, counted from the end if negative: the sum of all elements up to each, itself included, wrapping at
     * 32 bits.
     */
    cumsum<R extends Shape, const A extends number>(
      this: IntTensor<R>,
      axis: A & CheckAxes<R, A, "cumsum">,
    ): IntTensor<R>;
  }
}

interface Along {
  readonly axis: number;
  /** Whether each sum runs from its element to the last. */
  readonly reverse: boolean;
}

export const cumsum = defineOp<[x: Operand, axis: number], Along & Record<string, unknown>>({
  name: "cumsum",
  parse: (x, axis) => ({
    args: [x],
    attributes: { axis: axisOf("cumsum", axis, typeof x === "number" ? 0 : x.shape.length), reverse: false },
  }),
  infer([x]) {
    requireElement("cumsum", x, ["float", "int32"]);
    return x;
  },
  // y_i = sum over j <= i of x_j: d loss / d x_j = sum over i >= j of dy_i
  gradient: ({ cotangent, attributes: { axis, reverse } }): [Expression] => [
    cumsum.node([cotangent], { axis, reverse: !reverse }),
  ],
  lowering: scanLowering({
    initial: (_, accumulator) => [constant(0, accumulator)],
    step: ([sum], value) => [add(sum as Scalar, convert(value, (sum as Scalar).type))],
    result: ([sum], type) => convert(sum as Scalar, type),
  }),
  perturbation: (run, _, bound) => run(bound),
  evaluate([x], { shape, element, attributes: { axis, reverse } }) {
    const { data } = x;
    const result = new Float64Array(data.length);
    for (const row of rowsOf(shape, axis)) {
      let sum = 0;
      for (const at of reverse ? [...row].reverse() : row) {
        sum += data[at] as number;
        if (element === "int32") sum |= 0;
        result[at] = sum;
      }
    }
    return result;
  },
});

addMethods({ cumsum });
