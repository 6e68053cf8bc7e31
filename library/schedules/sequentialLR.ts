import { fail } from "../../compiler/diagnostics.js";
import { checkOptions, entry } from "../../compiler/ir/guards.js";
import type { HostNumber } from "../../compiler/ir/tensorMethods.js";
import type { Schedule } from "../../compiler/optimizers/schedule.js";
import {
  firstValue,
  first,
  continueFrom,
  scheduleOf,
  type ScheduleDefinition,
  type UpdateContext,
} from "./scheduleDefinition.js";
import { requireMilestones } from "./options.js";
import { partsOf } from "./parts.js";
import { choose } from "./scalars.js";

export interface SequentialLR {
  /**
   * One schedule after another, PyTorch's `SequentialLR`: each begins at its milestone, with its own initial value and
   * t = 0. (`swaLR` and `multiplicativeLR` continue from the last value of the one before.)
   */
  (
    schedules: readonly (Schedule | number)[],
    options: {
      /** The numbers of the updates at which the second schedule begins, the third, and so on, in ascending order. */
      readonly milestones: readonly number[];
    },
  ): Schedule;
}

function updatesOf(name: string, definitions: readonly ScheduleDefinition[], begins: readonly number[]): number {
  definitions.forEach((definition, i) => {
    const length = (begins[i + 1] ?? 0) - (begins[i] as number);
    if (definition.updates === undefined || i === definitions.length - 1 || length <= definition.updates) return;
    fail({
      code: "invalid-argument",
      message: `${name}: schedule ${i + 1} ends before the next one begins`,
      expected: `a milestone at most ${(begins[i] as number) + definition.updates}`,
      found: `${begins[i + 1]}, and ${definition.name} for ${definition.updates} updates`,
    });
  });
  return (begins.at(-1) as number) + (definitions.at(-1)?.updates ?? Infinity);
}

export const sequentialLR: SequentialLR = entry("sequentialLR", (schedules, options) => {
  const name = "sequentialLR";
  const { definitions, shared, context: contextOf, advance } = partsOf(name, schedules);
  checkOptions(name, options, ["milestones"]);
  const { milestones } = options;
  requireMilestones(name, milestones, 1, "rising");
  if (milestones.length !== definitions.length - 1) {
    fail({
      code: "invalid-argument",
      message: `${name}: the milestones do not fit the schedules`,
      expected: `${definitions.length - 1} for ${definitions.length} schedules`,
      found: String(milestones.length),
    });
  }
  const begins = [0, ...milestones];
  const updates = updatesOf(name, definitions, begins);
  const continues = definitions.some((each, i) => i > 0 && each.from !== undefined);
  const since = (i: number, t: HostNumber): HostNumber => (i === 0 ? t : t.sub(begins[i] as number));

  /** What belongs to the schedule whose turn it is. */
  const current = (t: HostNumber, of: (definition: ScheduleDefinition, i: number) => HostNumber): HostNumber =>
    definitions.map(of).reduceRight((later, each, i) => choose(t.lt(begins[i + 1] as number), each, later));
  const value = (update: UpdateContext, initial: HostNumber | number): HostNumber =>
    current(update.t, (each, i) => {
      const own = i === 0 ? initial : (each.from?.(update.next["left"] as HostNumber) ?? each.initial ?? NaN);
      return each.value(contextOf(i, update, since(i, update.t)), own);
    });
  const { initial } = definitions[0] as ScheduleDefinition;
  return scheduleOf({
    name,
    ...(initial !== undefined && { initial }),
    ...(updates < Infinity && { updates }),
    ...((continues || Object.keys(shared).length > 0) && {
      // `last` is the value of the last update, `left` that of the last one before a milestone.
      shared: { ...shared, ...(continues && { last: 0, left: 0 }) },
      advance(context) {
        const { t, shared: before } = context;
        const next = advance(context, (i) => {
          const [from, to] = [begins[i] as number, begins[i + 1]];
          const left = to === undefined ? null : t.lt(to);
          return { t: since(i, t), active: i === 0 ? left : left ? t.ge(from).mul(left) : t.ge(from) };
        });
        if (!continues) return next;
        const [last, left] = [before["last"] as HostNumber, before["left"] as HostNumber];
        const reached = milestones.map((each) => t.eq(each)).reduce((any, each) => any.add(each));
        const kept = { ...next, left: choose(reached, last, left) };
        return { ...kept, last: value({ ...context, next: kept }, initial ?? NaN) };
      },
    }),
    value,
    start: (from) => firstValue(definitions[0] as ScheduleDefinition, from),
    step: (from, update) =>
      current(update.t, (each, i) => {
        const later = continueFrom(each, from, contextOf(i, update, since(i, update.t)));
        if (i === 0) return later;
        const restarted = each.value(first(each), each.from?.(from) ?? each.initial ?? NaN);
        return choose(update.t.eq(begins[i] as number), restarted, later);
      }),
  });
});
