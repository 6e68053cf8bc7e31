/** The contraction: a product of two tensors summed over named axes. Every matrix product is one. */
import type { DotDimensions } from "../ir/lowering.js";
import { isOp } from "../ir/graph.js";
import type { Dense, Expression, Operand, Rewritable, TensorType } from "../ir/op.js";
import { defineOp, shapeFault, typeFault } from "../ir/op.js";
import { equal, printShape, type Size } from "../ir/size.js";
import { countOf, offsetsOf, stridesOf } from "./rowMajor.js";
import { transpose } from "./transpose.js";

type Side = 0 | 1;

/** The axes of one side that are neither batch nor contracted, in order. */
export function freeAxes(rank: number, dimensions: DotDimensions, side: Side): number[] {
  const taken = [...dimensions.batch, ...dimensions.contract].map((pair) => pair[side]);
  return Array.from({ length: rank }, (_, axis) => axis).filter((axis) => !taken.includes(axis));
}

type DotAttributes = DotDimensions & Record<string, unknown>;

/**
 * The cotangent of one side: the other side contracted with the result's cotangent over the other's free axes. Of the
 * two orders of that product it takes the one whose result has the side's own axis order, so that the gradient of a
 * weight lies in memory as the weight does.
 */
function sideCotangent(
  side: Side,
  x: Expression,
  y: Expression,
  cotangent: Expression,
  all: DotDimensions,
): Expression {
  const other: Side = side === 0 ? 1 : 0;
  const [xFree, yFree] = [freeAxes(x.shape.length, all, side), freeAxes(y.shape.length, all, other)];
  const batches = all.batch.length;
  // The result's axes: batch, free of the first argument, free of the second.
  const start = batches + (side === 0 ? xFree.length : 0);
  const yFreeInResult = yFree.map((_, position) => start + position);
  const cotangentFirst: DotDimensions = {
    batch: all.batch.map((pair, position) => [position, pair[other]] as const),
    contract: yFree.map((axis, position) => [yFreeInResult[position] as number, axis] as const),
  };
  const batchAxes = all.batch.map((pair) => pair[side]);
  // The result keeps the contracted axes of y, in y's order; each corresponds to an axis of x.
  const contracted = [...all.contract].sort((a, b) => a[other] - b[other]).map((pair) => pair[side]);
  const orders = [
    { axes: [...batchAxes, ...xFree, ...contracted], swap: false },
    { axes: [...batchAxes, ...contracted, ...xFree], swap: true },
  ];
  const inOrder = orders.find(({ axes }) => axes.every((axis, position) => axis === position));
  const { axes, swap } = inOrder ?? (orders[0] as (typeof orders)[number]);
  const flip = (pairs: DotDimensions["batch"]) => pairs.map(([a, b]) => [b, a] as const);
  const product = swap
    ? dot.node([y, cotangent], { batch: flip(cotangentFirst.batch), contract: flip(cotangentFirst.contract) })
    : dot.node([cotangent, y], { ...cotangentFirst });
  if (inOrder) return product;
  return transpose.node([product], { permutation: x.shape.map((_, axis) => axes.indexOf(axis)) });
}

/** A product whose result is transposed is the product of its operands in the other order. */
function swapped(
  [x, y]: readonly [Expression, Expression],
  { batch, contract }: DotDimensions,
  permutation: readonly number[],
): Expression | undefined {
  const batches = batch.length;
  const left = freeAxes(x.shape.length, { batch, contract }, 0).length;
  const wanted = [
    ...Array.from({ length: batches }, (_, axis) => axis),
    ...Array.from({ length: permutation.length - batches - left }, (_, axis) => batches + left + axis),
    ...Array.from({ length: left }, (_, axis) => batches + axis),
  ];
  if (permutation.some((axis, position) => axis !== wanted[position])) return undefined;
  const flip = (pairs: DotDimensions["batch"]) => pairs.map(([a, b]) => [b, a] as const);
  return dot.node([y, x], { batch: flip(batch), contract: flip(contract) });
}

