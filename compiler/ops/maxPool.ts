/** The largest elements of windows, and at which of their elements they lie. */
import type { Expression } from "../ir/op.js";
import { defineOp, literal } from "../ir/op.js";
import { one, type Size } from "../ir/size.js";
import { broadcastTo } from "./broadcast.js";
import { eq, gt, ne } from "./compare.js";
import { constant } from "./constant.js";
import { or } from "./logical.js";
import { reshape } from "./reshape.js";
import { interior, surround, surroundedShape, type Around } from "./surround.js";
import { where } from "./where.js";
import { fold, tapsOf, type Windows } from "./windows.js";

/** Windows on the last axes, around which elements lie that are below all others. */
export interface Pooling extends Windows {
  readonly padding: Around;
}

const leadOf = (x: Pick<Expression, "shape">, { kernel }: Pooling): readonly Size[] =>
  x.shape.slice(0, x.shape.length - kernel.length);

/** x with elements around it that are below all others. */
function belowAll(x: Expression, { padding }: Pooling): Expression {
  const image = surround(x, padding, "pooling");
  if (image === x) return x;
  const isInside = gt(surround(broadcastTo(literal(1, "float"), x.shape), padding, "pooling"), 0.5);
  return where(isInside, image, -Infinity);
}

/** Whether a value is larger than the best so far: a NaN is larger than all. */
export const isLarger = (value: Expression, best: Expression): Expression => or(gt(value, best), ne(value, value));

/** The largest element of each window, and its number in the window: the first of equal ones, the last NaN. */
function best(x: Expression, by: Pooling): { readonly value: Expression; readonly tap: Expression } {
  let found: { value: Expression; tap: Expression } | null = null;
  let number = 0;
  for (const { part } of tapsOf(belowAll(x, by), by, "pooling")) {
    const tap = broadcastTo(literal(number++, "int32"), part.shape);
    if (!found) {
      found = { value: part, tap };
      continue;
    }
    const larger = isLarger(part, found.value);
    found = { value: where(larger, part, found.value), tap: where(larger, tap, found.tap) };
  }
  return found as { value: Expression; tap: Expression };
}

const shapeOf = (x: Pick<Expression, "shape">, by: Pooling): Size[] => [...leadOf(x, by), ...by.windows];

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
    const { padding, ...sliding } = by;
    const base = broadcastTo(literal(0, "float"), surroundedShape(x.shape, padding));
    const all = fold.node([base, parts], sliding as Windows);
    return [interior(all, padding, x.shape, "pooling")];
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
