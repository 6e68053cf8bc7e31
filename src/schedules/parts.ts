/** Several schedules in one. */
import { fail } from "../../compiler/diagnostics.js";
import { describe } from "../../compiler/ir/guards.js";
import type { Scalar } from "../../compiler/ir/tensorMethods.js";
import type { Schedule, ScheduleContext } from "../../compiler/optimizers/schedule.js";
import { advanced, courseOf, type Course, type Kept, type Moment } from "./scheduleDefinition.js";

export interface Parts {
  readonly courses: readonly Course[];
  /** The numbers that they keep: `product` of the second is `product_2`. */
  readonly shared: Readonly<Record<string, number>>;
  /** What part i sees of an update, whose t it counts in its own way. */
  moment(i: number, moment: Moment, t: Scalar): Moment;
  /** What all of them keep from an update on; each says by `active` when it goes on, and stands still elsewhere. */
  advance(context: ScheduleContext, at: (i: number) => { readonly t: Scalar; readonly active?: Scalar | null }): Kept;
}

/** The parts that a container of this name was given. */
export function partsOf(name: string, schedules: unknown): Parts {
  if (!Array.isArray(schedules) || schedules.length === 0) {
    fail({
      code: "invalid-argument",
      message: `${name}: the first argument is no list of schedules`,
      expected: "an array of schedules, such as [linearLR(0.1), exponentialLR(0.1, { gamma: 0.9 })]",
      found: describe(schedules),
    });
  }
  const courses = (schedules as readonly (Schedule | number)[]).map((each) => courseOf(name, each));
  const fed = courses.find((each) => each.fed);
  if (fed !== undefined) {
    fail({
      code: "invalid-argument",
      message: `${name}: ${fed.name} cannot be one of several schedules`,
      expected: "schedules that are functions of t, or keep what follows from t",
      found: fed.name,
      hint: "warmup goes in front of any schedule",
    });
  }
  const names = courses.map(({ shared = {} }, i) =>
    Object.keys(shared).map((own) => [own, `${own}_${i + 1}`] as const),
  );
  const ownOf = (i: number, kept: Kept): Kept =>
    Object.fromEntries((names[i] ?? []).map(([own, label]) => [own, kept[label] as Scalar]));
  return {
    courses,
    shared: Object.fromEntries(
      courses.flatMap(({ shared = {} }, i) => (names[i] ?? []).map(([own, label]) => [label, shared[own] as number])),
    ),
    moment: (i, moment, t) => ({ ...moment, t, shared: ownOf(i, moment.shared), next: ownOf(i, moment.next) }),
    advance: (context, at) =>
      Object.fromEntries(
        courses.flatMap((course, i) => {
          const { t, active } = at(i);
          const shared = ownOf(i, context.shared);
          const next = advanced(course, { ...context, t, shared }, active);
          return (names[i] ?? []).map(([own, label]) => [label, next[own] as Scalar]);
        }),
      ),
  };
}
