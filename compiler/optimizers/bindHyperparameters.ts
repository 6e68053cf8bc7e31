/** Turns chosen options into the values that an optimizer's formula sees, and into the variables of the host. */
import { asHostNumber } from "../ir/asTensor.js";
import { fail, nearest } from "../diagnostics.js";
import { describeValue } from "../ir/guards.js";
import { evaluateScalar } from "../ir/evaluate.js";
import { hostScalarOf } from "../ir/hostScalar.js";
import { isExpression, literal, type Expression } from "../ir/op.js";
import type { HostNumber } from "../ir/tensorMethods.js";
import { hyper as hyperLeaf } from "../ops/hyper.js";
import { sharedScalar } from "../ops/kept.js";
import {
  describeRange,
  inRange,
  type HyperOf,
  type HyperRules,
  type OptionsOf,
  type Range,
} from "./hyperparameters.js";
import { isStateful, updatesOf, type Schedule, type StatefulSchedule } from "./schedule.js";

/** One run-time hyper-parameter: a host variable. */
export interface HyperVariable {
  /** The variable's name: `lr`, `beta1`; a group's own is `biases.lr`. */
  readonly variable: string;
  /** The option to which it belongs, and its position if the option has several numbers: `betas`, 0. */
  readonly option: string;
  readonly position: number | null;
  /** The group to which it belongs alone. */
  readonly group: string | null;
  /** The default, unless `schedule` gives it. */
  readonly value: number;
  readonly schedule: Expression | null;
  /** How many updates the schedule is for, if it ends. */
  readonly updates?: number;
  readonly range: Range;
}

/** A schedule that keeps numbers: their initial values, and their next ones. */
export interface KeptSchedule {
  readonly shared: Readonly<Record<string, number>>;
  readonly next: Readonly<Record<string, Expression>>;
}

export interface BoundOptions {
  readonly variables: readonly HyperVariable[];
  readonly schedules: readonly KeptSchedule[];
  readonly hyper: HyperOf<HyperRules>;
  /** The numbers that are known when the model is built. */
  readonly built: Readonly<Record<string, unknown>>;
}

function invalid(optimizer: string, option: string, expected: string, found: unknown, hint?: string): never {
  return fail({
    code: "invalid-hyper",
    message: `${optimizer}: option '${option}' has an unusable value`,
    expected,
    found: describeValue(found),
    hint,
  });
}

/** Refuses a default beyond float32 in a float32 model, as calls do. */
export function requireSingle({ name, variables }: { readonly name: string; variables: readonly HyperVariable[] }) {
  for (const { option, value, range } of variables)
    if (Number.isFinite(value) && !Number.isFinite(Math.fround(value)))
      invalid(
        name,
        option,
        `${describeRange(range)}, of float32`,
        value,
        'float32 ends at 3.4e38: choose another value, or precision: "float64" for the model',
      );
}

function checkNames(name: string, rules: HyperRules, options: unknown): asserts options is object {
  if (typeof options !== "object" || options === null || Array.isArray(options) || isExpression(options)) {
    fail({
      code: "invalid-hyper",
      message: `${name}: the options are not an object`,
      expected: `options such as { ${Object.keys(rules)[0]}: ... }`,
      found: describeValue(options),
    });
  }
  for (const given of Object.keys(options)) {
    if (Object.hasOwn(rules, given)) continue;
    const near = nearest(given, [...Object.keys(rules), "groups"]);
    fail({
      code: "invalid-hyper",
      message: `${name}: there is no option '${given}'`,
      expected: `one of ${Object.keys(rules).join(", ")}`,
      found: given,
      hint: near === undefined ? undefined : `did you mean ${near}?`,
    });
  }
}

/** The option `metric` of a call, such as a loss, which schedules read; NaN in calls without it. */
const metric: HyperVariable = {
  variable: "metric",
  option: "metric",
  position: null,
  group: null,
  value: NaN,
  schedule: null,
  range: {},
};

/** The number that an option has before the first update. */
function valueAtStart(given: unknown): unknown {
  const scalar = (value: number) => asHostNumber(literal(value, "scalar"));
  let start: unknown = given;
  if (isStateful(given)) {
    const { shared: initial, advance, value } = given as StatefulSchedule;
    const shared = Object.fromEntries(Object.entries(initial).map(([key, number]) => [key, scalar(number)]));
    const context = { t: scalar(0), shared, metric: scalar(NaN) };
    start = value({ ...context, next: advance(context) });
  } else if (typeof given === "function") start = (given as (t: HostNumber) => unknown)(scalar(0));
  if (!isExpression(start) || start.element !== "scalar") return start;
  const variable = (): number => NaN;
  return evaluateScalar(hostScalarOf(start), { variable });
}

