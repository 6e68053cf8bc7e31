import { made, type Course, type Formula } from "./scheduleDefinition.js";

/** A schedule of the learning rate, and on it one of the momentum, which goes the other way. */
export interface Cycle extends Formula {
  /** The schedule itself, to be written beside `momentum`. */
  readonly lr: Formula;
  /** For the momentum, or for the first of the betas. */
  readonly momentum: Formula;
}

/** Both schedules of a cycle, from what makes either. */
export function cycle(make: (of: "lr" | "momentum") => Course & { readonly shared?: undefined }): Cycle {
  const lr = made(make("lr"));
  return Object.freeze(Object.assign(lr, { lr, momentum: made(make("momentum")) }));
}
