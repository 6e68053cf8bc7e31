/** The parts of a tensor along an axis. */
import { requireTensor, shapeFault, toShape, type Expression } from "../ir/op.js";
import type { CheckAxes, CheckStated, Is, Replace, Shape } from "../ir/shape.js";
import { add, constantOf, equal, sub, zero, type Size, type SizeLike } from "../ir/size.js";
import type { TensorOf } from "../ir/tensorMethods.js";
import type { AnyTensor } from "./concat.js";
import { axisOf } from "./reshape.js";
import { slice } from "./slice.js";
import type { ElementOf, ShapeOf } from "./where.js";

type Parts<S extends Shape, E extends "float" | "int32" | "bool", Z extends Shape, A extends number> = {
  -readonly [I in keyof Z]: TensorOf<E, Replace<S, A, [Is<Z[I], -1, Z> extends true ? number : Z[I]]>>;
};

export interface Split {
  /**
   * The parts of x along an axis (default 0), in order, with the given sizes: `const [a, b] = split(x, [3, 7], 1)`.
   * Their sum is the size of the axis. One size may be -1: the build computes it, and the type has `number` there.
   * Sizes may be names: `["batch", "time"]` splits `concat([x, y])` again. Nothing is copied. The gradient of each part
   * is padded with zeros.
   */
  <X extends AnyTensor, const Z extends Shape, const A extends number = 0>(
    x: X,
    sizes: readonly [...Z] & CheckStated<Z, "split">,
    axis?: A & CheckAxes<ShapeOf<X>, A, "split">,
  ): Parts<ShapeOf<X>, ElementOf<X> & string, Z, A>;
}

/** The given sizes, with the rest of the axis in the place of -1. */
function resolve(sizes: readonly SizeLike[], extent: Size): Size[] {
  const known = toShape("split", sizes);
  const text = `[${sizes.map((each) => (typeof each === "object" ? each.key : each)).join(", ")}]`;
  const open = sizes.indexOf(-1);
  if (open >= 0 && sizes.indexOf(-1, open + 1) >= 0) {
    shapeFault("split: more than one size is -1", "at most one -1", text);
  }
  const stated = add(zero, ...known.filter((_, n) => n !== open));
  const made = known.map((each, n) => (n === open ? sub(extent, stated) : each));
  if (made.length === 0 || made.some((each) => (constantOf(each) ?? 1) < 1)) {
    shapeFault(`split: a part of ${extent.key} would be empty`, "parts of at least one element", text);
  }
  if (open < 0 && !equal(stated, extent)) {
    shapeFault(`split: the sizes ${text} do not add up to ${extent.key}`, extent.key, stated.key);
  }
  return made;
}

/** The parts along an axis that have the given sizes. */
export function split(x: Expression, sizes: readonly SizeLike[], axis = 0): Expression[] {
  requireTensor("split", x, 1);
  const { shape } = x;
  const along = axisOf("split", axis, shape.length);
  let start = zero;
  return resolve(sizes, shape[along] as Size).map((length) => {
    const part = slice.node([x], {
      start: shape.map((_, at) => (at === along ? start : zero)),
      step: shape.map(() => 1),
      shape: shape.map((each, at) => (at === along ? length : each)),
      partOf: "split",
    });
    start = add(start, length);
    return part;
  });
}
