import type { Expression, Operand } from "../ir/op.js";
import { addMethods, defineOp } from "../ir/op.js";
import type { Axes, CheckAxes, Shape } from "../ir/shape.js";
import { one, sub, type Size } from "../ir/size.js";
import { coordinates, offsetOf, stridesOf } from "./rowMajor.js";
import { axesOf } from "./reshape.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * The elements in reverse order along axes: `axes` is one axis or several, counted from the end if negative;
     * default all. A call that brings fewer rows has those reversed. The gradient is reversed back.
     */
    flip<R extends Shape, const A extends Axes = undefined>(
      this: Tensor<R>,
      axes?: A & CheckAxes<R, A, "flip">,
    ): Tensor<R>;
  }

  interface IntTensorMethods {
    /**
     * The elements in reverse order along axes: `axes` is one axis or several, counted from the end if negative;
     * default all. A call that brings fewer rows has those reversed.
     */
    flip<R extends Shape, const A extends Axes = undefined>(
      this: IntTensor<R>,
      axes?: A & CheckAxes<R, A, "flip">,
    ): IntTensor<R>;
  }

  interface BoolTensorMethods {
    /**
     * The elements in reverse order along axes: `axes` is one axis or several, counted from the end if negative;
     * default all. A call that brings fewer rows has those reversed.
     */
    flip<R extends Shape, const A extends Axes = undefined>(
      this: BoolTensor<R>,
      axes?: A & CheckAxes<R, A, "flip">,
    ): BoolTensor<R>;
  }
}

/** The element `n - 1 - i` of each axis that is named. */
export const flip = defineOp<[x: Operand, axes?: number | readonly number[]], { axes: readonly number[] }>({
  name: "flip",
  parse: (x, axes) => ({
    args: [x],
    attributes: { axes: axesOf("flip", axes, typeof x === "number" ? 0 : x.shape.length) },
  }),
  infer: ([x]) => x,
  gradient: ({ cotangent, attributes: { axes } }): [Expression] => [flip.node([cotangent], { axes })],
  lowering: {
    kind: "view",
    read: ({ index, at, shape, attributes: { axes } }) =>
      at(
        0,
        index.map((each, axis) => (axes.includes(axis) ? sub(sub(shape[axis] as Size, one), each) : each)),
      ),
  },
  evaluate([x], { shape, attributes: { axes } }) {
    const strides = stridesOf(shape);
    const result = new Float64Array(x.data.length);
    let position = 0;
    for (const at of coordinates(shape)) {
      const from = at.map((each, axis) => (axes.includes(axis) ? (shape[axis] as number) - 1 - each : each));
      result[position++] = x.data[offsetOf(from, strides)] as number;
    }
    return result;
  },
});

addMethods({ flip });