/** `own` are the options whose numbers are the group's own variables; null if all of a group's options are. */
export function bindOptions(
  name: string,
  rules: HyperRules,
  options: OptionsOf<HyperRules>,
  group: string | null,
  own: object | null,
): BoundOptions {
  checkNames(name, rules, options);
  const variables: HyperVariable[] = [];
  const schedules: KeptSchedule[] = [];

  /** The value over time, if it has one. */
  const scheduled = (option: string, label: string, given: Schedule, keep: boolean): unknown => {
    const t = asHostNumber(hyperLeaf("step")).sub(1).named("t");
    if (!isStateful(given)) return given(t);
    const { shared: initial } = given as StatefulSchedule;
    const called = (key: string): string => `${label}.${key}`;
    const shared = Object.fromEntries(
      Object.keys(initial).map((key) => [key, asHostNumber(sharedScalar("", called(key)))]),
    );
    const context = { t, shared, metric: asHostNumber(hyperLeaf("metric")) };
    const next = given.advance(context);
    for (const key of Object.keys(initial)) {
      const value: unknown = next?.[key];
      if (isExpression(value) && value.element === "scalar") continue;
      invalid(name, option, `a schedule whose advance gives a scalar for '${key}'`, value);
    }
    const rename = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
      Object.fromEntries(Object.keys(initial).map((key) => [called(key), record[key] as T]));
    const named = Object.entries(rename(next)).map(([key, value]) => [key, value.named(`next ${key}`)]);
    if (keep) schedules.push({ shared: rename(initial), next: Object.fromEntries(named) as KeptSchedule["next"] });
    if (!variables.some(({ variable }) => variable === "metric")) variables.push(metric);
    return given.value({ ...context, next });
  };

  const variable = (option: string, position: number | null, range: Range, given: unknown): HostNumber => {
    const plain = position === null ? option : `${option.replace(/s$/, "")}${position + 1}`;
    const isOwn = group !== null && (own === null || Object.hasOwn(own, option));
    const label = isOwn ? `${group}.${plain}` : plain;
    const keep = isOwn || group === null;
    const changes = typeof given === "function" || isStateful(given);
    const schedule = changes ? scheduled(option, label, given as Schedule, keep) : null;
    if (changes && !(isExpression(schedule) && schedule.element === "scalar") && typeof schedule !== "number")
      invalid(name, option, "a schedule that returns a scalar made from t", schedule);
    const value = typeof schedule === "number" ? schedule : given;
    const usesSchedule = changes && typeof schedule !== "number";
    if (!usesSchedule && !(typeof value === "number" && inRange(value, range)))
      invalid(name, option, describeRange(range), value);
    if (keep)
      variables.push({
        variable: label,
        option,
        position,
        group: isOwn ? group : null,
        value: usesSchedule ? NaN : (value as number),
        schedule: usesSchedule ? (schedule as Expression) : null,
        ...(usesSchedule && updatesOf(given as Schedule)),
        range,
      });
    return asHostNumber(hyperLeaf(label));
  };

  const givenFor = (option: string): unknown =>
    (Object.hasOwn(options, option) ? options[option] : undefined) ?? rules[option]?.value;

  const built: Record<string, unknown> = {};
  const seen = Object.entries(rules).map(([option, rule]): [string, unknown] => {
    const given = givenFor(option);
    switch (rule.kind) {
      case "flag":
        if (typeof given !== "boolean") invalid(name, option, "true or false", given);
        return [option, (built[option] = given)];
      case "choice":
        if (!rule.words.includes(given as string)) {
          const near = typeof given === "string" ? nearest(given, rule.words) : undefined;
          const words = rule.words.map((word) => JSON.stringify(word)).join(" or ");
          invalid(name, option, words, given, near === undefined ? undefined : `did you mean ${JSON.stringify(near)}?`);
        }
        return [option, (built[option] = given)];
      case "numbers":
        if (!Array.isArray(given) || given.length !== rule.value.length)
          return invalid(name, option, `${rule.value.length} numbers in an array`, given);
        return [
          option,
          given.map((each, position) =>
            each === null && rule.value[position] === null ? null : variable(option, position, rule.range, each),
          ),
        ];
      case "fixed":
        if (!(typeof given === "number" && inRange(given, rule.range)))
          invalid(name, option, describeRange(rule.range), given);
        return [option, (built[option] = given)];
      case "fixedNumbers":
        if (!Array.isArray(given) || given.length !== rule.value.length)
          return invalid(name, option, `${rule.value.length} numbers in an array`, given);
        for (const each of given as unknown[])
          if (!(typeof each === "number" && inRange(each, rule.range)))
            invalid(name, option, describeRange(rule.range), each);
        return [option, (built[option] = given)];
      case "initial": {
        const value = given ?? valueAtStart(givenFor(rule.of));
        if (!(typeof value === "number" && inRange(value, rule.range)))
          invalid(
            name,
            option,
            describeRange(rule.range),
            value,
            given === null ? `it is ${rule.of} at the start, as none is given` : undefined,
          );
        return [option, (built[option] = value)];
      }
      case "optional":
        return [option, given === 0 ? 0 : variable(option, null, rule.range, given)];
      case "number":
        return [option, variable(option, null, rule.range, given)];
    }
  });
  return { variables, schedules, hyper: Object.fromEntries(seen) as HyperOf<HyperRules>, built };
}
