/** Averages of parameters and states over the steps. */
import type { Expression } from "../../ir/op.js";
import type { Scalar, Tensor } from "../../ir/tensorMethods.js";
import { hyper } from "../../ops/hyper.js";
import { sharedCell, sharedScalar } from "../../ops/update.js";
import { where } from "../../ops/where.js";
import type { Average } from "../../optimizers/average.js";
import type { NextCell } from "./sharedNumbers.js";

/** The name of the number of values that the averages are made of. */
export const countName = "averaged";

export interface Averaging {
  readonly average: Average;
  /** How many values the averages are made of, before this step. */
  readonly count: Scalar;
  /** Whether this step's values are taken. */
  readonly takes: Scalar | null;
  readonly cells: readonly NextCell[];
}

export function averageCells(of: string, average: Average): Averaging {
  const step = hyper("step") as unknown as Scalar;
  const old = sharedScalar("", countName);
  const count = old as unknown as Scalar;
  let takes: Scalar | null = null;
  if (average.kind === "swa") {
    const after = step.sub(average.start);
    const turn = after.sub(after.div(average.every).floor().mul(average.every));
    takes = where(after.ge(0) as unknown as Expression, turn.eq(0) as unknown as Expression, 0) as unknown as Scalar;
  }
  const cell = sharedCell({ function: of, name: countName, initial: 0, isCount: true });
  const value = count.add(takes ?? 1) as unknown as Expression;
  return { average, count, takes, cells: [{ cell, value, old, when: "update" }] };
}

/** The average after this step, in which `next` is the value of what is averaged. */
export function averaged({ average, count, takes }: Averaging, twin: Expression, next: Expression): Expression {
  const [before, value] = [twin, next] as unknown as [Tensor<[1]>, Tensor<[1]>];
  const moved =
    average.kind === "ema"
      ? before.mul(average.decay).add(value.mul(1 - average.decay))
      : before.add(value.sub(before).div(count.add(1)));
  const taken = where(count.eq(0) as unknown as Expression, next, moved as unknown as Expression);
  return takes ? where(takes as unknown as Expression, taken, twin) : taken;
}

/** What is read instead of the value that is averaged, given how many there have been. */
export const averageOr = (value: Expression, twin: Expression, count: Scalar): Expression =>
  where(count.eq(0) as unknown as Expression, value, twin);
