/**
 * What a schedule of this folder is made of. A `Schedule` is a function of t, or one that keeps numbers;
 * `chainedScheduler`, `sequentialLR` and `warmup` have to know more: where it begins, and how it goes on from a value that
 * others have changed.
 */
import { asHostNumber } from "../../compiler/ir/asTensor.js";
import { fail } from "../../compiler/diagnostics.js";
import { describeValue, entry } from "../../compiler/ir/guards.js";
import { isExpression } from "../../compiler/ir/op.js";
import type { HostNumber } from "../../compiler/ir/tensorMethods.js";
import { isStateful, schedule, type Schedule, type ScheduleContext } from "../../compiler/optimizers/schedule.js";
import { choose, scalarConstant } from "./scalars.js";

/** A schedule that keeps nothing: a function of t, which may also be called with any other scalar. */
export type StatelessSchedule = (t: HostNumber) => HostNumber;

export type Kept = Readonly<Record<string, HostNumber>>;

/** What is known in an update: t, the metric, what was kept before (`shared`) and is kept from now on (`next`). */
export type UpdateContext = ScheduleContext & { readonly next: Kept };

export interface ScheduleDefinition {
  readonly name: string;
  /** The value that it begins with, PyTorch's `initial_lr`; nothing is known of the user's own. */
  readonly initial?: number;
  /** Numbers that are kept from update to update, with their initial values. */
  readonly shared?: Readonly<Record<string, number>>;
  /** What is kept from update t on. */
  advance?(context: ScheduleContext): Kept;
  /** The value in update t, if it begins with `initial`. */
  value(update: UpdateContext, initial: HostNumber | number): HostNumber;
  /** What `value` multiplies `initial` by, if that is all it does. */
  factor?(update: UpdateContext): HostNumber;
  /** Its first value, where others in a chain have made `current` of the initial one. */
  start?(current: HostNumber): HostNumber;
  /** What update t > 0 makes of the value of the update before, which others in a chain may have changed. */
  step?(current: HostNumber, update: UpdateContext): HostNumber;
  /** The value that it begins with in a sequence, if that comes from the last one of the schedule before it. */
  from?(last: HostNumber): HostNumber;
  /** How many updates it is for, if it ends. */
  readonly updates?: number;
  /** Whether the program has to feed it: then it stands alone, or behind a warm-up. */
  readonly needsMetric?: boolean;
}

/** The first value, where others have made `current` of the initial one. */
export const firstValue = (definition: ScheduleDefinition, current: HostNumber): HostNumber =>
  definition.start?.(current) ?? definition.value(first(definition), definition.initial ?? NaN);

/** The value in update t > 0, after `current`. */
export const continueFrom = (definition: ScheduleDefinition, current: HostNumber, update: UpdateContext): HostNumber =>
  definition.step?.(current, update) ?? definition.value(update, definition.initial ?? NaN);

/** The first update, with what is kept in it. */
export function first(definition: ScheduleDefinition): UpdateContext {
  const { shared = {} } = definition;
  const initial = Object.fromEntries(Object.entries(shared).map(([name, value]) => [name, scalarConstant(value)]));
  const context = { t: scalarConstant(0), metric: scalarConstant(NaN), shared: initial };
  return { ...context, next: advanced(definition, context) };
}

const definitions = new WeakMap<object, ScheduleDefinition>();

/** The schedule that a definition describes. */
export function scheduleOf(definition: ScheduleDefinition & { readonly shared?: undefined }): StatelessSchedule;
export function scheduleOf(definition: ScheduleDefinition): Schedule;
export function scheduleOf(definition: ScheduleDefinition): Schedule {
  const { initial = NaN, shared, updates } = definition;
  const bare: Schedule =
    shared === undefined
      ? entry(definition.name, (t: HostNumber) =>
          definition.value(stateless(requireHostNumber(definition.name, t)), initial),
        )
      : schedule({
          shared,
          advance: (context) => advanced(definition, context),
          value: (update) => definition.value(update, initial),
        });
  const result =
    updates === undefined ? bare : Object.assign(typeof bare === "function" ? bare : { ...bare }, { updates });
  definitions.set(result, definition);
  return result;
}

/** What a schedule is called with, which users may do themselves. */
function requireHostNumber(name: string, t: unknown): HostNumber {
  if (isExpression(t) && t.element === "scalar") return asHostNumber(t);
  return fail({
    code: "invalid-argument",
    message: `${name}: t is not a scalar`,
    expected: "the scalar that a schedule is given, or one made from it, such as t.add(1)",
    found: describeValue(t),
  });
}

/** Update t, with nothing kept and no metric. */
export const stateless = (t: HostNumber): UpdateContext => ({ t, metric: scalarConstant(NaN), shared: {}, next: {} });

/** What a definition keeps from an update on, if it is `active` there; else it stands still. */
export function advanced(
  definition: ScheduleDefinition,
  context: ScheduleContext,
  active: HostNumber | null = null,
): Kept {
  const next = definition.advance?.(context) ?? {};
  if (active === null) return next;
  return Object.fromEntries(
    Object.entries(next).map(([name, value]) => [name, choose(active, value, context.shared[name] as HostNumber)]),
  );
}

/** The definition of anything that may stand for a hyper-parameter. */
export function definitionOf(owner: string, given: unknown): ScheduleDefinition {
  const known =
    typeof given === "function" || (typeof given === "object" && given) ? definitions.get(given) : undefined;
  if (known !== undefined) return known;
  if (typeof given === "number" && Number.isFinite(given)) {
    return multiplying(String(given), given, () => scalarConstant(1));
  }
  if (isStateful(given)) return { ...given, name: "a schedule that keeps numbers" };
  if (typeof given === "function") {
    return { name: "a function of t", value: ({ t }) => resultOf(owner, (given as (t: HostNumber) => unknown)(t)) };
  }
  return fail({
    code: "invalid-argument",
    message: `${owner}: this is not a schedule`,
    expected: "a schedule such as stepLR(0.1, { stepSize: 30 }), or a function of t",
    found: describeValue(given),
  });
}

/** The definition of a schedule that multiplies its initial value by a factor that depends on t alone. */
export function multiplying(
  name: string,
  initial: number,
  factorAt: StatelessSchedule,
): ScheduleDefinition & { readonly shared?: undefined } {
  return {
    name,
    initial,
    factor: ({ t }) => factorAt(t),
    value: ({ t }, from) => factorAt(t).mul(from),
    start: (current) => current.mul(factorAt(scalarConstant(0))),
    step(current, { t }) {
      const before = factorAt(t.sub(1));
      return choose(before.eq(0), current, current.mul(factorAt(t)).div(before));
    },
  };
}

/** What a function of the user's gave, as a scalar. */
export function resultOf(owner: string, found: unknown): HostNumber {
  if (typeof found === "number" && Number.isFinite(found)) return scalarConstant(found);
  if (isExpression(found) && found.element === "scalar") return asHostNumber(found);
  return fail({
    code: "invalid-argument",
    message: `${owner}: the function did not return a scalar`,
    expected: "a scalar made from t, such as t.mul(-0.05).exp(), or a number",
    found: describeValue(found),
  });
}
