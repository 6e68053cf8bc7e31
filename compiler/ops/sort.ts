/** The elements along an axis in order, and the first of them. */
import { fail } from "../diagnostics.js";
import { checkOptions, describeValue, requireSwitch } from "../ir/guards.js";
import { requireTensor, type Expression } from "../ir/op.js";
import type { CheckAxes, Replace, Shape } from "../ir/shape.js";
import { constantOf, printShape, size, type Size } from "../ir/size.js";
import type { IntTensor, Tensor, TensorOf } from "../ir/tensorMethods.js";
import { descendingOf, firstInOrder, orderedAxis, type SortOptions } from "./argsort.js";
import { takeAlongAxis } from "./takeAlongAxis.js";
import type { ElementOf, ShapeOf } from "./where.js";

type Ordered = Tensor<Shape> | IntTensor<Shape>;

export interface Sort {
  /**
   * The elements along an axis (default -1) in ascending or descending order, and the positions where they stood: x
   * [batch, 100] gives values [batch, 100] and int32 indices [batch, 100]. Equal elements keep their order, and NaN
   * counts as the largest. The gradient of each value goes to the element that it came from; none flows through the
   * indices.
   */
  <X extends Ordered, const A extends number = -1>(
    x: X,
    axis?: A & CheckAxes<ShapeOf<X>, A, "sort">,
    options?: SortOptions,
  ): { readonly values: TensorOf<ElementOf<X> & string, ShapeOf<X>>; readonly indices: IntTensor<ShapeOf<X>> };
}

export interface TopKOptions {
  /** False takes the k smallest instead, smallest first. Default true. */
  readonly largest?: boolean;
}

export interface TopK {
  /**
   * The k largest elements along an axis (default -1), largest first, and the positions where they stood: x [batch,
   * 100] and k = 5 give values [batch, 5] and int32 indices [batch, 5]. Of equal elements the first come first, and NaN
   * counts as the largest. k is at most the size of the axis. The gradient of each value goes to the element that it
   * came from; the others get none, and none flows through the indices.
   */
  <X extends Ordered, const K extends number, const A extends number = -1>(
    x: X,
    k: K,
    axis?: A & CheckAxes<ShapeOf<X>, A, "topK">,
    options?: TopKOptions,
  ): {
    readonly values: TensorOf<ElementOf<X> & string, Replace<ShapeOf<X>, A, [K]>>;
    readonly indices: IntTensor<Replace<ShapeOf<X>, A, [K]>>;
  };
}

interface Pair {
  readonly values: Expression;
  readonly indices: Expression;
}

function inOrder(x: Expression, axis: number, count: Size, descending: boolean): Pair {
  const indices = firstInOrder(x, axis, count, descending);
  return { values: takeAlongAxis(x, indices, axis), indices };
}

export function sort(x: Expression, axis = -1, options: SortOptions = {}): Pair {
  requireTensor("sort", x, 1);
  const descending = descendingOf("sort", options);
  const along = orderedAxis("sort", x, axis);
  return inOrder(x, along, x.shape[along] as Size, descending);
}

export function topK(x: Expression, k: number, axis = -1, options: TopKOptions = {}): Pair {
  requireTensor("topK", x, 1);
  checkOptions("topK", options, ["largest"]);
  const { largest = true } = options;
  requireSwitch("topK", "largest", largest);
  const along = orderedAxis("topK", x, axis);
  const extent = x.shape[along] as Size;
  if (!Number.isInteger(k) || k < 1 || k > (constantOf(extent) ?? Infinity)) {
    fail({
      code: "invalid-argument",
      message: `topK: k is not a number of elements along axis ${along} of ${printShape(x.shape)}`,
      expected: constantOf(extent) === null ? "a whole number, at least 1" : `a whole number from 1 to ${extent.key}`,
      found: describeValue(k),
    });
  }
  return inOrder(x, along, size(k), largest);
}
