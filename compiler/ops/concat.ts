/** Tensors one after another along an axis. */
import { fail } from "../diagnostics.js";
import type { Expression, TensorType } from "../ir/op.js";
import { describeValue } from "../ir/guards.js";
import { defineOp, isExpression, shapeFault, typeFault } from "../ir/op.js";
import { indexValue, lt, select, type Scalar } from "../ir/scalar.js";
import { add, equal, printShape, sub, zero, type Size } from "../ir/size.js";
import type { Broadcast, CheckAxes, ShapeFault, Match, Replace, Shape, Show } from "../ir/shape.js";
import type { BoolTensor, IntTensor, Tensor, TensorOf } from "../ir/tensorMethods.js";
import { coordinates, offsetOf, stridesOf } from "./rowMajor.js";
import { requireElement } from "./elementwise.js";
import { axisOf } from "./reshape.js";
import { slice } from "./slice.js";
import type { ElementOf, ShapeOf } from "./where.js";

export type AnyTensor = Tensor<Shape> | IntTensor<Shape> | BoolTensor<Shape>;

/**
 * The shape that all tensors of a list share, with `number` at axis A (null: no axis); a sentence if they share none.
 */
// prettier-ignore
export type Together<X extends readonly AnyTensor[], A extends number | null, Op extends string> =
  X extends readonly [infer F, ...infer R extends readonly AnyTensor[]]
    ? TogetherFrom<ShapeOf<F>, R, A, Op, Opened<ShapeOf<F>, A>>
  : X extends readonly [] ? `${Op}: the list is empty`
  : Opened<ShapeOf<X[number]>, A>;

type Opened<S extends Shape, A extends number | null> = A extends number ? Replace<S, A, [number]> : S;

// prettier-ignore
type TogetherFrom<
  First extends Shape, X extends readonly AnyTensor[], A extends number | null, Op extends string, Done extends Shape
> =
  X extends readonly [infer F, ...infer R extends readonly AnyTensor[]]
    ? Match<Done, Opened<ShapeOf<F>, A>> extends null
      ? `${Op}: ${Show<First>} and ${Show<ShapeOf<F>>} ${A extends number ? `differ beside axis ${A}` : "differ"}`
      : TogetherFrom<First, R, A, Op, Broadcast<Done, Opened<ShapeOf<F>, A>>>
    : Done;

/** The element type of all tensors of a list; null if they differ. */
// prettier-ignore
export type OneElement<X extends readonly AnyTensor[]> =
  [ElementOf<X[number]>] extends ["float"] ? "float"
  : [ElementOf<X[number]>] extends ["int32"] ? "int32"
  : [ElementOf<X[number]>] extends ["bool"] ? "bool"
  : null;

/** To intersect with a list of tensors: nothing, or the fault of tensors that do not fit together. */
// prettier-ignore
export type CheckTogether<X extends readonly AnyTensor[], A extends number | null, Op extends string> =
  OneElement<X> extends null ? ShapeFault<`${Op}: the operands have different element types`>
  : Together<X, A, Op> extends infer Sentence extends string ? ShapeFault<Sentence>
  : unknown;

// An axis that does not exist is a fault of the axis alone.
// prettier-ignore
type CheckConcat<X extends readonly AnyTensor[], A extends number> =
  X extends readonly [] ? CheckTogether<X, A, "concat">
  : CheckAxes<ShapeOf<X[0]>, A, "concat"> extends ShapeFault<string> ? unknown
  : CheckTogether<X, A, "concat">;

/** The shape, or an unknown one where there is a sentence instead. */
export type Cleared<S extends Shape | string> = S extends readonly unknown[] ? S : Shape;

/** The tensor of the one element type that a list has. */
export type Joined<E extends "float" | "int32" | "bool" | null, S extends Shape> = TensorOf<
  E extends null ? "float" : E & string,
  S
>;

export interface Concat {
  /**
   * Tensors one after another along an axis (default 0), in the order of the list. All other sizes agree, and so do the
   * element types. The axis is `number` in the type; the build adds named sizes: [batch, 3] and [time, 3] make [batch +
   * time, 3]. The gradient of each operand is its own part of `dy`.
   */
  <const X extends readonly AnyTensor[], const A extends number = 0>(
    tensors: X & CheckConcat<X, A>,
    axis?: A & CheckAxes<ShapeOf<X[0]>, A, "concat">,
  ): Joined<OneElement<X>, Cleared<Together<X, A, "concat">>>;
}

