/** Whether a call's update happens: only every k-th call, and only if the gradients are finite. */
import { asExpression, asHostNumber, asTensor } from "../../ir/asTensor.js";
import type { Expression } from "../../ir/op.js";
import type { BoolTensor, Tensor } from "../../ir/tensorMethods.js";
import { cast } from "../../ops/cast.js";
import { hyper } from "../../ops/hyper.js";
import { total } from "../../ops/sumInDouble.js";
import { sharedCell, sharedScalar } from "../../ops/kept.js";
import { where } from "../../ops/where.js";
import type { Training } from "../../optimizers/training.js";
import type { NextScalarState } from "./sharedNumbers.js";

/** The name of the kept number of calls that were left out. */
export const skippedName = "skipped";

const inDouble = (each: Expression): Expression =>
  each.element === "double" ? each : cast.node([each], { to: "double" });

export class Gate {
  /** A host scalar: 1 in the calls that update, 0 in those that only add their gradients. */
  readonly #apply: Expression | null;
  readonly #skips: boolean;
  #finite: Expression | null = null;

  constructor({ accumulate, skipNonFinite }: Training) {
    const call = asHostNumber(hyper("call"));
    const turn = call.sub(call.div(accumulate).floor().mul(accumulate));
    this.#apply = accumulate > 1 ? asExpression(turn.eq(accumulate - 1)) : null;
    this.#skips = skipNonFinite;
  }

  /** The gradients, including accumulated ones, that decide whether a call is left out. */
  watch(gradients: readonly Expression[]): void {
    if (!this.#skips) return;
    const faults = gradients.map((each) => {
      const g = asTensor(each);
      // x - x is NaN if x is infinite or NaN, else 0.
      return asHostNumber(total(where(asExpression((g as Tensor<[1]>).sub(g as Tensor<[1]>).eq(0)), 0, 1)));
    });
    this.#finite = asExpression(faults.reduce((sum, each) => sum.add(each)).eq(0));
  }

  /** The next value if the update happens, else the old one. */
  pass(next: Expression, old: Expression): Expression {
    const valid = this.#finite ? where(this.#finite, next, old) : next;
    return this.#apply ? where(this.#apply, valid, old) : valid;
  }

  /** The next value of a state of the model, which stays as it is if some gradient is not finite. */
  passState(next: Expression, old: Expression): Expression {
    return this.#finite ? where(this.#finite, next, old) : next;
  }

  /** The same for a number that is kept in double. */
  passNumber({ value, old, when }: NextScalarState): Expression {
    const [next, before] = [inDouble(value), inDouble(old)];
    if (when === "call" || !(this.#apply || this.#finite)) return next;
    const passed = this.pass(next, before);
    return when === "update" ? passed : where(when, next, passed);
  }

  /** The gradients that stay accumulated: none from a call that is left out, and none after an update. */
  reset(sum: Expression, old: Expression): Expression {
    const clean = this.#finite ? where(this.#finite, sum, old) : sum;
    return this.#apply ? where(this.#apply, 0, clean) : clean;
  }

  /** The number of calls that were left out. */
  cells(of: string): NextScalarState[] {
    if (!this.#finite) return [];
    const old = sharedScalar("", skippedName);
    const more = asExpression(asHostNumber(inDouble(old)).add(1));
    const value = where(this.#finite, inDouble(old), more);
    const cell = sharedCell({ function: of, name: skippedName, initial: 0, isCount: true });
    return [{ cell, value, old, when: "call" }];
  }

  /** Whether this call is left out. */
  skipped(): Expression | null {
    if (!this.#finite) return null;
    const flag = where(this.#finite, 0, 1);
    return asExpression(asTensor<[]>(flag).gt(0) as BoolTensor<[]>);
  }
}
