/** Several schedules in one. */
import { fail } from "../../compiler/diagnostics.js";
import { describeValue } from "../../compiler/ir/guards.js";
import type { HostNumber } from "../../compiler/ir/tensorMethods.js";
import type { Schedule, ScheduleContext } from "../../compiler/optimizers/schedule.js";
import {
  advanced,
  definitionOf,
  type ScheduleDefinition,
  type Kept,
  type UpdateContext,
} from "./scheduleDefinition.js";

export interface Parts {
  readonly definitions: readonly ScheduleDefinition[];
  /** The numbers that they keep: `product` of the second is `product_2`. */
  readonly shared: Readonly<Record<string, number>>;
  /** What part i sees of an update, whose t it counts in its own way. */
  context(i: number, update: UpdateContext, t: HostNumber): UpdateContext;
  /** What all of them keep from an update on; each says by `active` when it goes on, and stands still elsewhere. */
  advance(
    context: ScheduleContext,
    at: (i: number) => { readonly t: HostNumber; readonly active?: HostNumber | null },
  ): Kept;
}

/** The parts that a container of this name was given. */
export function partsOf(name: string, schedules: unknown): Parts {
  if (!Array.isArray(schedules) || schedules.length === 0) {
    fail({
      code: "invalid-argument",
      message: `${name}: the first argument is not a list of schedules`,
      expected: "an array of schedules, such as [linearLR(0.1), exponentialLR(0.1, { gamma: 0.9 })]",
      found: describeValue(schedules),
    });
  }
  const definitions = (schedules as readonly (Schedule | number)[]).map((each) => definitionOf(name, each));
  const feedback = definitions.find((each) => each.needsMetric);
  if (feedback !== undefined) {
    fail({
      code: "invalid-argument",
      message: `${name}: ${feedback.name} cannot be one of several schedules`,
      expected: "schedules that are functions of t, or keep what follows from t",
      found: feedback.name,
      hint: "warmup may come before any schedule",
    });
  }
  const names = definitions.map(({ shared = {} }, i) =>
    Object.keys(shared).map((own) => [own, `${own}_${i + 1}`] as const),
  );
  const ownOf = (i: number, kept: Kept): Kept =>
    Object.fromEntries((names[i] ?? []).map(([own, label]) => [own, kept[label] as HostNumber]));
  return {
    definitions,
    shared: Object.fromEntries(
      definitions.flatMap(({ shared = {} }, i) =>
        (names[i] ?? []).map(([own, label]) => [label, shared[own] as number]),
      ),
    ),
    context: (i, update, t) => ({ ...update, t, shared: ownOf(i, update.shared), next: ownOf(i, update.next) }),
    advance: (context, at) =>
      Object.fromEntries(
        definitions.flatMap((definition, i) => {
          const { t, active } = at(i);
          const shared = ownOf(i, context.shared);
          const next = advanced(definition, { ...context, t, shared }, active);
          return (names[i] ?? []).map(([own, label]) => [label, next[own] as HostNumber]);
        }),
      ),
  };
}
