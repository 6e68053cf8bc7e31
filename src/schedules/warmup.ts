import { checkOptions, entry, requireOption } from "../../compiler/ir/guards.js";
import type { Scalar } from "../../compiler/ir/tensorMethods.js";
import type { Schedule } from "../../compiler/optimizers/schedule.js";
import { advanced, begin, courseOf, first, goOn, made, type Course, type Moment } from "./scheduleDefinition.js";
import { requireCount } from "./options.js";
import { between, choose } from "./scalars.js";

export interface Warmup {
  /**
   * Any schedule, or a constant, after a linear warm-up: for `steps` updates the value goes up to the schedule's first
   * one along a line, then the schedule begins with t = 0. It is PyTorch's `SequentialLR` of a `LinearLR` and the
   * schedule.
   */
  (
    steps: number,
    schedule: Schedule | number,
    options?: {
      /** The part of the schedule's first value that the first update has: above 0, to 1. Default `1 / (steps + 1)`. */
      readonly startFactor?: number;
    },
  ): Schedule;
}

export const warmup: Warmup = entry("warmup", (steps, schedule, options = {}) => {
  requireCount("warmup", "steps", steps);
  checkOptions("warmup", options, ["startFactor"]);
  const { startFactor = 1 / (steps + 1) } = options;
  requireOption("warmup", "startFactor", startFactor, startFactor > 0 && startFactor <= 1, "a number above 0, to 1");
  const course = courseOf("warmup", schedule);
  const ramp = (t: Scalar): Scalar => between(startFactor, 1, t.div(steps));
  const after = (moment: Moment): Moment => ({ ...moment, t: moment.t.sub(steps) });
  const joined = (of: (moment: Moment) => Scalar) => (moment: Moment) =>
    choose(moment.t.lt(steps), of(first(course)).mul(ramp(moment.t)), of(after(moment)));
  return made({
    ...course,
    name: "warmup",
    ...(course.updates !== undefined && { updates: course.updates + steps }),
    ...(course.shared && {
      advance: (context) => advanced(course, { ...context, t: context.t.sub(steps) }, context.t.ge(steps)),
    }),
    value: (moment, initial) => joined((each) => course.value(each, initial))(moment),
    ...(course.factor && { factor: joined((each) => (course.factor as Required<Course>["factor"])(each)) }),
    ...(course.step && {
      start: (current) => begin(course, current).mul(startFactor),
      step: (current, moment) =>
        choose(
          moment.t.le(steps),
          current.mul(ramp(moment.t)).div(ramp(moment.t.sub(1))),
          goOn(course, current, after(moment)),
        ),
    }),
  });
});