/** The list itself; refuses anything but a list of tensors. */
export function tensorsOf(name: string, tensors: readonly Expression[]): readonly Expression[] {
  const list: unknown = tensors;
  const wrong = Array.isArray(list) ? list.find((each) => !isExpression(each)) : list;
  if (Array.isArray(list) && list.length > 0 && wrong === undefined) return tensors;
  return fail({
    code: "invalid-argument",
    message: `${name}: the operand is not a list of tensors`,
    expected: "at least one tensor, as in [x, y]",
    found: Array.isArray(list) && list.length === 0 ? "an empty list" : describeValue(wrong),
    hint: isExpression(wrong) ? `write ${name}([x, y]) for ${name}(x, y)` : undefined,
  });
}

/** Ends the build unless all have one element type and, but for one axis, one shape. */
export function checkTogether(name: string, types: readonly TensorType[], except: number | null): void {
  const [first] = types as readonly [TensorType];
  for (const each of types) {
    requireElement(name, each, ["float", "int32", "bool"]);
    if (each.element !== first.element) {
      typeFault(
        `${name}: the operands have different element types`,
        "tensors of one element type",
        [first, each],
        "toFloat() and toInt() convert",
      );
    }
    const alike =
      each.shape.length === first.shape.length &&
      each.shape.every((extent, axis) => axis === except || equal(extent, first.shape[axis] as Size));
    if (alike) continue;
    shapeFault(
      `${name}: ${printShape(first.shape)} and ${printShape(each.shape)} differ${except === null ? "" : ` beside axis ${except}`}`,
      except === null ? "tensors of one shape" : "tensors of one shape but for that axis",
      printShape(each.shape),
      `reshape one of them, or choose the axis along which they differ`,
    );
  }
}

/** Where the operands begin along the axis, and after the last of them where it ends. */
function startsOf(types: readonly TensorType[], axis: number): Size[] {
  const starts = [zero];
  for (const { shape } of types) starts.push(add(starts[starts.length - 1] as Size, shape[axis] as Size));
  return starts;
}

/** Tensors one after another along an axis. */
export const concat = defineOp<[tensors: readonly Expression[], axis?: number], { axis: number }>({
  name: "concat",
  parse(tensors, axis = 0) {
    const args = tensorsOf("concat", tensors);
    return { args, attributes: { axis: axisOf("concat", axis, (args[0] as Expression).shape.length) } };
  },
  infer(types, { axis }) {
    checkTogether("concat", types, axis);
    const [{ shape, element }] = types as readonly [TensorType];
    const length = startsOf(types, axis)[types.length] as Size;
    return { shape: shape.map((each, at) => (at === axis ? length : each)), element };
  },
  gradient({ args, cotangent, attributes: { axis } }) {
    const starts = startsOf(args, axis);
    return args.map(({ shape }, n) =>
      slice.node([cotangent], {
        start: shape.map((_, at) => (at === axis ? (starts[n] as Size) : zero)),
        step: shape.map(() => 1),
        shape,
      }),
    );
  },
  parts(types, { axis }, index) {
    const starts = startsOf(types, axis);
    return types.map((_, n) => index.map((each, at) => (at === axis ? sub(each, starts[n] as Size) : each)));
  },
  lowering: {
    kind: "point",
    read({ index, at, args, attributes: { axis }, asIndex }) {
      const [place, starts] = [index[axis] as Size, startsOf(args, axis)];
      const values = args.map(({ shape }, n) => {
        // Outside its own part, an operand's nearest element is read and not used.
        const own = asIndex(indexValue(sub(place, starts[n] as Size)), shape[axis] as Size);
        return at(n, [...index.slice(0, axis), own, ...index.slice(axis + 1)]);
      });
      return values.reduceRight((rest, value, n) =>
        select(lt(indexValue(place), indexValue(starts[n + 1] as Size)), value, rest),
      ) as Scalar;
    },
  },
  evaluate(args, { shape, attributes: { axis } }) {
    const strides = stridesOf(shape);
    const result = new Float64Array(shape.reduce((a, b) => a * b, 1));
    let start = 0;
    for (const { shape: own, data } of args) {
      let position = 0;
      for (const at of coordinates(own)) {
        const to = at.map((each, other) => (other === axis ? each + start : each));
        result[offsetOf(to, strides)] = data[position++] as number;
      }
      start += own[axis] as number;
    }
    return result;
  },
});
