/** What schedules refuse. */
import { fail } from "../../compiler/diagnostics.js";
import { describeValue, requireOption } from "../../compiler/ir/guards.js";
import type { HostNumber } from "../../compiler/ir/tensorMethods.js";

/** A function of t that a schedule is given. */
export type ScheduleFunction = (t: HostNumber) => HostNumber | number;

export function requireInitial(name: string, value: unknown): void {
  if (typeof value === "number" && Number.isFinite(value)) return;
  fail({
    code: "invalid-argument",
    message: `${name}: the first argument is not the initial value`,
    expected: "a finite number, such as 0.1; the options come second",
    found: describeValue(value),
  });
}

export function requireCount(name: string, option: string, value: unknown, least = 1): void {
  requireOption(
    name,
    option,
    value,
    Number.isSafeInteger(value) && (value as number) >= least,
    `a whole number from ${least}`,
  );
}

export function requireFinite(name: string, option: string, value: unknown): void {
  requireOption(name, option, value, Number.isFinite(value), "a finite number");
}

/** A number in [0, 1]. */
export function requirePart(name: string, option: string, value: unknown): void {
  requireOption(name, option, value, (value as number) >= 0 && (value as number) <= 1, "a number from 0 to 1");
}

export function requireRate(name: string, option: string, value: unknown): void {
  requireOption(
    name,
    option,
    value,
    (value as number) >= 0 && (value as number) < Infinity,
    "a finite number, at least 0",
  );
}

export function requireAbove(name: string, option: string, value: unknown): void {
  requireOption(name, option, value, (value as number) > 0 && (value as number) < Infinity, "a finite number above 0");
}

export function requireFunction(name: string, what: string, value: unknown): void {
  if (typeof value === "function") return;
  fail({
    code: "invalid-argument",
    message: `${name}: ${what} is not a function`,
    expected: "a function of t, such as (t) => t.mul(-0.05).exp()",
    found: describeValue(value),
  });
}

/** Where something happens: whole numbers that rise. */
export function requireMilestones(
  name: string,
  milestones: unknown,
  least: number,
  rising: "rising" | "in any order",
): void {
  const list = Array.isArray(milestones) ? (milestones as readonly unknown[]) : [];
  const whole = list.every((each) => Number.isSafeInteger(each) && (each as number) >= least);
  const ordered =
    rising === "in any order" || list.every((each, i) => i === 0 || (list[i - 1] as number) < (each as number));
  if (Array.isArray(milestones) && whole && ordered) return;
  fail({
    code: "invalid-argument",
    message: `${name}: the milestones are not usable`,
    expected: `an array of whole numbers from ${least}${rising === "rising" ? ", each above the one before it" : ""}`,
    found: describeValue(milestones),
  });
}
