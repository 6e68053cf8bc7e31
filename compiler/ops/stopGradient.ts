import type { Expression } from "../ir/op.js";
import { defineOp } from "../ir/op.js";
import type { Shape } from "../ir/shape.js";
import type { Tensor } from "../ir/tensorMethods.js";

export interface StopGradient {
  /** x itself, through which no gradient flows. */
  <S extends Shape>(x: Tensor<S>): Tensor<S>;
}

/** x itself, through which no gradient flows. */
export const stopGradient = defineOp<[x: Expression], Record<string, never>>({
  name: "stopGradient",
  parse: (x) => ({ args: [x] }),
  infer: ([x]) => x,
  expand: ([x]) => x,
});
