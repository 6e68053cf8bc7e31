/** Repetition along axes, and its adjoint, the sum over axes. */
import { checkOptions, requireSwitch } from "../ir/guards.js";
import { isOp } from "../ir/graph.js";
import type { Expression, Op, Operand, Rewritable } from "../ir/op.js";
import { addMethods, defineOp, shapeFault, toShape, typeFault } from "../ir/op.js";
import { add, constant, convert, type Scalar } from "../ir/scalar.js";
import { constantOf, equal, equalAll, printShape, zero, type Size, type SizeLike } from "../ir/size.js";
import type { Axes, CheckAxes, Reduce, Shape } from "../ir/shape.js";
import { offsetsOf, pick, stridesOf } from "./rowMajor.js";
import { axesOf, isOne, keptShape, reshape } from "./reshape.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * The sum over axes. `axes` is one axis or several, counted from the end if negative; default all. They disappear,
     * or stay as 1 with `keepDim: true`. In float32 it is accumulated in double and rounded once. The gradient is `dy`,
     * repeated along the axes.
     */
    sum<R extends Shape, const A extends Axes = undefined, K extends boolean = false>(
      this: Tensor<R>,
      axes?: A & CheckAxes<R, A, "sum">,
      options?: { readonly keepDim?: K },
    ): Tensor<Reduce<R, A, K>>;
  }

  interface IntTensorMethods {
    /**
     * The sum over axes, wrapping at 32 bits. `axes` is one axis or several, counted from the end if negative; default
     * all. They disappear, or stay as 1 with `keepDim: true`.
     */
    sum<R extends Shape, const A extends Axes = undefined, K extends boolean = false>(
      this: IntTensor<R>,
      axes?: A & CheckAxes<R, A, "sum">,
      options?: { readonly keepDim?: K },
    ): IntTensor<Reduce<R, A, K>>;
  }
}

/** Repeats a tensor along new leading axes and along axes of size 1: `expand` once every size is known. */
export const broadcast = defineOp<[x: Operand, shape: readonly SizeLike[]], { shape: readonly Size[] }>({
  name: "broadcast",
  parse: (x, shape) => ({ args: [x], attributes: { shape: toShape("broadcast", shape) } }),
  infer([x], { shape }) {
    const from = x.shape;
    if (shape.some((each) => (constantOf(each) ?? 1) < 1)) {
      shapeFault("expand: a size is not positive", "sizes of at least 1", printShape(shape));
    }
    const lead = shape.length - from.length;
    const fits = lead >= 0 && from.every((each, axis) => isOne(each) || equal(each, shape[axis + lead] as Size));
    if (!fits) {
      shapeFault(
        `expand: ${printShape(from)} does not broadcast to ${printShape(shape)}`,
        "each size, counted from the last, equal to the wanted one or 1",
        printShape(from),
      );
    }
    return { shape, element: x.element };
  },
  gradient({ args: [x], cotangent, attributes: { shape } }) {
    const from = x.shape;
    const lead = shape.length - from.length;
    const axes = shape.flatMap((to, axis) => {
      const each = from[axis - lead];
      return each === undefined || (isOne(each) && !isOne(to)) ? [axis] : [];
    });
    const total = sumOver.node([cotangent], { axes });
    return [reshape.node([total], { shape: from })];
  },
  lowering: {
    kind: "view",
    read({ index, at, args, shape }) {
      const from = args[0].shape;
      const lead = shape.length - from.length;
      return at(
        0,
        from.map((each, axis) => (isOne(each) ? zero : (index[axis + lead] as Size))),
      );
    },
  },
  simplify({ args: [from], shape }): Expression | undefined {
    if (equalAll(from.shape, shape)) return from.expression;
    return isOp(from, broadcast) ? broadcast.node([(from.args[0] as Rewritable).expression], { shape }) : undefined;
  },
  evaluate([x], { shape }) {
    const from = x.shape;
    const lead = shape.length - from.length;
    const own = stridesOf(from).map((stride, axis) => (from[axis] === 1 ? 0 : stride));
    const strides = shape.map((_, axis) => own[axis - lead] ?? 0);
    return pick(x.data, offsetsOf(shape, strides));
  },
});

/** `x` in the given shape; the same expression if it has it. */
export function broadcastTo(x: Expression, shape: readonly Size[]): Expression {
  return equalAll(x.shape, shape) ? x : broadcast.node([x], { shape });
}

/** The sum over the named axes, which disappear. In float32 it is accumulated in double and rounded once. */
export const sumOver = defineOp<[x: Operand, axes: readonly number[]], { axes: readonly number[] }>({
  name: "sum",
  parse: (x, axes) => ({ args: [x], attributes: { axes } }),
  infer([x], { axes }) {
    const { shape, element } = x;
    if (element === "bool") typeFault("sum: the elements are bools", "float or int32", [x], "toInt() counts them");
    return { shape: shape.filter((_, axis) => !axes.includes(axis)), element };
  },
  gradient({ args: [x], cotangent, attributes: { axes } }) {
    const { shape } = x;
    const kept = reshape.node([cotangent], { shape: keptShape(shape, axes) });
    return [broadcastTo(kept, shape)];
  },
  lowering: {
    kind: "reduce",
    axes: ({ axes }) => axes,
    reducer: {
      initial: (element, accumulator) => [constant(0, element === "i32" ? "i32" : accumulator)],
      step: ([sum], value) => [add(sum as Scalar, convert(value, (sum as Scalar).type))],
      merge: ([left], [right]) => [add(left as Scalar, right as Scalar)],
      result: ([sum], type) => convert(sum as Scalar, type),
    },
  },
  simplify: ({ args: [x], attributes: { axes } }) => (axes.length === 0 ? x.expression : undefined),
  staysNonNegative: ([x]) => x === true,
  perturbation: (run, _, bound) => run(bound),
  evaluate([x], { attributes: { axes } }) {
    const from = x.shape;
    const kept = from.map((each, axis) => (axes.includes(axis) ? 1 : each));
    const strides = stridesOf(kept).map((stride, axis) => (axes.includes(axis) ? 0 : stride));
    const result = new Float64Array(kept.reduce((a, b) => a * b, 1));
    const places = offsetsOf(from, strides);
    for (let i = 0; i < places.length; i++) {
      const to = places[i] as number;
      result[to] = (result[to] as number) + (x.data[i] as number);
    }
    return result;
  },
});

export interface ReduceOptions {
  /** Keep the reduced axes, with size 1. Default false. */
  readonly keepDim?: boolean;
}

/** Whether the options of a reduction keep its axes; they may hold the others beside. */
export function keepsDim(name: string, options: ReduceOptions = {}, others: readonly string[] = []): boolean {
  checkOptions(name, options, [...others, "keepDim"]);
  const { keepDim = false } = options;
  requireSwitch(name, "keepDim", keepDim);
  return keepDim;
}

/** Wraps a primitive reduction that drops its axes into the public form with optional axes and `keepDim`. */
export function reduction(
  name: string,
  primitive: Op<[x: Operand, axes: readonly number[]], { axes: readonly number[] }>,
): (x: Expression, axes?: number | readonly number[], options?: ReduceOptions) => Expression {
  return (x, axes, options) => {
    const over = axesOf(name, axes, x.shape.length);
    const keepDim = keepsDim(name, options);
    const result = primitive(x, over);
    return keepDim ? reshape(result, keptShape(x.shape, over)) : result;
  };
}

/** Sum over axes, all of them by default. */
export const sum = reduction("sum", sumOver);

addMethods({ sum });
