/** A part of a tensor, and its adjoint, the part surrounded by zeros. */
import { fail } from "../diagnostics.js";
import { describeValue } from "../ir/guards.js";
import type { Expression, Operand } from "../ir/op.js";
import { addMethods, defineOp, shapeFault } from "../ir/op.js";
import * as scalars from "../ir/scalar.js";
import type { Scalar } from "../ir/scalar.js";
import { add, constantOf, floorDiv, mul, one, size, sub, zero, type Size } from "../ir/size.js";
import type { CheckRanges, Shape, Slice, SliceRange } from "../ir/shape.js";
import { coordinates, offsetOf, stridesOf } from "./rowMajor.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * A part of x: for each axis null (all of it) or `[start, end?, step?]`, the elements from `start` up to, but
     * excluding, `end`. Negative positions count from the end of the axis; axes without a range are taken whole. A
     * sliced axis is `number` in the type. On a named axis an end must be negative or left out, since a call may bring
     * fewer elements. The gradient is padded with zeros.
     */
    slice<R extends Shape, const Q extends readonly SliceRange[]>(
      this: Tensor<R>,
      ranges: Q & CheckRanges<R, Q>,
    ): Tensor<Slice<R, Q>>;
  }

  interface IntTensorMethods {
    /**
     * A part of x: for each axis null (all of it) or `[start, end?, step?]`, the elements from `start` up to, but
     * excluding, `end`. Negative positions count from the end of the axis; axes without a range are taken whole. A
     * sliced axis is `number` in the type. On a named axis an end must be negative or left out, since a call may bring
     * fewer elements.
     */
    slice<R extends Shape, const Q extends readonly SliceRange[]>(
      this: IntTensor<R>,
      ranges: Q & CheckRanges<R, Q>,
    ): IntTensor<Slice<R, Q>>;
  }

  interface BoolTensorMethods {
    /**
     * A part of x: for each axis null (all of it) or `[start, end?, step?]`, the elements from `start` up to, but
     * excluding, `end`. Negative positions count from the end of the axis; axes without a range are taken whole. A
     * sliced axis is `number` in the type. On a named axis an end must be negative or left out, since a call may bring
     * fewer elements.
     */
    slice<R extends Shape, const Q extends readonly SliceRange[]>(
      this: BoolTensor<R>,
      ranges: Q & CheckRanges<R, Q>,
    ): BoolTensor<Slice<R, Q>>;
  }
}

/** One axis of a slice: everything, or from `start` up to but without `end`, every `step`-th. */
export type Range = null | readonly [start: number, end?: number | null, step?: number];

interface ResolvedSlice {
  readonly start: readonly Size[];
  readonly step: readonly number[];
  readonly shape: readonly Size[];
  /** The name of the operation in a refusal, if another operation is made from this one. */
  readonly partOf?: string;
}

function resolve(shape: readonly Size[], ranges: readonly Range[]): ResolvedSlice {
  if (!Array.isArray(ranges) || ranges.some((each) => each !== null && !Array.isArray(each))) {
    fail({
      code: "invalid-argument",
      message: "slice: the ranges are not usable",
      expected: "an array with [start, end?, step?] or null for each axis, such as [null, [0, 10]]",
      found: describeValue(ranges),
    });
  }
  if (ranges.length > shape.length) {
    shapeFault("slice: more ranges than axes", `at most ${shape.length} ranges`, `${ranges.length} ranges`);
  }
  const parts = shape.map((extent, axis) => {
    const range = ranges[axis] ?? null;
    if (range === null) return { start: zero, step: 1, length: extent };
    const [start, end = null, step = 1] = range;
    const text = `[${range.map(String).join(", ")}]`;
    if (![start, end ?? 0, step].every(Number.isInteger) || step < 1) {
      shapeFault("slice: a range is not [start, end?, step?]", "whole numbers, the step at least 1", text);
    }
    const known = constantOf(extent);
    const place = (value: number): Size => {
      if (known === null) return value < 0 ? add(extent, size(value)) : size(value);
      return size(Math.min(known, Math.max(0, value < 0 ? value + known : value)));
    };
    const [from, to] = [place(start), end === null ? extent : place(end)];
    // A run-time size below a fixed end would make the slice too short: only ends relative to the size are safe.
    if (known === null && end !== null && end >= 0) {
      shapeFault(
        `slice: the end ${end} may lie beyond the named dimension ${extent.key}`,
        "an end that counts from the last (negative) or none",
        text,
      );
    }
    const length = floorDiv(add(sub(to, from), size(step - 1)), size(step));
    if ((constantOf(length) ?? 1) < 1) shapeFault(`slice: axis ${axis} would be empty`, "at least one element", text);
    return { start: from, step, length };
  });
  return {
    start: parts.map((part) => part.start),
    step: parts.map((part) => part.step),
    shape: parts.map((part) => part.length),
  };
}

