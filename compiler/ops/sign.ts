import { addMethods } from "../ir/op.js";
import { constant, lt, select } from "../ir/scalar.js";
import type { Shape } from "../ir/shape.js";
import { unaryOp } from "./elementwise.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /** 1 where x > 0, -1 where x < 0, else 0, also where x is NaN, as in PyTorch. No gradient flows. */
    sign<R extends Shape>(this: Tensor<R>): Tensor<R>;
  }

  interface IntTensorMethods {
    /** 1 where x > 0, -1 where x < 0, else 0. */
    sign<R extends Shape>(this: IntTensor<R>): IntTensor<R>;
  }

  interface HostNumber {
    /** 1 if x > 0, -1 if x < 0, else 0. */
    sign(): HostNumber;
  }
}

/** The sign as a number, 0 for 0 and for NaN. Its gradient is 0 wherever it has one: none flows. */
export const sign = unaryOp({
  name: "sign",
  scalar(x) {
    const number = (value: number) => constant(value, x.type);
    return select(lt(0, x), number(1), select(lt(x, 0), number(-1), number(0)));
  },
  elements: ["float", "int32", "scalar"],
  evaluate: (x) => Number(x > 0) - Number(x < 0),
});

addMethods({ sign });
