import { scheduleOf, type ScheduleDefinition, type StatelessSchedule } from "./scheduleDefinition.js";

/** A schedule of the learning rate, with a schedule of the momentum, which moves the other way. */
export interface CyclicSchedule extends StatelessSchedule {
  /** The schedule itself, for use beside `momentum`. */
  readonly lr: StatelessSchedule;
  /** For the momentum, or for the first of the betas. */
  readonly momentum: StatelessSchedule;
}

/** Both schedules of a cycle, from what makes either. */
export function cycle(
  make: (of: "lr" | "momentum") => ScheduleDefinition & { readonly shared?: undefined },
): CyclicSchedule {
  const lr = scheduleOf(make("lr"));
  return Object.freeze(Object.assign(lr, { lr, momentum: scheduleOf(make("momentum")) }));
}
