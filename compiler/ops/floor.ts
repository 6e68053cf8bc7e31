import { addMethods } from "../ir/op.js";
import type { Shape } from "../ir/shape.js";
import { unaryOp } from "./elementwise.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /** The largest whole number not above x, elementwise. No gradient flows: the derivative is 0 wherever it exists. */
    floor<R extends Shape>(this: Tensor<R>): Tensor<R>;
  }

  interface HostNumber {
    /** The largest whole number not above x. */
    floor(): HostNumber;
  }
}

/** The largest whole number not above x. Its gradient is 0 wherever it has one: none flows. */
export const floor = unaryOp({ name: "floor", scalar: "floor", evaluate: Math.floor });

addMethods({ floor });