/**
 * Sizes that must be at least 1 so that the part lies within x: a start that counts from the end may lie before the
 * first element, and a part of a fixed size may reach beyond the last. Parts with steps end with the axis and cannot.
 */
const withinBounds = ({ start, step }: ResolvedSlice, part: readonly Size[], whole: readonly Size[]): Size[] =>
  start.flatMap((from, axis) => {
    const beyond = sub(add(whole[axis] as Size, one), add(from, part[axis] as Size));
    return step[axis] === 1 ? [add(from, one), beyond] : [add(from, one)];
  });

/** The elements `start + step * i` of each axis. */
export const slice = defineOp<[x: Operand, ranges: readonly Range[]], ResolvedSlice & Record<string, unknown>>({
  name: "slice",
  parse: (x, ranges) => ({ args: [x], attributes: { ...resolve((x as Expression).shape, ranges) } }),
  infer: ([x], { shape }) => ({ shape, element: x.element }),
  positive: ([x], part) => withinBounds(part, part.shape, x.shape),
  neededBy: ({ partOf }) => partOf,
  gradient: ({ args: [x], cotangent, attributes }) => [pad.node([cotangent], { ...attributes, shape: x.shape })],
  lowering: {
    kind: "view",
    read: ({ index, at, attributes: { start, step } }) =>
      at(
        0,
        index.map((each, axis) => add(start[axis] as Size, mul(each, size(step[axis] as number)))),
      ),
  },
  evaluate([x], { shape, attributes: { start, step }, resolve: value }) {
    const strides = stridesOf(x.shape);
    const starts = start.map(value);
    const result = new Float64Array(shape.reduce((a, b) => a * b, 1));
    let position = 0;
    for (const at of coordinates(shape)) {
      const from = at.map((each, axis) => (starts[axis] as number) + each * (step[axis] as number));
      result[position++] = x.data[offsetOf(from, strides)] as number;
    }
    return result;
  },
});

/** Zeros of the given shape, with x at the elements `start + step * i` of each axis. */
export const pad = defineOp<[x: Operand, part: ResolvedSlice], ResolvedSlice & Record<string, unknown>>({
  name: "pad",
  parse: (x, part) => ({ args: [x], attributes: { ...part } }),
  infer: ([x], { shape }) => ({ shape, element: x.element }),
  positive: ([x], part) => withinBounds(part, x.shape, part.shape),
  neededBy: ({ partOf }) => partOf ?? "slice",
  gradient: ({ args: [x], cotangent, attributes }): [Expression] => [
    slice.node([cotangent], { ...attributes, shape: x.shape }),
  ],
  lowering: {
    kind: "point",
    read({ index, at, attributes: { start, step, shape }, args, type, asIndex }) {
      const from = args[0].shape;
      const inside: Scalar[] = [];
      const place = index.map((each, axis) => {
        const [first, by, length] = [start[axis] as Size, step[axis] as number, from[axis] as Size];
        if (by === 1 && first.key === "0" && length.key === shape[axis]?.key) return each;
        const steps = scalars.indexValue(sub(each, first));
        const at = by === 1 ? steps : scalars.indexValue(floorDiv(sub(each, first), size(by)));
        const onGrid = scalars.eq(steps, scalars.indexValue(mul(size(by), floorDiv(sub(each, first), size(by)))));
        const reached = scalars.and(scalars.le(0, at), scalars.lt(at, scalars.indexValue(length)));
        const here = by === 1 ? reached : scalars.and(reached, onGrid);
        inside.push(here);
        // Outside the part, the element 0 is read and not used: no address beyond the tensor is ever formed.
        return asIndex(scalars.select(here, at, scalars.constant(0, "i32")), length);
      });
      const value = at(0, place);
      if (inside.length === 0) return value;
      return scalars.select(inside.reduce(scalars.and), value, scalars.constant(0, type));
    },
  },
  evaluate([x], { shape, attributes: { start, step }, resolve: value }) {
    const strides = stridesOf(shape);
    const starts = start.map(value);
    const result = new Float64Array(shape.reduce((a, b) => a * b, 1));
    let position = 0;
    for (const at of coordinates(x.shape)) {
      const to = at.map((each, axis) => (starts[axis] as number) + each * (step[axis] as number));
      result[offsetOf(to, strides)] = x.data[position++] as number;
    }
    return result;
  },
});

addMethods({ slice });
