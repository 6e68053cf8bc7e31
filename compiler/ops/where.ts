import { abstractChoice } from "../ir/abstractValue.js";
import type { Expression, Operand } from "../ir/op.js";
import { defineOp, typeFault } from "../ir/op.js";
import { convert, select } from "../ir/scalar.js";
import type { Broadcast, Broadcasts, Conflict, Shape } from "../ir/shape.js";
import type { BoolTensor, IntTensor, HostNumber, Tensor } from "../ir/tensorMethods.js";
import { alignOperands } from "./elementwise.js";

type Side = Tensor<Shape> | IntTensor<Shape> | BoolTensor<Shape> | HostNumber | number;

export type ShapeOf<X> =
  X extends Tensor<infer S> ? S : X extends IntTensor<infer S> ? S : X extends BoolTensor<infer S> ? S : [];

/** The element type of a side; null for a number, which goes with either. */
export type ElementOf<X> =
  X extends Tensor<Shape>
    ? "float"
    : X extends IntTensor<Shape>
      ? "int32"
      : X extends BoolTensor<Shape>
        ? "bool"
        : null;

type CheckSide<A extends Shape, X> = Broadcasts<A, ShapeOf<X>> extends true ? X : Conflict<"where", A, ShapeOf<X>>;

// prettier-ignore
type CheckOtherSide<A extends Shape, X, Y> =
  ElementOf<X> extends null ? CheckSide<A, Y>
  : ElementOf<Y> extends ElementOf<X> | null ? CheckSide<A, Y>
  : "where: the two sides have different element types";

// prettier-ignore
type Chosen<C, X, Y, S extends Shape> =
  "float" extends ElementOf<X> | ElementOf<Y> ? Tensor<S>
  : "int32" extends ElementOf<X> | ElementOf<Y> ? IntTensor<S>
  : "bool" extends ElementOf<X> | ElementOf<Y> ? BoolTensor<S>
  : C extends HostNumber ? HostNumber
  : Tensor<S>;

export interface Where {
  /**
   * `condition ? x : y`, elementwise; the three shapes broadcast. Both sides have the same element type; numbers and
   * host scalars fit either. A condition that is a host scalar (a comparison of two) chooses between scalars, or
   * between whole tensors. The gradient flows to the chosen side, and the other receives 0. The operands of the other
   * side receive 0 times a slope, which is NaN where the slope is infinite or NaN, as in PyTorch: at x = 0
   * `where(x.gt(0), x.log(), 0)` has the gradient NaN. Select the operand first: `where(x.gt(0), x, 1).log()`.
   */
  <C extends BoolTensor<Shape> | HostNumber, X extends Side, Y extends Side>(
    condition: C,
    x: CheckSide<ShapeOf<C>, X>,
    y: CheckOtherSide<Broadcast<ShapeOf<C>, ShapeOf<X>>, X, Y>,
  ): Chosen<C, X, Y, Broadcast<Broadcast<ShapeOf<C>, ShapeOf<X>>, ShapeOf<Y>>>;
}

/**
 * `condition ? x : y`, elementwise, the three broadcast together. The side that is not chosen contributes nothing to
 * the value, not even a NaN. Its gradient there is 0; the sweep multiplies this 0 by slopes, and makes NaN where a
 * slope is not finite.
 */
export const where = defineOp<[condition: Expression, x: Operand, y: Operand], Record<string, never>>({
  name: "where",
  noun: "choice",
  parse: (condition, x, y) => ({ args: [condition, x, y] }),
  align: (args) => alignOperands("where", args),
  infer([test, left, right]) {
    if (left.element !== right.element) {
      typeFault(
        "where: the two sides have different element types",
        "two sides of one element type",
        [left, right],
        "toFloat() and toInt() convert",
      );
    }
    if (test.element === "int32") {
      typeFault("where: the condition is not a bool tensor", "bool", [test], "compare it, such as x.ne(0)");
    }
    return { shape: left.shape, element: left.element };
  },
  gradient: ({ args: [condition], cotangent }): [null, Expression, Expression] => [
    null,
    where(condition, cotangent, 0),
    where(condition, 0, cotangent),
  ],
  lowering: {
    kind: "elementwise",
    scalar: ([condition, x, y]) => select(convert(condition, "bool"), x, y),
  },
  abstract: ([, x, y]) => abstractChoice([x, y]),
  simplify: ({ args: [, x, y] }) => (x.expression === y.expression ? x.expression : undefined),
  staysNonNegative: ([, x, y]) => x === true && y === true,
  evaluate: ([condition, x, y]) => condition.data.map((test, i) => (test !== 0 ? x.data[i] : y.data[i]) as number),
});
