/** Reading at computed places, and its adjoint, adding at computed places. */
import type { Expression, Operand, TensorType } from "../ir/op.js";
import { defineOp, literal, requireTensor, shapeFault, typeFault } from "../ir/op.js";
import { equalAll, printShape, type Size } from "../ir/size.js";
import type { CheckAxes, ShapeFault, Match, Replace, Shape, Show } from "../ir/shape.js";
import type { IntTensor, Tensor, TensorOf } from "../ir/tensorMethods.js";
import { broadcastTo } from "./broadcast.js";
import { coordinates, offsetOf, stridesOf } from "./rowMajor.js";
import { requireElement } from "./elementwise.js";
import { axisOf } from "./reshape.js";
import type { ElementOf, ShapeOf } from "./where.js";

export interface Gather {
  /**
   * Rows of x along an axis (default 0), which is replaced by the axes of `indices`, as NumPy's `take`: with a table
   * [vocabulary, features] and indices [batch, time] it is an embedding lookup, [batch, time, features]. Indices lie in
   * [0, size): indices from an input are checked before the call; computed ones are clamped, and the result's `clamped`
   * counts them. The gradient accumulates at the rows that were read.
   */
  <S extends Shape, I extends Shape, const A extends number = 0>(
    x: Tensor<S>,
    indices: IntTensor<I>,
    axis?: A & CheckAxes<S, A, "gather">,
  ): Tensor<Replace<S, A, I>>;
}

type Numbers = Tensor<Shape> | IntTensor<Shape>;

/** To intersect with the type of updates: nothing, or the fault of updates that do not fit x and the indices. */
// prettier-ignore
type CheckUpdates<X extends Numbers, I extends Shape, A extends number, U extends Numbers> =
  CheckAxes<ShapeOf<X>, A, "scatterAdd"> extends ShapeFault<string> ? unknown
  : ElementOf<U> extends ElementOf<X>
    ? Match<Replace<ShapeOf<X>, A, I>, ShapeOf<U>> extends null
      ? ShapeFault<`scatterAdd: updates ${Show<ShapeOf<U>>} are not ${Show<Replace<ShapeOf<X>, A, I>>}`>
      : unknown
    : ShapeFault<"scatterAdd: x and the updates have different element types">;

export interface ScatterAdd {
  /**
   * x with each row of `updates` added to the row that `indices` names along an axis (default 0): PyTorch's
   * `index_add`, for indices of any rank. The updates have the shape of `gather(x, indices, axis)`: that of x, with the
   * axis replaced by the axes of `indices`. Several updates of one row are added in order. Indices lie in [0, size):
   * indices from an input are checked before the call; computed ones are clamped, and the result's `clamped` counts
   * them. The gradient of x is `dy`, that of the updates `gather(dy, indices, axis)`.
   */
  <X extends Numbers, I extends Shape, U extends Numbers, const A extends number = 0>(
    x: X,
    indices: IntTensor<I>,
    updates: U & CheckUpdates<X, I, A, U>,
    axis?: A & CheckAxes<ShapeOf<X>, A, "scatterAdd">,
  ): TensorOf<ElementOf<X> & string, ShapeOf<X>>;
}

export function requireIndices(name: string, indices: TensorType): void {
  if (indices.element !== "int32") {
    typeFault(`${name}: the indices are not integers`, "an int32 tensor", [indices], "toInt() converts");
  }
}

interface Along {
  readonly axis: number;
}

const clamp = (value: number, extent: number): number => Math.min(Math.max(value, 0), extent - 1);

/**
 * Rows of x along an axis: the axis is replaced by the axes of `indices`. Indices that come from an input are checked
 * before the call; computed ones are clamped to the axis.
 */
