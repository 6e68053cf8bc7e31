import { checkOptions, entry, requireOption } from "../../compiler/ir/guards.js";
import type { HostNumber } from "../../compiler/ir/tensorMethods.js";
import type { Schedule } from "../../compiler/optimizers/schedule.js";
import {
  advanced,
  firstValue,
  definitionOf,
  first,
  continueFrom,
  scheduleOf,
  type ScheduleDefinition,
  type UpdateContext,
} from "./scheduleDefinition.js";
import { requireCount } from "./options.js";
import { between, choose } from "./scalars.js";

export interface Warmup {
  /**
   * Any schedule, or a constant, after a linear warm-up: for `steps` updates the value rises linearly to the schedule's
   * first value, then the schedule begins with t = 0. It is PyTorch's `SequentialLR` of a `LinearLR` and the schedule.
   */
  (
    steps: number,
    schedule: Schedule | number,
    options?: {
      /**
       * The value of the first update, as a fraction of the schedule's first value: above 0, to 1. Default `1 / (steps
       * + 1)`.
       */
      readonly startFactor?: number;
    },
  ): Schedule;
}

export const warmup: Warmup = entry("warmup", (steps, schedule, options = {}) => {
  requireCount("warmup", "steps", steps);
  checkOptions("warmup", options, ["startFactor"]);
  const { startFactor = 1 / (steps + 1) } = options;
  requireOption("warmup", "startFactor", startFactor, startFactor > 0 && startFactor <= 1, "a number above 0, to 1");
  const definition = definitionOf("warmup", schedule);
  const ramp = (t: HostNumber): HostNumber => between(startFactor, 1, t.div(steps));
  const after = (update: UpdateContext): UpdateContext => ({ ...update, t: update.t.sub(steps) });
  const joined = (of: (update: UpdateContext) => HostNumber) => (update: UpdateContext) =>
    choose(update.t.lt(steps), of(first(definition)).mul(ramp(update.t)), of(after(update)));
  return scheduleOf({
    ...definition,
    name: "warmup",
    ...(definition.updates !== undefined && { updates: definition.updates + steps }),
    ...(definition.shared && {
      advance: (context) => advanced(definition, { ...context, t: context.t.sub(steps) }, context.t.ge(steps)),
    }),
    value: (update, initial) => joined((each) => definition.value(each, initial))(update),
    ...(definition.factor && {
      factor: joined((each) => (definition.factor as Required<ScheduleDefinition>["factor"])(each)),
    }),
    ...(definition.step && {
      start: (current) => firstValue(definition, current).mul(startFactor),
      step: (current, update) =>
        choose(
          update.t.le(steps),
          current.mul(ramp(update.t)).div(ramp(update.t.sub(1))),
          continueFrom(definition, current, after(update)),
        ),
    }),
  });
});
