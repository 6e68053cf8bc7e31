/** Losses of one label for each row: what is asked of their operands, which rows count, and how much. */
import { fail } from "../../compiler/diagnostics.js";
import { describeValue, requireWord } from "../../compiler/ir/guards.js";
import type { Expression } from "../../compiler/ir/op.js";
import { shapeFault } from "../../compiler/ir/op.js";
import type { AreNamed, CheckAxes, Dim, Match, PositionsOf, Shape, Show } from "../../compiler/ir/shape.js";
import { constantOf, equalAll, printShape, type Size } from "../../compiler/ir/size.js";
import type { Tensor } from "../../compiler/ir/tensorMethods.js";
import { isOp } from "../../compiler/ir/graph.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { clamp } from "../../compiler/ops/clamp.js";
import { classLabels } from "../../compiler/ops/classLabels.js";
import { eq } from "../../compiler/ops/compare.js";
import { gather } from "../../compiler/ops/gather.js";
import { input } from "../../compiler/ops/input.js";
import { reductions, requireFloat, requireInteger, requireRows } from "./loss.js";
import type { Reduction, ReductionOption, Rows } from "./loss.js";
import { mul } from "../../compiler/ops/mul.js";
import { pick } from "../../compiler/ops/gatherLast.js";
import { axisOf } from "../../compiler/ops/reshape.js";
import { stopGradient } from "../../compiler/ops/stopGradient.js";
import { transpose } from "../../compiler/ops/transpose.js";
import { where } from "../../compiler/ops/where.js";

/** The options that `crossEntropy` and `nll` share, for classes of S along axis A. */
export interface ClassOptions<
  Op extends string,
  S extends Shape,
  W extends Shape,
  A extends number,
  R,
> extends ReductionOption<R> {
  /**
   * A factor for each class, [classes]; a mean divides by the sum of the factors of the labels. No gradient flows to
   * it.
   */
  readonly weight?: ClassWeight<Op, S, A, W>;
  /** The label of rows to ignore, such as -100; it need not be a class. None by default. */
  readonly ignoreIndex?: number;
  /** The axis of the classes, the last one by default; the labels have the other axes. */
  readonly axis?: A & CheckAxes<S, A, Op>;
}

// prettier-ignore
type ClassWeight<Op extends string, S extends Shape, A extends number, W extends Shape> =
  Match<Classes<S, A>, W> extends null ? `${Op}: weights ${Show<W>} for classes ${Show<Classes<S, A>>}` : Tensor<W>;

/** The axis of the classes alone. */
// prettier-ignore
type Classes<S extends Shape, A extends number> =
  S extends readonly [...Shape, infer C extends Dim]
    ? A extends -1 ? [C]
    : AreNamed<S, A> extends true ? [S[PositionsOf<S, A> & keyof S & number] & Dim]
    : [number]
  : [number];

/** What is wrong with labels where `Rows` and their shape differ. */
export type LabelsFault<
  Op extends string,
  What extends string,
  S extends Shape,
  N extends Shape,
> = `${Op}: ${What} ${Show<S>} and labels ${Show<N>} do not go together`;

export type LabelsFit<S extends Shape, A extends number, N extends Shape> =
  Match<Rows<S, A>, N> extends null ? false : true;

export interface LabelOptions {
  readonly reduction?: Reduction;
  readonly weight?: Expression;
  readonly ignoreIndex?: number;
  readonly axis?: number;
}

/** x with the axis of the classes moved to the end. */
export function classesLast(name: string, what: string, x: Expression, axis = -1): Expression {
  requireFloat(name, what, x);
  const { shape } = x;
  if (shape.length === 0) shapeFault(`${name}: ${what} [] have no classes`, `${what} [..., classes]`, "[]");
  const along = axisOf(name, axis, shape.length);
  if (along === shape.length - 1) return x;
  return transpose(x, [...shape.keys()].filter((each) => each !== along).concat(along));
}

/**
 * Ends the build unless labels go with rows of x, whose classes are the last axis, and the options have their forms.
 */
export function checkLabelled(
  name: string,
  what: string,
  x: Expression,
  labels: Expression,
  { reduction = "mean", ignoreIndex, weight }: LabelOptions,
): void {
  requireInteger(name, "labels", labels);
  requireRows(name, [what, x], ["labels", labels], x.shape.slice(0, -1));
  requireWord(name, "reduction", reduction, reductions);
  if (weight !== undefined) checkClassWeight(name, weight, x);
  if (ignoreIndex === undefined || (Number.isInteger(ignoreIndex) && (ignoreIndex | 0) === ignoreIndex)) return;
  fail({
    code: "invalid-argument",
    message: `${name}: ignoreIndex is not a label`,
    expected: "a whole number of 32 bits, such as -100",
    found: describeValue(ignoreIndex),
  });
}

export function checkClassWeight(name: string, weight: Expression, x: Expression): void {
  requireFloat(name, "weight", weight);
  const classes = x.shape.slice(-1);
  if (equalAll(weight.shape, classes)) return;
  const [found, wanted] = [printShape(weight.shape), printShape(classes)];
  shapeFault(`${name}: weights ${found} for classes ${wanted}`, `one weight for each class, ${wanted}`, found);
}

/** What the labels make of the rows. */
export interface RowsOfLabels {
  /** The labels as indices of classes. */
  readonly at: Expression;
  /** Whether a row is ignored; null if none is. */
  readonly ignored: Expression | null;
  /** The weight of the class of each row; null where all are 1. */
  readonly weight: Expression | null;
}

export function rowsOf(
  labels: Expression,
  classes: Size,
  weight: Expression | undefined,
  ignoreIndex: number | undefined,
): RowsOfLabels {
  const ignored = ignoreIndex === undefined ? null : eq(labels, ignoreIndex);
  const isClass = ignoreIndex !== undefined && ignoreIndex >= 0 && ignoreIndex < (constantOf(classes) ?? 0);
  const checked = classLabels(labels, classes, isClass ? undefined : ignoreIndex);
  const chosen = ignored && !isClass ? where(ignored, 0, checked) : checked;
  const at = isOp(labels, input) ? chosen : inRange(chosen, classes);
  return { at, ignored, weight: weight ? gather(stopGradient(weight), at) : null };
}

/**
 * Labels as they are read, where a call has not checked all of them: they are taken for the nearest class. So the
 * gradient falls on the class whose probability the value is.
 */
function inRange(labels: Expression, classes: Size): Expression {
  const count = constantOf(classes);
  return count === null ? labels : clamp(labels, 0, count - 1);
}

/** What a mean divides by: the weights of the rows that are not ignored; undefined where that is their number. */
export function countOf({ ignored, weight }: RowsOfLabels): Expression | undefined {
  if (ignored) return sum(where(ignored, 0, weight ?? 1));
  return weight ? sum(weight) : undefined;
}

/** The log-probability of the label of each row, times its weight; 0 where the row is ignored. */
export function likelihood(logProbabilities: Expression, rows: RowsOfLabels): Expression {
  const { at, ignored, weight } = rows;
  const picked = pick(logProbabilities, at);
  const scaled = weight ? mul(picked, weight) : picked;
  return ignored ? where(ignored, 0, scaled) : scaled;
}
