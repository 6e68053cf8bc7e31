/** Conversion between element types. */
import { abstractWhole, unknown } from "../ir/abstractValue.js";
import type { ElementType, Expression, Operand } from "../ir/op.js";
import { integerOf } from "../ir/evaluate.js";
import { addMethods, defineOp } from "../ir/op.js";
import { convert } from "../ir/scalar.js";
import type { Shape } from "../ir/shape.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * The elements as integers, truncated toward zero and limited to [-2147483648, 2147483647]; NaN becomes 0. No
     * gradient flows.
     */
    toInt<R extends Shape>(this: Tensor<R>): IntTensor<R>;
  }

  interface IntTensorMethods {
    /** The elements as floats. No gradient flows. */
    toFloat<R extends Shape>(this: IntTensor<R>): Tensor<R>;
  }

  interface BoolTensorMethods {
    /** 1 where the element is true, else 0, as floats. No gradient flows. */
    toFloat<R extends Shape>(this: BoolTensor<R>): Tensor<R>;

    /** 1 where the element is true, else 0, as integers. */
    toInt<R extends Shape>(this: BoolTensor<R>): IntTensor<R>;
  }
}

/**
 * The same values with another element type. Floats become integers by truncation toward zero, the nearest int32 where
 * they are beyond, NaN 0; anything becomes a bool by `!= 0`. A host scalar becomes a float tensor of rank 0. No gradient flows.
 */
export const cast = defineOp<[x: Operand, to: ElementType], { to: ElementType }>({
  name: "cast",
  parse: (x, to) => ({ args: [x], attributes: { to } }),
  infer: ([x], { to }) => ({ shape: x.shape, element: to }),
  converts: true,
  abstract([x], { element, args: [from] }) {
    if (element === "int32") return abstractWhole(x);
    return element === "float" && (from?.element === "float" || from?.element === "scalar") ? x : unknown;
  },
  simplify: ({ args: [x], element }) => (x.element === element ? x.expression : undefined),
  lowering: { kind: "elementwise", scalar: ([x], _, type) => convert(x, type) },
  evaluate: ([x], { attributes: { to } }) =>
    x.data.map((value) => (to === "int32" ? integerOf(value) : to === "bool" ? Number(value !== 0) : value)),
});

export const toFloat = (x: Expression): Expression => (x.element === "float" ? x : cast(x, "float"));
export const toInt = (x: Expression): Expression => (x.element === "int32" ? x : cast(x, "int32"));

addMethods({ toFloat, toInt });
