import { entry } from "../../compiler/ir/guards.js";
import { scheduleOf, resultOf, type StatelessSchedule } from "./scheduleDefinition.js";
import { requireFunction, requireInitial, type ScheduleFunction } from "./options.js";

export interface LambdaLR {
  /** `initial * f(t)`, PyTorch's `LambdaLR`. `(t) => f(t).mul(initial)` is the same schedule. */
  (initial: number, factor: ScheduleFunction): StatelessSchedule;
}

export const lambdaLR: LambdaLR = entry("lambdaLR", (initial: number, factor: ScheduleFunction) => {
  requireInitial("lambdaLR", initial);
  requireFunction("lambdaLR", "the second argument", factor);
  return scheduleOf({ name: "lambdaLR", initial, value: ({ t }, from) => resultOf("lambdaLR", factor(t)).mul(from) });
});
