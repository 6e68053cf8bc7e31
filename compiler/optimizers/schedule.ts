/** Hyper-parameters over time. */
import { fail } from "../diagnostics.js";
import { describeValue, guarded } from "../ir/guards.js";
import type { HostNumber } from "../ir/tensorMethods.js";
import { isIdentifier } from "../ir/identifier.js";

/**
 * A hyper-parameter over time: `t` is the number of updates done before this one, from 0. It is called once, when the
 * model is built, and becomes host code.
 */
export type Schedule = ((t: HostNumber) => HostNumber) | StatefulSchedule;

/** A schedule that keeps numbers from step to step; they are saved with the state. */
export interface StatefulSchedule<N extends string = string> {
  readonly shared: Readonly<Record<N, number>>;
  /** The kept numbers after this step. */
  advance(context: ScheduleContext<N>): Readonly<Record<N, HostNumber>>;
  /** The hyper-parameter in this step. */
  value(context: ScheduleContext<N> & { readonly next: Readonly<Record<N, HostNumber>> }): HostNumber;
}

/** The operands of a schedule that keeps numbers. */
export interface ScheduleContext<N extends string = string> {
  /** The number of updates done before this one, from 0. */
  readonly t: HostNumber;
  /** The kept numbers, from before this step. */
  readonly shared: Readonly<Record<N, HostNumber>>;
  /** The call's option `metric`; NaN if it has none. */
  readonly metric: HostNumber;
}

/** How many updates a schedule says that it is for: property `updates`. */
export function updatesOf(given: Schedule): { readonly updates?: number } {
  const { updates } = given as { readonly updates?: unknown };
  return typeof updates === "number" ? { updates } : {};
}

/** Whether the value of a hyper-parameter is a schedule that keeps numbers. */
export const isStateful = (given: unknown): given is StatefulSchedule => {
  const { advance, value, shared } = (typeof given === "object" && given !== null ? given : {}) as Record<
    string,
    unknown
  >;
  return typeof advance === "function" && typeof value === "function" && typeof shared === "object" && shared !== null;
};

/**
 * A schedule that keeps numbers from step to step: `shared` are their initial values, `advance` gives the next ones and
 * `value` the hyper-parameter. They are saved and loaded with the net's state.
 */
export function schedule<N extends string>(declaration: StatefulSchedule<N>): StatefulSchedule {
  return guarded("schedule", [declaration], () => {
    const isObject = typeof declaration === "object" && declaration !== null;
    for (const [part, kind] of [
      ["shared", "object"],
      ["advance", "function"],
      ["value", "function"],
    ] as const) {
      const found = isObject ? declaration[part] : undefined;
      if (typeof found === kind && found !== null) continue;
      fail({
        code: "invalid-argument",
        message: `schedule: its declaration has no usable ${part}`,
        expected: kind === "object" ? "shared: the initial values, by name" : `${part}: a function`,
        found: describeValue(isObject ? found : declaration),
      });
    }
    for (const [name, value] of Object.entries(declaration.shared)) {
      if (typeof value === "number" && Number.isFinite(value) && isIdentifier(name)) continue;
      fail({
        code: "invalid-argument",
        message: `schedule: '${name}' of shared is not usable`,
        expected: "a finite number under a JavaScript identifier",
        found: describeValue(value),
      });
    }
    return Object.freeze({ ...declaration });
  });
}
