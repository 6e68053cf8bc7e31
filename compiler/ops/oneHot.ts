/** Labels as rows of zeros with a one. */
import type { Expression } from "../ir/op.js";
import { defineOp, toShape, typeFault } from "../ir/op.js";
import type { Dim, Shape } from "../ir/shape.js";
import type { Size, SizeLike } from "../ir/size.js";
import type { IntTensor, Tensor } from "../ir/tensorMethods.js";
import { toFloat } from "./cast.js";
import { checkShape } from "./declarations.js";
import { isLabel } from "./gatherLast.js";

export interface OneHot {
  /**
   * For each index, a row of `classes` floats: 1 at the index and 0 elsewhere; indices [batch] make [batch, classes].
   * An index outside the classes makes a row of zeros. No gradient flows. For a loss, give the labels to `crossEntropy`
   * instead; to read rows of a table, use `gather`.
   */
  <I extends Shape, const C extends Dim>(indices: IntTensor<I>, classes: C): Tensor<[...I, C]>;
}

/** For each index a row of `classes` floats: 1 at the index and 0 elsewhere. */
export const oneHot = defineOp<[indices: Expression, classes: SizeLike], { classes: Size }>({
  name: "oneHot",
  parse(indices, classes) {
    const [extent] = checkShape("oneHot", toShape("oneHot", [classes]), true);
    return { args: [indices], attributes: { classes: extent as Size } };
  },
  infer([indices], { classes }) {
    const { shape, element } = indices;
    if (element !== "int32") {
      typeFault("oneHot: the indices are not integers", "an int32 tensor", [indices], "toInt() converts");
    }
    return { shape: [...shape, classes], element: "float" };
  },
  expand: ([labels], { classes }) => toFloat(isLabel(labels, [...labels.shape, classes])),
});
