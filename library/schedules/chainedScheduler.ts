import { fail } from "../../compiler/diagnostics.js";
import { entry } from "../../compiler/ir/guards.js";
import type { HostNumber } from "../../compiler/ir/tensorMethods.js";
import type { Schedule } from "../../compiler/optimizers/schedule.js";
import {
  firstValue,
  continueFrom,
  scheduleOf,
  type ScheduleDefinition,
  type UpdateContext,
} from "./scheduleDefinition.js";
import { partsOf } from "./parts.js";
import { choose, scalarConstant } from "./scalars.js";

export interface ChainedScheduler {
  /**
   * Several schedules of one value at once, PyTorch's `ChainedScheduler`: in each update, each schedule in turn makes
   * its step from the value that the one before left. So factors multiply; a schedule that does not depend on the value
   * before (a function of t, warm restarts, a cycle) overwrites it. All others begin with the same initial value.
   */
  (schedules: readonly (Schedule | number)[]): Schedule;
}

/** The initial value of those that go on from one. */
function initialOf(name: string, definitions: readonly ScheduleDefinition[]): number | undefined {
  const initials = definitions.flatMap(({ initial, step }) => (step && initial !== undefined ? [initial] : []));
  if (initials.some((each) => each !== initials[0])) {
    fail({
      code: "invalid-argument",
      message: `${name}: the schedules begin with different values`,
      expected: "one initial value, which all of them change",
      found: initials.join(", "),
    });
  }
  return initials[0];
}

export const chainedScheduler: ChainedScheduler = entry("chainedScheduler", (schedules) => {
  const name = "chainedScheduler";
  const { definitions, shared, context: contextOf, advance } = partsOf(name, schedules);
  const initial = initialOf(name, definitions);
  const updates = Math.min(...definitions.map((each) => each.updates ?? Infinity));
  const start = (current: HostNumber): HostNumber =>
    definitions.reduce((value, each) => firstValue(each, value), current);
  const step = (current: HostNumber, update: UpdateContext): HostNumber =>
    definitions.reduce((value, each, i) => continueFrom(each, value, contextOf(i, update, update.t)), current);
  const common = {
    name,
    start,
    step,
    ...(initial !== undefined && { initial }),
    ...(updates < Infinity && { updates }),
  };

  if (definitions.every((each) => each.factor !== undefined)) {
    const factor = (update: UpdateContext): HostNumber =>
      definitions
        .map((each, i) => each.factor?.(contextOf(i, update, update.t)) as HostNumber)
        .reduce((product, each) => product.mul(each));
    return scheduleOf({
      ...common,
      ...(Object.keys(shared).length > 0 && { shared, advance: (context) => advance(context, () => context) }),
      factor,
      value: (update, from) => factor(update).mul(from),
    });
  }
  return scheduleOf({
    ...common,
    shared: { ...shared, value: initial ?? 0 },
    advance(context) {
      const next = advance(context, () => context);
      const first = start(scalarConstant(initial ?? 0));
      const later = step(context.shared["value"] as HostNumber, { ...context, next });
      return { ...next, value: choose(context.t.eq(0), first, later) };
    },
    value: ({ next }) => next["value"] as HostNumber,
  });
});