/** A product reads a transposed operand as it lies, if that leaves the order of its free axes alone. */
function throughTransposes({ args, attributes }: Rewritable<DotAttributes>): Expression | undefined {
  let dimensions: DotDimensions = attributes;
  const operands = [...args];
  for (const side of [0, 1] as const) {
    const from = operands[side] as Rewritable;
    if (!isOp(from, transpose)) continue;
    const permutation = from.attributes["permutation"] as readonly number[];
    const moved = (pairs: DotDimensions["batch"]) =>
      pairs.map(
        ([a, b]) =>
          (side === 0 ? [permutation[a] as number, b] : [a, permutation[b] as number]) as readonly [number, number],
      );
    const next: DotDimensions = { batch: moved(dimensions.batch), contract: moved(dimensions.contract) };
    const before = freeAxes(permutation.length, dimensions, side).map((axis) => permutation[axis] as number);
    if (freeAxes(permutation.length, next, side).some((axis, position) => axis !== before[position])) continue;
    dimensions = next;
    operands[side] = from.args[0] as Rewritable;
  }
  if (operands.every((operand, side) => operand === args[side])) return undefined;
  return dot.node(
    operands.map(({ expression }) => expression),
    { batch: dimensions.batch, contract: dimensions.contract },
  );
}

/**
 * Sums `x * y` over the pairs of axes in `contract`; the result has the axes of `batch`, then the free axes of x,
 * then those of y. It is accumulated in ascending order of the contracted index, in double on the JavaScript target,
 * and rounded once.
 */
export const dot = defineOp<[x: Operand, y: Operand, dimensions: DotDimensions], DotAttributes>({
  name: "dot",
  noun: "product",
  parse: (x, y, dimensions) => ({ args: [x, y], attributes: { ...dimensions } }),
  infer([left, right], dimensions) {
    for (const side of [left, right]) {
      if (side.element !== "float")
        typeFault("matmul: the elements are not floats", "float", [side], "toFloat() converts");
    }
    for (const [a, b] of [...dimensions.batch, ...dimensions.contract]) {
      if (equal(left.shape[a] as Size, right.shape[b] as Size)) continue;
      shapeFault(
        `matmul: inner dimensions differ: ${printShape(left.shape)} @ ${printShape(right.shape)}`,
        `${left.shape[a]?.key} along axis ${b} of the right side, as along axis ${a} of the left`,
        `${right.shape[b]?.key}`,
        right.shape.length === 2 && equal(left.shape[a] as Size, right.shape[1 - b] as Size)
          ? "transpose the right side: x.matmul(y.transpose())"
          : undefined,
      );
    }
    const free = (type: TensorType, side: Side) =>
      freeAxes(type.shape.length, dimensions, side).map((axis) => type.shape[axis] as Size);
    const batch = dimensions.batch.map(([a]) => left.shape[a] as Size);
    return { shape: [...batch, ...free(left, 0), ...free(right, 1)], element: "float" };
  },
  gradient: ({ args: [x, y], cotangent, attributes }) => [
    sideCotangent(0, x, y, cotangent, attributes),
    sideCotangent(1, y, x, cotangent, attributes),
  ],
  lowering: { kind: "contract", dimensions: (attributes) => attributes },
  simplify: throughTransposes,
  transposed: swapped,
  evaluate([left, right], { attributes, shape }) {
    /** Where the elements lie along some axes of a side. */
    const along = ({ shape: from }: Dense, axes: readonly number[]): Int32Array => {
      const strides = stridesOf(from);
      const pick = (all: readonly number[]) => axes.map((axis) => all[axis] as number);
      return offsetsOf(pick(from), pick(strides));
    };
    const { batch, contract } = attributes;
    const sides = [left, right].map((side, which) => ({
      batch: along(
        side,
        batch.map((pair) => pair[which] as number),
      ),
      free: along(side, freeAxes(side.shape.length, attributes, which as Side)),
      depth: along(
        side,
        contract.map((pair) => pair[which] as number),
      ),
    }));
    const [of, with_] = sides as [(typeof sides)[0], (typeof sides)[0]];
    const result = new Float64Array(countOf(shape));
    let position = 0;
    for (const [group, leftBatch] of of.batch.entries()) {
      for (const leftFree of of.free) {
        for (const rightFree of with_.free) {
          const [leftBase, rightBase] = [leftBatch + leftFree, (with_.batch[group] as number) + rightFree];
          let sum = 0;
          for (let k = 0; k < of.depth.length; k++) {
            const a = left.data[leftBase + (of.depth[k] as number)] as number;
            sum += a * (right.data[rightBase + (with_.depth[k] as number)] as number);
          }
          result[position++] = sum;
        }
      }
    }
    return result;
  },
});
