/** Truth values combined, as PyTorch's `logical_not`, `logical_and`, `logical_or` and `logical_xor`. No gradient flows. */
import { addMethods } from "../ir/op.js";
import type { Broadcast, Shape } from "../ir/shape.js";
import { binaryOp, unaryOp } from "./elementwise.js";

declare module "../ir/tensorMethods.js" {
  interface BoolTensorMethods {
    /** True where x is false, elementwise. */
    not<R extends Shape>(this: BoolTensor<R>): BoolTensor<R>;

    /** Whether both are true, elementwise; the shapes broadcast. */
    and<R extends Shape, B extends Shape = []>(
      this: BoolTensor<R>,
      other: BoolOperand<"and", R, B>,
    ): BoolTensor<Broadcast<R, B>>;

    /** Whether at least one is true, elementwise; the shapes broadcast. */
    or<R extends Shape, B extends Shape = []>(
      this: BoolTensor<R>,
      other: BoolOperand<"or", R, B>,
    ): BoolTensor<Broadcast<R, B>>;

    /** Whether exactly one is true, elementwise; the shapes broadcast. */
    xor<R extends Shape, B extends Shape = []>(
      this: BoolTensor<R>,
      other: BoolOperand<"xor", R, B>,
    ): BoolTensor<Broadcast<R, B>>;
  }
}

export const not = unaryOp({ name: "not", scalar: "not", elements: ["bool"], evaluate: (x) => 1 - x });

function connective(name: "and" | "or" | "xor", evaluate: (x: number, y: number) => number) {
  return binaryOp({ name, scalar: name, elements: ["bool"], evaluate });
}

export const and = connective("and", (x, y) => x & y);
export const or = connective("or", (x, y) => x | y);
export const xor = connective("xor", (x, y) => x ^ y);

addMethods({ and, not, or, xor });
