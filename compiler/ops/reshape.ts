/** Another shape over the same elements, in row-major order. */
import { fail } from "../diagnostics.js";
import { describeValue } from "../ir/guards.js";
import { isOp } from "../ir/graph.js";
import type { Expression, Operand, Rewritable } from "../ir/op.js";
import { linearIndex, splitLinear } from "../ir/linearIndex.js";
import { addMethods, defineOp, shapeFault, toShape } from "../ir/op.js";
import {
  constantOf,
  equal,
  equalAll,
  floorDiv,
  mul,
  one,
  printShape,
  product,
  size,
  type Size,
  type SizeLike,
} from "../ir/size.js";
import type { CheckStated, Shape, Stated } from "../ir/shape.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * The same elements in another shape, in row-major order. One size may be -1: the build computes it, and the type
     * has `number` there. A size or a name puts it into the type instead; the build proves that the numbers of elements
     * are equal. The gradient is `dy` in the shape of x.
     */
    reshape<R extends Shape, const T extends Shape>(
      this: Tensor<R>,
      shape: readonly [...T] & CheckStated<T, "reshape">,
    ): Tensor<Stated<T>>;
  }

  interface IntTensorMethods {
    /**
     * The same elements in another shape, in row-major order. One size may be -1: the build computes it, and the type
     * has `number` there. A size or a name puts it into the type instead; the build proves that the numbers of elements
     * are equal.
     */
    reshape<R extends Shape, const T extends Shape>(
      this: IntTensor<R>,
      shape: readonly [...T] & CheckStated<T, "reshape">,
    ): IntTensor<Stated<T>>;
  }

  interface BoolTensorMethods {
    /**
     * The same elements in another shape, in row-major order. One size may be -1: the build computes it, and the type
     * has `number` there. A size or a name puts it into the type instead; the build proves that the numbers of elements
     * are equal.
     */
    reshape<R extends Shape, const T extends Shape>(
      this: BoolTensor<R>,
      shape: readonly [...T] & CheckStated<T, "reshape">,
    ): BoolTensor<Stated<T>>;
  }
}

/** Maps an index from one shape to another of as many elements; axes that agree from either end are left alone. */
export function reindex(index: readonly Size[], from: readonly Size[], to: readonly Size[]): Size[] {
  const same = (a: Size | undefined, b: Size | undefined) => a !== undefined && b !== undefined && equal(a, b);
  let lead = 0;
  while (lead < to.length && same(from[lead], to[lead])) lead++;
  let tail = 0;
  while (tail < Math.min(from.length, to.length) - lead && same(from[from.length - 1 - tail], to[to.length - 1 - tail]))
    tail++;
  const middle = linearIndex(index.slice(lead, from.length - tail), from.slice(lead, from.length - tail));
  return [
    ...index.slice(0, lead),
    ...splitLinear(middle, to.slice(lead, to.length - tail)),
    ...index.slice(from.length - tail),
  ];
}

function fill(shape: readonly SizeLike[], from: readonly Size[]): Size[] {
  const sizes = toShape("reshape", shape);
  const open = shape.indexOf(-1);
  if (sizes.some((each, axis) => axis !== open && (constantOf(each) ?? 1) < 1 && shape[axis] !== -1)) {
    fail({
      code: "invalid-shape",
      message: "reshape: a size is not positive",
      expected: "sizes of at least 1, and -1 for at most one that is worked out",
      found: printShape(sizes),
    });
  }
  if (open < 0) return sizes;
  if (shape.indexOf(-1, open + 1) >= 0) {
    shapeFault("reshape: more than one size is -1", "at most one -1", printShape(sizes));
  }
  const [all, known] = [product(from), product(sizes.map((each, axis) => (axis === open ? one : each)))];
  const rest = floorDiv(all, known);
  return equal(mul(rest, known), all) ? sizes.map((each, axis) => (axis === open ? rest : each)) : sizes;
}

export const reshape = defineOp<[x: Operand, shape: readonly SizeLike[]], { shape: readonly Size[] }>({
  name: "reshape",
  parse: (x, shape) => ({ args: [x], attributes: { shape: fill(shape, (x as Expression).shape ?? []) } }),
  infer([x], { shape }) {
    const from = x.shape;
    if (!equal(product(from), product(shape))) {
      shapeFault(
        `reshape: ${printShape(from)} and ${printShape(shape)} have different numbers of elements`,
        `${product(from).key} elements`,
        `${product(shape).key} elements`,
        "write -1 for one of the sizes to have it worked out",
      );
    }
    return { shape, element: x.element };
  },
  gradient: ({ args: [x], cotangent }): [Expression] => [reshape.node([cotangent], { shape: x.shape })],
  lowering: {
    kind: "view",
    read: ({ index, at, shape, args }) => at(0, reindex(index, shape, args[0].shape)),
  },
  simplify({ args: [from], shape }): Expression | undefined {
    if (equalAll(from.shape, shape)) return from.expression;
    return isOp(from, reshape) ? reshape.node([(from.args[0] as Rewritable).expression], { shape }) : undefined;
  },
  evaluate: ([x]) => x.data,
});

/** The number of an axis, counted from 0; negative numbers count from the end. */
export function axisOf(name: string, axis: number, rank: number): number {
  const found = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(axis) && found >= 0 && found < rank) return found;
  return fail({
    code: "invalid-axis",
    message: `${name}: there is no axis ${typeof axis === "number" ? axis : describeValue(axis)}`,
    expected: rank === 0 ? "no axis: the tensor has rank 0" : `an axis from ${-rank} to ${rank - 1}`,
    found: describeValue(axis),
  });
}

/** Axes as sorted numbers from 0, all of them if none are named; a repeated one is an error. */
export function axesOf(name: string, axes: number | readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  if (typeof axes !== "number" && !Array.isArray(axes)) {
    const isOptions = typeof axes === "object" && axes !== null;
    fail({
      code: "invalid-axis",
      message: `${name}: the axes are neither a number nor an array of numbers`,
      expected: "an axis, an array of axes, or undefined for all of them",
      found: describeValue(axes),
      hint: isOptions ? `options stand after the axes: ${name}(undefined, { ... }) for all axes` : undefined,
    });
  }
  const named = (typeof axes === "number" ? [axes] : axes).map((axis) => axisOf(name, axis, rank));
  const sorted = [...new Set(named)].sort((a, b) => a - b);
  if (sorted.length !== named.length) {
    fail({
      code: "invalid-axis",
      message: `${name}: an axis is named twice`,
      expected: "each axis once",
      found: `[${String(axes)}]`,
    });
  }
  return sorted;
}

/** The shape with size 1 at the given axes: what `keepDim` makes. */
export function keptShape(shape: readonly Size[], axes: readonly number[]): Size[] {
  return shape.map((each, axis) => (axes.includes(axis) ? size(1) : each));
}

/** Whether the size is the number 1. */
export const isOne = (a: Size): boolean => constantOf(a) === 1;

addMethods({ reshape });