export const gather = defineOp<[x: Operand, indices: Expression, axis?: number], Along & Record<string, unknown>>({
  name: "gather",
  parse: (x, indices, axis = 0) => ({
    args: [x, indices],
    attributes: { axis: axisOf("gather", axis, requireTensor("gather", x, 1).shape.length) },
  }),
  infer([from, at], { axis }) {
    requireIndices("gather", at);
    return { shape: [...from.shape.slice(0, axis), ...at.shape, ...from.shape.slice(axis + 1)], element: from.element };
  },
  indices: ([x], { axis }) => ({ argument: 1, below: x.shape[axis] as Size }),
  gradient: ({ args: [x, indices], cotangent, attributes: { axis } }): [Expression, null] => [
    scatterAdd.node([broadcastTo(literal(0, "float"), x.shape), indices, cotangent], {
      axis,
    }),
    null,
  ],
  lowering: {
    kind: "point",
    read({ index, at, args, attributes: { axis }, asIndex }) {
      const rank = args[1].shape.length;
      const row = asIndex(at(1, index.slice(axis, axis + rank)), args[0].shape[axis] as Size);
      return at(0, [...index.slice(0, axis), row, ...index.slice(axis + rank)]);
    },
  },
  evaluate([x, indices], { shape, attributes: { axis } }) {
    const [from, rank] = [x.shape, indices.shape.length];
    const [strides, indexStrides] = [stridesOf(from), stridesOf(indices.shape)];
    const result = new Float64Array(shape.reduce((a, b) => a * b, 1));
    let position = 0;
    for (const at of coordinates(shape)) {
      const row = indices.data[offsetOf(at.slice(axis, axis + rank), indexStrides)] as number;
      const place = [...at.slice(0, axis), clamp(row, from[axis] as number), ...at.slice(axis + rank)];
      result[position++] = x.data[offsetOf(place, strides)] as number;
    }
    return result;
  },
});

/**
 * x, with each row of the updates added to the row along `axis` that `indices` names, in order. Indices that come from
 * an input are checked before the call; computed ones are clamped to the axis.
 */
export const scatterAdd = defineOp<
  [x: Operand, indices: Expression, updates: Expression, axis?: number],
  Along & Record<string, unknown>
>({
  name: "scatterAdd",
  parse: (x, indices, updates, axis = 0) => ({
    args: [x, indices, updates],
    attributes: { axis: axisOf("scatterAdd", axis, requireTensor("scatterAdd", x, 1).shape.length) },
  }),
  infer([to, at, from], { axis }) {
    requireIndices("scatterAdd", at);
    requireElement("scatterAdd", to, ["float", "int32"]);
    if (from.element !== to.element) {
      typeFault(
        "scatterAdd: x and the updates have different element types",
        "updates of the element type of x",
        [to, from],
        "toFloat() and toInt() convert",
      );
    }
    const rows = [...to.shape.slice(0, axis), ...at.shape, ...to.shape.slice(axis + 1)];
    if (!equalAll(from.shape, rows)) {
      shapeFault(
        `scatterAdd: updates ${printShape(from.shape)} are not ${printShape(rows)}`,
        "the shape of x with the axis replaced by the axes of the indices",
        printShape(from.shape),
      );
    }
    return to;
  },
  indices: ([x], { axis }) => ({ argument: 1, below: x.shape[axis] as Size }),
  gradient: ({ args: [, indices], cotangent, attributes: { axis } }): [Expression, null, Expression] => [
    cotangent,
    null,
    gather.node([cotangent, indices], { axis }),
  ],
  lowering: {
    kind: "scatter",
    target({ index, at, args, attributes: { axis }, shape, asIndex }) {
      const rank = args[1].shape.length;
      const row = asIndex(at(1, index.slice(axis, axis + rank)), shape[axis] as Size);
      return [...index.slice(0, axis), row, ...index.slice(axis + rank)];
    },
  },
  evaluate([x, indices, updates], { shape, attributes: { axis } }) {
    const rank = indices.shape.length;
    const [strides, indexStrides] = [stridesOf(shape), stridesOf(indices.shape)];
    const result = Float64Array.from(x.data);
    let position = 0;
    for (const at of coordinates(updates.shape)) {
      const row = indices.data[offsetOf(at.slice(axis, axis + rank), indexStrides)] as number;
      const place = [...at.slice(0, axis), clamp(row, shape[axis] as number), ...at.slice(axis + rank)];
      const to = offsetOf(place, strides);
      result[to] = (result[to] as number) + (updates.data[position++] as number);
    }
    return result;
  },
});
