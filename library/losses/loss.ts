/** What losses have in common: their options, the agreement of their operands, and the reduction at their end. */
import { requireWord } from "../../compiler/ir/guards.js";
import { requireTensor, shapeFault, typeFault, type Expression } from "../../compiler/ir/op.js";
import type {
  CheckAxes,
  CheckBroadcast,
  ShapeFault,
  Is,
  Match,
  MatchRows,
  Replace,
  Shape,
  Show,
} from "../../compiler/ir/shape.js";
import { equalAll, printShape, type Size } from "../../compiler/ir/size.js";
import type { IntTensor, Tensor } from "../../compiler/ir/tensorMethods.js";
import { broadcastTo, sum } from "../../compiler/ops/broadcast.js";
import { clamp } from "../../compiler/ops/clamp.js";
import { div } from "../../compiler/ops/div.js";
import { requireElement } from "../../compiler/ops/elementwise.js";
import { mean } from "../../compiler/ops/mean.js";
import { mul } from "../../compiler/ops/mul.js";
import { stopGradient } from "../../compiler/ops/stopGradient.js";

// --- Types ---

export type Reduction = "mean" | "sum" | "none";

/** The shape of a loss whose elements are of shape S. */
// prettier-ignore
export type Reduced<S extends Shape, R> =
  [R] extends ["none"] ? S
  : "none" extends R ? Shape
  : [];

export interface ReductionOption<R> {
  /** `"mean"` of all elements (the default), their `"sum"`, or `"none"`: a loss for each element. */
  readonly reduction?: R;
}

/** An operand of the shape of another one; a shape that is still unknown is itself. */
// prettier-ignore
export type Same<Op extends string, S extends Shape, T extends Shape> =
  Is<S, T, unknown> extends true ? Tensor<T>
  : Match<S, T> extends null ? `${Op}: ${Show<S>} and ${Show<T>} are not one shape`
  : Tensor<T>;

/** One integer for each row of S. */
export type Labels<Op extends string, S extends Shape, N extends Shape, What extends string = "logits"> =
  MatchRows<S, N> extends null ? `${Op}: ${What} ${Show<S>} and labels ${Show<N>} do not go together` : IntTensor<N>;

/** A factor for each element of S. */
export type Weights<Op extends string, S extends Shape, W extends Shape> =
  CheckBroadcast<W, S, Op> extends ShapeFault<infer Sentence> ? Sentence : Tensor<W>;

/** S without the axis of the classes; an axis that is not there is the fault of the axis alone. */
// prettier-ignore
export type Rows<S extends Shape, A extends number> =
  CheckAxes<S, A, ""> extends ShapeFault<string> ? Shape
  : Is<A, -1, S> extends true
    ? S extends readonly [...infer R extends Shape, unknown] ? R : Shape
    : Replace<S, A, []>;

// --- Operands ---

export function requireFloat(name: string, what: string, value: Expression): void {
  requireElement(name, requireTensor(name, value, what), ["float"]);
}

export function requireInteger(name: string, what: string, value: Expression): void {
  if (requireTensor(name, value, what).element === "int32") return;
  const hint = `toInt() makes integers of them, argmax(-1) of one-hot rows; an input is declared with "int32"`;
  typeFault(
    `${name}: the ${what} are not integers`,
    `int32 ${what}, the number of the class for each row`,
    [value],
    hint,
  );
}

/** Ends the build unless both are float tensors of one shape. */
export function requireSame(
  name: string,
  first: Expression,
  second: Expression,
  what = ["prediction", "target"],
): void {
  requireFloat(name, what[0] as string, first);
  requireFloat(name, what[1] as string, second);
  if (equalAll(first.shape, second.shape)) return;
  shapeFault(
    `${name}: ${printShape(first.shape)} and ${printShape(second.shape)} are not one shape`,
    `a ${what[1]} ${printShape(first.shape)}`,
    printShape(second.shape),
  );
}

/** Ends the build unless `labels` have the given shape, one for each row of `of`. */
export function requireRows(
  name: string,
  [what, of]: readonly [what: string, of: Expression],
  [called, labels]: readonly [called: string, labels: Expression],
  rows: readonly Size[],
): void {
  if (equalAll(labels.shape, rows)) return;
  shapeFault(
    `${name}: ${what} ${printShape(of.shape)} and ${called} ${printShape(labels.shape)} do not go together`,
    `${called} ${printShape(rows)}, one for each row of ${what}`,
    printShape(labels.shape),
  );
}

export const reductions: readonly Reduction[] = ["mean", "sum", "none"];

// --- The end of a loss ---

/** The 1e-12 by which PyTorch keeps divisors from 0: it is a float32 there in every precision. */
export const epsilon = Math.fround(1e-12);

/** `max(x, 0)`, with the gradient of PyTorch's `clamp_min`: 1 at 0, where that of `relu` is 0. */
export const atLeastZero = (x: Expression): Expression => clamp(x, 0, Infinity);

/** The elements of a loss as its result; a mean divides by their number, or by what is given instead. */
export function reduce(elements: Expression, reduction: Reduction, count?: Expression): Expression {
  if (reduction === "none") return elements;
  if (reduction === "sum") return sum(elements);
  return count ? div(sum(elements), count) : mean(elements);
}

/** Factors for the elements of a loss, repeated to their shape; no gradient flows to them. */
export function weightsFor(name: string, weight: Expression, shape: readonly Size[], what = "weight"): Expression {
  requireFloat(name, what, weight);
  const lead = shape.length - weight.shape.length;
  const fits = weight.shape.every((each, axis) => each.key === "1" || each.key === shape[axis + lead]?.key);
  if (lead < 0 || !fits) {
    shapeFault(
      `${name}: the ${what} ${printShape(weight.shape)} does not broadcast to ${printShape(shape)}`,
      "each size, counted from the last, equal to that of the target or 1",
      printShape(weight.shape),
    );
  }
  return broadcastTo(stopGradient(weight), shape);
}

/** The end of a loss over elements: factors, then the reduction. */
export function finish(
  name: string,
  elements: Expression,
  { reduction = "mean", weight }: { readonly reduction?: Reduction; readonly weight?: Expression },
): Expression {
  requireWord(name, "reduction", reduction, reductions);
  const weighted = weight === undefined ? elements : mul(elements, weightsFor(name, weight, elements.shape));
  return reduce(weighted, reduction);
}
