/** Windows that slide over the last axes of a tensor, and the adjoint, which adds windows up where they overlap. */
import type { Expression } from "../ir/op.js";
import { defineOp, literal } from "../ir/op.js";
import { add as addSizes, equal, floorDiv, mul, one, product, size, zero, type Size } from "../ir/size.js";
import { add } from "./add.js";
import { broadcastTo } from "./broadcast.js";
import { reshape } from "./reshape.js";
import { coordinates, offsetsOf, pick, stridesOf } from "./rowMajor.js";
import { slice } from "./slice.js";
import type { Around } from "./surround.js";

/** Which windows: a number for each of the last axes. */
export interface Sliding {
  /** The elements of a window, from 1. */
  readonly kernel: readonly number[];
  /** From one window to the next, from 1. */
  readonly stride: readonly number[];
  /** From one element of a window to the next, from 1. */
  readonly dilation: readonly number[];
}

/** From the first element of a window to the last, along each axis. */
export const reachesOf = ({ kernel, dilation }: Pick<Sliding, "kernel" | "dilation">): readonly number[] =>
  kernel.map((each, axis) => (dilation[axis] as number) * (each - 1));

/** How many windows fit along each axis of these sizes, with elements around them. */
export function windowsIn(sizes: readonly Size[], by: Sliding & { readonly padding: Around }): readonly Size[] {
  const reaches = reachesOf(by);
  return sizes.map((extent, axis) => {
    const [before, behind] = by.padding[axis] as readonly [number, number];
    const room = addSizes(extent, size(before + behind - (reaches[axis] as number) - 1));
    return addSizes(floorDiv(room, size(by.stride[axis] as number)), one);
  });
}

/** How many axes stand before those that windows slide over, of a tensor or of its windows. */
const leadOf = (rank: number, { kernel }: Sliding, times = 1): number => rank - times * kernel.length;

/** The place in the tensor of the element of a window: axes before, then of the window's element, then of the window. */
function placeOf(index: readonly Size[], sliding: Sliding): Size[] {
  const count = sliding.kernel.length;
  const lead = leadOf(index.length, sliding, 2);
  return [
    ...index.slice(0, lead),
    ...sliding.kernel.map((_, axis) => {
      const [tap, window] = [index[lead + axis] as Size, index[lead + count + axis] as Size];
      return addSizes(
        mul(size(sliding.stride[axis] as number), window),
        mul(size(sliding.dilation[axis] as number), tap),
      );
    }),
  ];
}

/** Whether the windows are the elements themselves, one by one. */
const areElements = ({ kernel, stride }: Sliding): boolean => [...kernel, ...stride].every((each) => each === 1);

export interface Windows extends Sliding, Record<string, unknown> {
  /** How many windows there are along each axis. */
  readonly windows: readonly Size[];
}

/**
 * The elements of windows: [...before, ...kernel, ...windows] of x [...before, ...sizes]. The element k of window o is
 * `x[stride o + dilation k]`; all of them lie in x.
 */
export const windows = defineOp<[x: Expression, sliding: Windows], Windows>({
  name: "windows",
  parse: (x, sliding) => ({ args: [x], attributes: { ...sliding } }),
  infer: ([x], sliding) => ({
    shape: [
      ...x.shape.slice(0, leadOf(x.shape.length, sliding)),
      ...sliding.kernel.map((each) => size(each)),
      ...sliding.windows,
    ],
    element: x.element,
  }),
  gradient: ({ args: [x], attributes, cotangent }): [Expression] => [
    fold.node([broadcastTo(literal(0, x.element), x.shape), cotangent], { ...attributes }),
  ],
  simplify: ({ args: [x], attributes, shape }) =>
    areElements(attributes) && equal(product(x.shape), product(shape))
      ? reshape.node([x.expression], { shape })
      : undefined,
  lowering: { kind: "view", read: ({ index, at, attributes }) => at(0, placeOf(index, attributes)) },
  evaluate([x], { shape, attributes }) {
    return pick(x.data, offsetsIn(x.shape, shape, attributes));
  },
});

/**
 * `base` [...before, ...sizes], with each element of windows [...before, ...kernel, ...windows] added to the element from
 * which `windows` would take it; for one element in ascending order of its place in the window.
 */
export const fold = defineOp<[base: Expression, x: Expression, sliding: Windows], Windows>({
  name: "fold",
  parse: (base, x, sliding) => ({ args: [base, x], attributes: { ...sliding } }),
  infer: ([base]) => base,
  gradient: ({ attributes, cotangent }): [Expression, Expression] => [
    cotangent,
    windows.node([cotangent], { ...attributes }),
  ],
  simplify({ args: [base, x], attributes, shape }) {
    if (!areElements(attributes) || !equal(product(x.shape), product(shape))) return undefined;
    return add(base.expression, reshape.node([x.expression], { shape }));
  },
  lowering: { kind: "scatter", target: ({ index, attributes }) => placeOf(index, attributes) },
  evaluate([base, x], { attributes }) {
    const result = Float64Array.from(base.data);
    const places = offsetsIn(base.shape, x.shape, attributes);
    for (let i = 0; i < places.length; i++) {
      const to = places[i] as number;
      result[to] = (result[to] as number) + (x.data[i] as number);
    }
    return result;
  },
});

/** One element of all windows after the other, in row-major order: where it stands in its window, and the elements. */
export function* tapsOf(
  x: Expression,
  by: Windows,
  partOf: string,
): Generator<{ readonly at: readonly number[]; readonly part: Expression }> {
  const before = x.shape.slice(0, leadOf(x.shape.length, by));
  const step = [...before.map(() => 1), ...by.stride];
  const shape = [...before, ...by.windows];
  for (const at of coordinates(by.kernel)) {
    const start = [...before.map(() => zero), ...at.map((each, axis) => size(each * (by.dilation[axis] as number)))];
    yield { at: [...at], part: slice.node([x], { start, step, shape, partOf }) };
  }
}

/** Where the elements of windows lie in the tensor, in row-major order. */
function offsetsIn(shape: readonly number[], parts: readonly number[], sliding: Sliding): Int32Array {
  const strides = stridesOf(shape);
  const lead = leadOf(shape.length, sliding);
  const along = (steps: readonly number[]): number[] =>
    strides.slice(lead).map((stride, axis) => stride * (steps[axis] as number));
  return offsetsOf(parts, [...strides.slice(0, lead), ...along(sliding.dilation), ...along(sliding.stride)]);
}
