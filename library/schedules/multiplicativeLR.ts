import { entry } from "../../compiler/ir/guards.js";
import type { HostNumber } from "../../compiler/ir/tensorMethods.js";
import type { Schedule } from "../../compiler/optimizers/schedule.js";
import { scheduleOf, resultOf } from "./scheduleDefinition.js";
import { requireFunction, requireInitial, type ScheduleFunction } from "./options.js";
import { choose, scalarConstant } from "./scalars.js";

export interface MultiplicativeLR {
  /**
   * `initial * f(1) * f(2) * ... * f(t)`, PyTorch's `MultiplicativeLR`. The product is kept from update to update, and
   * saved with the state. In a sequence it begins with `f(0)` times the last value of the schedule before it.
   */
  (initial: number, factor: ScheduleFunction): Schedule;
}

export const multiplicativeLR: MultiplicativeLR = entry(
  "multiplicativeLR",
  (initial: number, factor: ScheduleFunction) => {
    requireInitial("multiplicativeLR", initial);
    requireFunction("multiplicativeLR", "the second argument", factor);
    const at = (t: HostNumber) => resultOf("multiplicativeLR", factor(t));
    return scheduleOf({
      name: "multiplicativeLR",
      initial,
      shared: { product: 1 },
      advance: ({ t, shared: { product } }) => ({ product: choose(t.eq(0), 1, at(t)).mul(product as HostNumber) }),
      factor: ({ next: { product } }) => product as HostNumber,
      value: ({ next: { product } }, from) => (product as HostNumber).mul(from),
      start: (current) => current,
      step: (current, { t }) => current.mul(at(t)),
      from: (last) => last.mul(at(scalarConstant(0))),
    });
  },
);
