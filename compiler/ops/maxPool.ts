/** The largest elements of windows, and at which of their elements they lie. */
import type { Expression } from "../ir/op.js";
import { defineOp, literal } from "../ir/op.js";
import { add, one, size, zero, type Size } from "../ir/size.js";
import { broadcastTo } from "./broadcast.js";
import { eq, gt, ne } from "./compare.js";
import { constant } from "./constant.js";
import { or } from "./logical.js";
import { reshape } from "./reshape.js";
import { coordinates } from "./rowMajor.js";
import { pad, slice } from "./slice.js";
import { where } from "./where.js";
import { fold, type Windows } from "./windows.js";

/** Windows on the last axes, around which elements lie that are below all others. */
export interface Pooling extends Windows {
  readonly padding: readonly (readonly [before: number, behind: number])[];
}

const leadOf = (x: Expression, { kernel }: Pooling): readonly Size[] =>
  x.shape.slice(0, x.shape.length - kernel.length);

/** Where x lies in x with its padding. */
function interior(x: Expression, by: Pooling) {
  const lead = leadOf(x, by);
  const shape = by.padding.map(([before, behind], axis) =>
    add(x.shape[lead.length + axis] as Size, size(before + behind)),
  );
  return {
    start: [...lead.map(() => zero), ...by.padding.map(([before]) => size(before))],
    step: x.shape.map(() => 1),
    shape: [...lead, ...shape],
    partOf: "pooling",
  };
}

const isPadded = ({ padding }: Pooling): boolean => padding.flat().some((each) => each > 0);

function surrounded(x: Expression, by: Pooling): Expression {
  if (!isPadded(by)) return x;
  const inside = interior(x, by);
  const isInside = gt(pad.node([broadcastTo(literal(1, "float"), x.shape)], inside), 0.5);
  return where(isInside, pad.node([x], inside), -Infinity);
}

/** The largest element of each window, and its number in the window: the first of equal ones, the last NaN. */
function best(x: Expression, by: Pooling): { readonly value: Expression; readonly tap: Expression } {
  const image = surrounded(x, by);
  const lead = leadOf(x, by);
  const shape = [...lead, ...by.windows];
  let found: { value: Expression; tap: Expression } | null = null;
  let number = 0;
  for (const at of coordinates(by.kernel)) {
    const start = [...lead.map(() => zero), ...at.map((each, axis) => size(each * (by.dilation[axis] as number)))];
    const step = [...lead.map(() => 1), ...by.stride];
    const value = slice.node([image], { start, step, shape, partOf: "pooling" });
    const tap = broadcastTo(literal(number++, "int32"), shape);
    if (!found) {
      found = { value, tap };
      continue;
    }
    const isBetter: Expression = or(gt(value, found.value), ne(value, value));
    found = { value: where(isBetter, value, found.value), tap: where(isBetter, tap, found.tap) };
  }
  return found as { value: Expression; tap: Expression };
}

const shapeOf = (x: Pick<Expression, "shape">, by: Pooling): Size[] => [
  ...x.shape.slice(0, x.shape.length - by.kernel.length),
  ...by.windows,
];

/** The largest element of each window; NaN if there is one. The first of equal ones has the gradient. */
export const maxPool = defineOp<[x: Expression, by: Pooling], Pooling>({
  name: "maxPool",
  parse: (x, by) => ({ args: [x], attributes: { ...by } }),
  infer: ([x], by) => ({ shape: shapeOf(x, by), element: "float" }),
  expand: ([x], by) => best(x, by).value,
  gradient({ args: [x], attributes: by, cotangent }) {
    const lead = leadOf(x, by);
    const along = by.kernel.map(() => one);
    const taps = Array.from({ length: by.kernel.reduce((a, b) => a * b, 1) }, (_, tap) => tap);
    const numbers = constant({ shape: [...by.kernel, ...along.map(() => 1)], data: taps }, "int32");
    const spread = (each: Expression): Expression =>
      reshape.node([each], { shape: [...lead, ...along, ...by.windows] });
    const parts = where(eq(spread(maxPoolTap.node([x], by)), numbers), spread(cotangent), 0);
    const inside = interior(x, by);
    const base = broadcastTo(literal(0, "float"), inside.shape);
    const { padding: _, ...sliding } = by;
    const all = fold.node([base, parts], sliding as Windows);
    return [isPadded(by) ? slice.node([all], { ...inside, shape: x.shape }) : all];
  },
});

/** The number of each window's largest element in its window, row-major; the first of equal ones, the last NaN. */
export const maxPoolTap = defineOp<[x: Expression, by: Pooling], Pooling>({
  name: "maxPoolTap",
  parse: (x, by) => ({ args: [x], attributes: { ...by } }),
  infer: ([x], by) => ({ shape: shapeOf(x, by), element: "int32" }),
  expand: ([x], by) => best(x, by).tap,
  gradient: () => [null],
});
