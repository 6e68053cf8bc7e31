import { fail } from "../../compiler/diagnostics.js";
import { entry } from "../../compiler/ir/guards.js";
import type { Scalar } from "../../compiler/ir/tensorMethods.js";
import type { Schedule } from "../../compiler/optimizers/schedule.js";
import { begin, goOn, made, type Course, type Moment } from "./scheduleDefinition.js";
import { partsOf } from "./parts.js";
import { choose, numeral } from "./scalars.js";

export interface ChainedScheduler {
  /**
   * Several schedules of one value at once, PyTorch's `ChainedScheduler`: in each update one after another makes its
   * step from what the others have made of the value. So factors multiply; a schedule that is no step from the value
   * before (a function of t, warm restarts, a cycle) overwrites what those before it made. All others begin with one
   * initial value.
   */
  (schedules: readonly (Schedule | number)[]): Schedule;
}

/** The initial value of those that go on from one. */
function initialOf(name: string, courses: readonly Course[]): number | undefined {
  const initials = courses.flatMap(({ initial, step }) => (step && initial !== undefined ? [initial] : []));
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
  const { courses, shared, moment: momentOf, advance } = partsOf(name, schedules);
  const initial = initialOf(name, courses);
  const updates = Math.min(...courses.map((each) => each.updates ?? Infinity));
  const start = (current: Scalar): Scalar => courses.reduce((value, each) => begin(each, value), current);
  const step = (current: Scalar, moment: Moment): Scalar =>
    courses.reduce((value, each, i) => goOn(each, value, momentOf(i, moment, moment.t)), current);
  const common = {
    name,
    start,
    step,
    ...(initial !== undefined && { initial }),
    ...(updates < Infinity && { updates }),
  };

  if (courses.every((each) => each.factor !== undefined)) {
    const factor = (moment: Moment): Scalar =>
      courses
        .map((each, i) => each.factor?.(momentOf(i, moment, moment.t)) as Scalar)
        .reduce((product, each) => product.mul(each));
    return made({
      ...common,
      ...(Object.keys(shared).length > 0 && { shared, advance: (context) => advance(context, () => context) }),
      factor,
      value: (moment, from) => factor(moment).mul(from),
    });
  }
  return made({
    ...common,
    shared: { ...shared, value: initial ?? 0 },
    advance(context) {
      const next = advance(context, () => context);
      const first = start(numeral(initial ?? 0));
      const later = step(context.shared["value"] as Scalar, { ...context, next });
      return { ...next, value: choose(context.t.eq(0), first, later) };
    },
    value: ({ next }) => next["value"] as Scalar,
  });
});
