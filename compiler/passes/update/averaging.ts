/** Averages of parameters and states over the steps. */
import { asExpression, asHostNumber, asTensor } from "../../ir/asTensor.js";
import type { Expression } from "../../ir/op.js";
import type { HostNumber } from "../../ir/tensorMethods.js";
import { hyper } from "../../ops/hyper.js";
import { sharedCell, sharedScalar } from "../../ops/kept.js";
import { where } from "../../ops/where.js";
import type { Average } from "../../optimizers/average.js";
import type { NextScalarState } from "./sharedNumbers.js";

/** The name of the kept number that counts the values in the averages. */
export const countName = "averaged";

export interface Averaging {
  readonly average: Average;
  /** The number of values in the averages before this step. */
  readonly count: HostNumber;
  /** Whether this step's values enter the averages. */
  readonly takes: HostNumber | null;
  readonly cells: readonly NextScalarState[];
}

export function averageCells(of: string, average: Average): Averaging {
  const step = asHostNumber(hyper("step"));
  const old = sharedScalar("", countName);
  const count = asHostNumber(old);
  let takes: HostNumber | null = null;
  if (average.kind === "swa") {
    const after = step.sub(average.start);
    const turn = after.sub(after.div(average.every).floor().mul(average.every));
    takes = asHostNumber(where(asExpression(after.ge(0)), asExpression(turn.eq(0)), 0));
  }
  const cell = sharedCell({ function: of, name: countName, initial: 0, isCount: true });
  const value = asExpression(count.add(takes ?? 1));
  return { average, count, takes, cells: [{ cell, value, old, when: "update" }] };
}

/** The average after this step, to which `next` is added. */
export function averaged({ average, count, takes }: Averaging, twin: Expression, next: Expression): Expression {
  const [before, value] = [asTensor<[1]>(twin), asTensor<[1]>(next)];
  const moved =
    average.kind === "ema"
      ? before.mul(average.decay).add(value.mul(1 - average.decay))
      : before.add(value.sub(before).div(count.add(1)));
  const taken = where(asExpression(count.eq(0)), next, asExpression(moved));
  return takes ? where(asExpression(takes), taken, twin) : taken;
}

/** The value that functions read in place of the averaged one, given the number of values so far. */
export const averageOr = (value: Expression, twin: Expression, count: HostNumber): Expression =>
  where(asExpression(count.eq(0)), value, twin);
