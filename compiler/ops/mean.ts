import { addMethods } from "../ir/op.js";
import type { Expression } from "../ir/op.js";
import { called } from "../ir/place.js";
import { product } from "../ir/size.js";
import type { Size } from "../ir/size.js";
import type { Axes, CheckAxes, Reduce, Shape } from "../ir/shape.js";
import { sum, type ReduceOptions } from "./broadcast.js";
import { div } from "./div.js";
import { requireElement } from "./elementwise.js";
import { extent } from "./sizeScalar.js";
import { axesOf } from "./reshape.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * The mean over axes: the sum divided by the number of elements in the call. `axes` is one axis or several, counted
     * from the end if negative; default all. They disappear, or stay as 1 with `keepDim: true`. The gradient is `dy /
     * count`, repeated along the axes.
     */
    mean<R extends Shape, const A extends Axes = undefined, K extends boolean = false>(
      this: Tensor<R>,
      axes?: A & CheckAxes<R, A, "mean">,
      options?: { readonly keepDim?: K },
    ): Tensor<Reduce<R, A, K>>;
  }
}

/** The mean over axes, all of them by default: the sum divided by the number of elements there are in the call. */
export function mean(x: Expression, axes?: number | readonly number[], options?: ReduceOptions): Expression {
  const over = axesOf("mean", axes, x.shape.length);
  requireElement("mean", x, ["float"]);
  const total = sum(x, over, options);
  const count = called("count", () => extent(product(over.map((axis) => x.shape[axis] as Size))));
  return called("mean", () => div(total, count));
}

addMethods({ mean });
