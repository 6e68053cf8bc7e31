/** Reading at computed places, and its adjoint, adding at computed places. */
import type { Expression, Operand, TensorType } from "../ir/op.js";
import { defineOp, printType, shapeFault } from "../ir/op.js";
import type { Size } from "../ir/size.js";
import type { CheckAxes, Replace, Shape } from "../ir/shape.js";
import type { IntTensor, Tensor } from "../ir/tensor.js";
import { coordinates, offsetOf, stridesOf } from "./dense.js";
import { axisOf } from "./reshape.js";

export interface Gather {
  /**
   * Rows of x along an axis (default 0), which is replaced by the axes of `indices`, as NumPy's `take`: with a table
   * [vocabulary, features] and indices [batch, time] it is an embedding lookup, [batch, time, features]. Indices lie in
   * [0, size): those that come from an input are checked before the call, computed ones are clamped. The gradient is
   * added up at the rows that were read.
   */
  <S extends Shape, I extends Shape, const A extends number = 0>(
    x: Tensor<S>,
    indices: IntTensor<I>,
    axis?: A & CheckAxes<S, A, "gather">,
  ): Tensor<Replace<S, A, I>>;
}

export function requireIndices(name: string, indices: TensorType): void {
  if (indices.element !== "int32") {
    shapeFault(`${name}: the indices are not integers`, "an int32 tensor", printType(indices), "toInt() converts");
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
    attributes: { axis: axisOf("gather", axis, typeof x === "number" ? 0 : x.shape.length) },
  }),
  infer([x, indices], { axis }) {
    const [from, at] = [x as TensorType, indices as TensorType];
    requireIndices("gather", at);
    return { shape: [...from.shape.slice(0, axis), ...at.shape, ...from.shape.slice(axis + 1)], element: from.element };
  },
  indices: ([x], { axis }) => ({ argument: 1, below: (x as TensorType).shape[axis] as Size }),
  gradient: ({ args: [x, indices], cotangent, attributes: { axis } }): (Expression | null)[] => [
    scatterAdd.node([indices as Expression, cotangent], { axis, shape: (x as Expression).shape }),
    null,
  ],
  lowering: {
    kind: "point",
    read({ index, at, args, attributes: { axis }, asIndex }) {
      const rank = args[1]?.shape.length ?? 0;
      const row = asIndex(at(1, index.slice(axis, axis + rank)), args[0]?.shape[axis] as Size);
      return at(0, [...index.slice(0, axis), row, ...index.slice(axis + rank)]);
    },
  },
  evaluate([x, indices], { shape, attributes: { axis } }) {
    const [from, rank] = [x?.shape ?? [], indices?.shape.length ?? 0];
    const [strides, indexStrides] = [stridesOf(from), stridesOf(indices?.shape ?? [])];
    const result = new Float64Array(shape.reduce((a, b) => a * b, 1));
    let position = 0;
    for (const at of coordinates(shape)) {
      const row = indices?.data[offsetOf(at.slice(axis, axis + rank), indexStrides)] as number;
      const place = [...at.slice(0, axis), clamp(row, from[axis] as number), ...at.slice(axis + rank)];
      result[position++] = x?.data[offsetOf(place, strides)] as number;
    }
    return result;
  },
});

type ScatterAttributes = { readonly axis: number; readonly shape: readonly Size[] } & Record<string, unknown>;

/** Zeros of `shape`, with each row of the updates added to the row along `axis` that `indices` names, in order. */
export const scatterAdd = defineOp<
  [indices: Expression, updates: Expression, shape: readonly Size[], axis: number],
  ScatterAttributes
>({
  name: "scatterAdd",
  parse: (indices, updates, shape, axis) => ({ args: [indices, updates], attributes: { axis, shape } }),
  infer([indices, updates], { shape }) {
    requireIndices("scatterAdd", indices as TensorType);
    return { shape, element: (updates as TensorType).element };
  },
  indices: (_, { axis, shape }) => ({ argument: 0, below: shape[axis] as Size }),
  gradient: ({ args: [indices], cotangent, attributes: { axis } }): (Expression | null)[] => [
    null,
    gather.node([cotangent, indices as Expression], { axis }),
  ],
  lowering: {
    kind: "scatter",
    target({ index, at, args, attributes: { axis }, shape, asIndex }) {
      const rank = args[0]?.shape.length ?? 0;
      const row = asIndex(at(0, index.slice(axis, axis + rank)), shape[axis] as Size);
      return [...index.slice(0, axis), row, ...index.slice(axis + rank)];
    },
  },
  evaluate([indices, updates], { shape, attributes: { axis } }) {
    const rank = indices?.shape.length ?? 0;
    const [strides, indexStrides] = [stridesOf(shape), stridesOf(indices?.shape ?? [])];
    const result = new Float64Array(shape.reduce((a, b) => a * b, 1));
    let position = 0;
    for (const at of coordinates(updates?.shape ?? [])) {
      const row = indices?.data[offsetOf(at.slice(axis, axis + rank), indexStrides)] as number;
      const place = [...at.slice(0, axis), clamp(row, shape[axis] as number), ...at.slice(axis + rank)];
      const to = offsetOf(place, strides);
      result[to] = (result[to] as number) + (updates?.data[position++] as number);
    }
    return result;
  },
});
