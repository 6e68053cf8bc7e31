import { addMethods } from "../ir/op.js";
import { add, lt, select, sub, unary } from "../ir/scalar.js";
import type { Shape } from "../ir/shape.js";
import { unaryOp } from "./elementwise.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * The nearest whole number, elementwise; ties go to the even one, as in PyTorch: 0.5 becomes 0, and 1.5 and 2.5
     * become 2. No gradient flows: the derivative is 0 wherever it exists.
     */
    round<R extends Shape>(this: Tensor<R>): Tensor<R>;
  }

  interface HostNumber {
    /** The nearest whole number; ties go to the even one. */
    round(): HostNumber;
  }
}

/** The nearest whole number, halves to even. Its gradient is 0 wherever it has one: none flows. */
export const round = unaryOp({
  name: "round",
  // Between 2^23 and 2^24 (2^52 and 2^53) a number's last bit counts 1: the sum is rounded there, halves to even.
  scalar(x) {
    const magic = 2 ** (x.type === "f32" ? 23 : 52);
    const size = unary("abs", x);
    const near = sub(add(size, magic), magic);
    return select(lt(size, magic), select(lt(x, 0), unary("neg", near), near), x);
  },
  evaluate: (x) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x)),
});

addMethods({ round });
