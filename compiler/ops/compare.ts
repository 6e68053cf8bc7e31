/** Comparisons: bool tensors (host scalars 0 or 1 when both sides are host scalars), without gradient. */
import { addMethods } from "../ir/op.js";
import type { Operand } from "../ir/op.js";
import type { BinaryOperator } from "../ir/scalar.js";
import type { Broadcast, Shape } from "../ir/shape.js";
import { binaryOp } from "./elementwise.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /** Whether `x == other`, elementwise; the shapes broadcast. With a NaN it is false. No gradient flows. */
    eq<R extends Shape, B extends Shape = []>(
      this: Tensor<R>,
      other: TensorOperand<"eq", R, B>,
    ): BoolTensor<Broadcast<R, B>>;

    /** Whether `x != other`, elementwise; the shapes broadcast. With a NaN it is true. No gradient flows. */
    ne<R extends Shape, B extends Shape = []>(
      this: Tensor<R>,
      other: TensorOperand<"ne", R, B>,
    ): BoolTensor<Broadcast<R, B>>;

    /** Whether `x < other`, elementwise; the shapes broadcast. With a NaN it is false. No gradient flows. */
    lt<R extends Shape, B extends Shape = []>(
      this: Tensor<R>,
      other: TensorOperand<"lt", R, B>,
    ): BoolTensor<Broadcast<R, B>>;

    /** Whether `x <= other`, elementwise; the shapes broadcast. With a NaN it is false. No gradient flows. */
    le<R extends Shape, B extends Shape = []>(
      this: Tensor<R>,
      other: TensorOperand<"le", R, B>,
    ): BoolTensor<Broadcast<R, B>>;

    /** Whether `x > other`, elementwise; the shapes broadcast. With a NaN it is false. No gradient flows. */
    gt<R extends Shape, B extends Shape = []>(
      this: Tensor<R>,
      other: TensorOperand<"gt", R, B>,
    ): BoolTensor<Broadcast<R, B>>;

    /** Whether `x >= other`, elementwise; the shapes broadcast. With a NaN it is false. No gradient flows. */
    ge<R extends Shape, B extends Shape = []>(
      this: Tensor<R>,
      other: TensorOperand<"ge", R, B>,
    ): BoolTensor<Broadcast<R, B>>;
  }

  interface IntTensorMethods {
    /** Whether `x == other`, elementwise; the shapes broadcast. No gradient flows. */
    eq<R extends Shape, B extends Shape = []>(
      this: IntTensor<R>,
      other: IntOperand<"eq", R, B>,
    ): BoolTensor<Broadcast<R, B>>;

    /** Whether `x != other`, elementwise; the shapes broadcast. No gradient flows. */
    ne<R extends Shape, B extends Shape = []>(
      this: IntTensor<R>,
      other: IntOperand<"ne", R, B>,
    ): BoolTensor<Broadcast<R, B>>;

    /** Whether `x < other`, elementwise; the shapes broadcast. No gradient flows. */
    lt<R extends Shape, B extends Shape = []>(
      this: IntTensor<R>,
      other: IntOperand<"lt", R, B>,
    ): BoolTensor<Broadcast<R, B>>;

    /** Whether `x <= other`, elementwise; the shapes broadcast. No gradient flows. */
    le<R extends Shape, B extends Shape = []>(
      this: IntTensor<R>,
      other: IntOperand<"le", R, B>,
    ): BoolTensor<Broadcast<R, B>>;

    /** Whether `x > other`, elementwise; the shapes broadcast. No gradient flows. */
    gt<R extends Shape, B extends Shape = []>(
      this: IntTensor<R>,
      other: IntOperand<"gt", R, B>,
    ): BoolTensor<Broadcast<R, B>>;

    /** Whether `x >= other`, elementwise; the shapes broadcast. No gradient flows. */
    ge<R extends Shape, B extends Shape = []>(
      this: IntTensor<R>,
      other: IntOperand<"ge", R, B>,
    ): BoolTensor<Broadcast<R, B>>;
  }

  interface HostNumber {
    /** 1 if `x == other`, else 0; `where` takes it as a condition. */
    eq(other: number | HostNumber): HostNumber;

    /** 1 if `x != other`, else 0; `where` takes it as a condition. */
    ne(other: number | HostNumber): HostNumber;

    /** 1 if `x < other`, else 0; `where` takes it as a condition. */
    lt(other: number | HostNumber): HostNumber;

    /** 1 if `x <= other`, else 0; `where` takes it as a condition. */
    le(other: number | HostNumber): HostNumber;

    /** 1 if `x > other`, else 0; `where` takes it as a condition. */
    gt(other: number | HostNumber): HostNumber;

    /** 1 if `x >= other`, else 0; `where` takes it as a condition. */
    ge(other: number | HostNumber): HostNumber;
  }
}

function comparison(name: string, symbol: string, operator: BinaryOperator, holds: (x: number, y: number) => boolean) {
  return binaryOp({
    name,
    symbol,
    scalar: operator,
    elements: ["float", "int32", "bool", "scalar"],
    result: "bool",
    evaluate: (x, y) => Number(holds(x, y)),
  });
}

export const eq = comparison("eq", "==", "eq", (x, y) => x === y);
export const ne = comparison("ne", "!=", "ne", (x, y) => x !== y);
export const lt = comparison("lt", "<", "lt", (x, y) => x < y);
export const le = comparison("le", "<=", "le", (x, y) => x <= y);
// Comparisons with NaN are false either way round, so that these two need no operators of their own.
export const gt = (x: Operand, y: Operand) => lt(y, x);
export const ge = (x: Operand, y: Operand) => le(y, x);

addMethods({ eq, ge, gt, le, lt, ne });
