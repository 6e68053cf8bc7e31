/**
 * Optimizers are declared, not coded: what they keep for a parameter, and what a parameter and its state become.
 * The built-in ones use this form and nothing else.
 */
import { fail, nearest } from "../diagnostics.js";
import { describe, entry, guarded } from "../ir/arguments.js";
import { isExpression, type Expression } from "../ir/op.js";
import type { Size } from "../ir/size.js";
import type { Scalar, Tensor } from "../ir/tensor.js";
import type { Shape } from "../ir/shape.js";
// Scalars have methods: the operations install them.
import "../ops/index.js";
import { hyper as hyperLeaf } from "../ops/hyper.js";

/** A number that a call may override: it is a host variable of the compiled function. */
export interface NumberRule<Kind extends "number" | "numbers" | "optional"> {
  readonly kind: Kind;
  readonly value: Kind extends "numbers" ? readonly number[] : number;
  readonly range: Range;
}
export interface FixedRule {
  readonly kind: "fixed";
  readonly value: number;
  readonly range: Range;
}
/** A switch that fixes the graph. */
export interface FlagRule {
  readonly kind: "flag";
  readonly value: boolean;
}
export interface Range {
  /** The least allowed value. */
  readonly from?: number;
  /** Values must be below this. */
  readonly below?: number;
  /** Values must be above this. */
  readonly above?: number;
}
type Rule = NumberRule<"number"> | NumberRule<"numbers"> | NumberRule<"optional"> | FixedRule | FlagRule;
export type HyperRules = Readonly<Record<string, Rule>>;

/** A hyper-parameter with a default; the caller may give a number or a schedule. */
export const number = (value: number, range: Range = {}): NumberRule<"number"> => ({ kind: "number", value, range });
/** Several numbers under one name, such as betas. */
export const numbers = (value: readonly number[], range: Range = {}): NumberRule<"numbers"> => ({
  kind: "numbers",
  value,
  range,
});
/** A number that is left out of the graph where it is omitted or 0: `hyper.momentum` is then the number 0. */
export const optional = (range: Range = {}): NumberRule<"optional"> => ({ kind: "optional", value: 0, range });
/** A number that is fixed when the model is built, such as an initial value: no call overrides it. */
export const fixed = (value: number, range: Range = {}): FixedRule => ({ kind: "fixed", value, range });
/** A boolean that fixes the graph. */
export const flag = (value = false): FlagRule => ({ kind: "flag", value });

/** A hyper-parameter over time: `t` is the number of updates done before this one, from 0. */
export type Schedule = (t: Scalar) => Scalar;

/** What the caller may write for the declared hyper-parameters. */
export type OptionsOf<H extends HyperRules> = {
  readonly [K in keyof H]?: H[K] extends { kind: "flag" }
    ? boolean
    : H[K] extends { kind: "numbers" }
      ? readonly (number | Schedule)[]
      : H[K] extends { kind: "fixed" }
        ? number
        : number | Schedule;
};

/** What `update` and `state` see of the hyper-parameters. */
export type HyperOf<H extends HyperRules> = {
  readonly [K in keyof H]: H[K] extends { kind: "flag" }
    ? boolean
    : H[K] extends { kind: "numbers" }
      ? readonly Scalar[]
      : H[K] extends { kind: "optional" }
        ? Scalar | 0
        : H[K] extends { kind: "fixed" }
          ? number
          : Scalar;
};

/** The initial value of a state tensor: one number everywhere. */
export interface StateInit {
  readonly shape: readonly Size[];
  readonly value: number;
}

type AnyTensor = Tensor<Shape>;

/** An optimizer as data: its hyper-parameters, what it keeps for each parameter, and one step of its formula. */
export interface OptimizerDeclaration<H extends HyperRules, S extends string> {
  /** As it is printed and saved. */
  readonly name: string;
  /** The options that it takes: `number`, `numbers`, `flag`, `optional` and `fixed` make them. */
  readonly hyper: H;
  /** A rule between options that no range can say; returns what is wrong, or null. */
  check?(options: OptionsOf<H>): string | null;
  /** What is kept for each parameter, under PyTorch's names. `like(x)` has the parameter's shape and is filled with x. */
  state(context: {
    readonly like: (value: number) => StateInit;
    readonly shape: readonly Size[];
    readonly hyper: HyperOf<H>;
  }): Partial<Record<S, StateInit>>;
  /**
   * The parameter and its state after the step: from `param`, `grad`, `state` by name, the values of `hyper`, and `step`,
   * which counts from 1, to `{ param, state }`.
   */
  update(context: {
    readonly param: AnyTensor;
    readonly grad: AnyTensor;
    readonly state: Readonly<Record<S, AnyTensor>>;
    readonly hyper: HyperOf<H>;
    readonly step: Scalar;
  }): { readonly param: AnyTensor; readonly state: Partial<Record<S, AnyTensor>> };
}

/** One run-time hyper-parameter: a host variable. */
export interface HyperVariable {
  /** The variable's name in the compiled function: `lr`, `beta1`. */
  readonly variable: string;
  /** The option it belongs to, and its place if the option has several: `betas`, 0. */
  readonly option: string;
  readonly position: number | null;
  /** The default, unless `schedule` gives it. */
  readonly value: number;
  readonly schedule: Expression | null;
  readonly range: Range;
}

/** A declared optimizer with its options chosen. */
export interface Optimizer {
  readonly name: string;
  readonly variables: readonly HyperVariable[];
  readonly states: (shape: readonly Size[]) => Readonly<Record<string, StateInit>>;
  readonly update: (
    param: Expression,
    grad: Expression,
    state: Readonly<Record<string, Expression>>,
  ) => { readonly param: Expression; readonly state: Readonly<Record<string, Expression>> };
}

/** The 1-based number of the running update, as a host scalar. */
export const stepScalar = (): Expression => hyperLeaf("step");

function invalid(optimizer: string, option: string, expected: string, found: unknown, hint?: string): never {
  return fail({
    code: "invalid-hyper",
    message: `${optimizer}: option '${option}' has an unusable value`,
    expected,
    found: describe(found),
    hint,
  });
}

/** The range in words: `a finite number, at least 0 and below 1`. */
export function describeRange({ from, below, above }: Range): string {
  const parts = [
    ...(from === undefined ? [] : [`at least ${from}`]),
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(below === undefined ? [] : [`below ${below}`]),
  ];
  return parts.length > 0 ? `a finite number, ${parts.join(" and ")}` : "a finite number";
}

const inRange = (value: number, { from = -Infinity, below = Infinity, above = -Infinity }: Range): boolean =>
  Number.isFinite(value) && value >= from && value < below && value > above;

/** Option names that a call uses for itself, and variables that the compiled function has already. */
const taken: ReadonlySet<string> = new Set([
  "loss",
  "into",
  "dims",
  "step",
  "call",
  "seed",
  "seedLow",
  "seedHigh",
  "hyper",
]);

function checkDeclaration(declaration: OptimizerDeclaration<HyperRules, string>): void {
  const { name, hyper } = declaration;
  for (const part of ["name", "hyper", "state", "update"] as const) {
    const kind = { name: "string", hyper: "object", state: "function", update: "function" }[part];
    if (typeof declaration[part] === kind && declaration[part] !== null) continue;
    fail({
      code: "invalid-optimizer",
      message: `optimizer: its declaration has no usable ${part}`,
      expected: `${part}: ${kind === "object" ? "an object" : `a ${kind}`}`,
      found: describe(declaration[part]),
    });
  }
  for (const [option, rule] of Object.entries(hyper)) {
    if (!/^[A-Za-z_$][\w$]*$/.test(option) || taken.has(option) || option === "__proto__") {
      fail({
        code: taken.has(option) ? "reserved-name" : "invalid-name",
        message: `optimizer '${name}': an option cannot be called '${option}'`,
        expected: `a JavaScript identifier other than ${[...taken].join(", ")}`,
        found: option,
      });
    }
    if (typeof rule === "object" && rule !== null && "kind" in rule) continue;
    fail({
      code: "invalid-optimizer",
      message: `optimizer '${name}': option '${option}' is not declared`,
      expected: "number(default), numbers(defaults), optional(), fixed(default) or flag()",
      found: describe(rule),
    });
  }
}

/**
 * Declares an optimizer; the result takes its options. The update is classified by looking at the graph that it
 * makes, never at its name.
 */
export function optimizer<H extends HyperRules, S extends string>(
  declaration: OptimizerDeclaration<H, S>,
): (options?: OptionsOf<H>) => Optimizer {
  guarded("optimizer", [declaration], () =>
    checkDeclaration(declaration as unknown as OptimizerDeclaration<HyperRules, string>),
  );
  return entry(declaration.name, (options = {} as OptionsOf<H>) => {
    const { name, hyper: rules } = declaration;
    if (typeof options !== "object" || options === null || Array.isArray(options) || isExpression(options)) {
      fail({
        code: "invalid-hyper",
        message: `${name}: the options are not an object`,
        expected: `options such as { ${Object.keys(rules)[0]}: ... }`,
        found: describe(options),
      });
    }
    for (const given of Object.keys(options)) {
      if (Object.hasOwn(rules, given)) continue;
      const near = nearest(given, Object.keys(rules));
      fail({
        code: "invalid-hyper",
        message: `${name}: there is no option '${given}'`,
        expected: `one of ${Object.keys(rules).join(", ")}`,
        found: given,
        hint: near === undefined ? undefined : `did you mean ${near}?`,
      });
    }
    const variables: HyperVariable[] = [];
    const time = (stepScalar() as unknown as Scalar).sub(1);
    const variable = (option: string, position: number | null, rule: { readonly range: Range }, given: unknown) => {
      const label = position === null ? option : `${option.replace(/s$/, "")}${position + 1}`;
      const schedule = typeof given === "function" ? ((given as Schedule)(time) as unknown) : null;
      if (
        schedule !== null &&
        !(isExpression(schedule) && schedule.element === "scalar") &&
        typeof schedule !== "number"
      ) {
        invalid(name, option, "a schedule that returns a scalar made from t", schedule);
      }
      const value = typeof schedule === "number" ? schedule : given;
      const usesSchedule = schedule !== null && typeof schedule !== "number";
      if (!usesSchedule && !(typeof value === "number" && inRange(value, rule.range))) {
        invalid(name, option, describeRange(rule.range), value);
      }
      variables.push({
        variable: label,
        option,
        position,
        value: usesSchedule ? NaN : (value as number),
        schedule: usesSchedule ? (schedule as Expression) : null,
        range: rule.range,
      });
      return hyperLeaf(label) as unknown as Scalar;
    };
    const seen = Object.entries(rules).map(([option, rule]) => {
      const given = (Object.hasOwn(options, option) ? options[option] : undefined) ?? rule.value;
      if (rule.kind === "flag") {
        if (typeof given !== "boolean") invalid(name, option, "true or false", given);
        return [option, given];
      }
      if (rule.kind === "numbers") {
        if (!Array.isArray(given) || given.length !== rule.value.length) {
          invalid(name, option, `${rule.value.length} numbers in an array`, given);
        }
        return [option, (given as unknown[]).map((each, position) => variable(option, position, rule, each))];
      }
      if (rule.kind === "fixed") {
        if (!(typeof given === "number" && inRange(given, rule.range))) {
          invalid(name, option, describeRange(rule.range), given);
        }
        return [option, given];
      }
      if (rule.kind === "optional" && given === 0) return [option, 0];
      return [option, variable(option, null, rule, given)];
    });
    const fault = declaration.check?.(options);
    if (fault) {
      const found = Object.entries(options).map(([option, value]) => `${option}: ${String(value)}`);
      fail({
        code: "invalid-hyper",
        message: `${name}: ${fault}`,
        expected: "options that go together",
        found: found.join(", ") || "no options",
      });
    }
    const hyper = Object.fromEntries(seen) as HyperOf<H>;
    return Object.freeze({
      name,
      variables,
      states: (shape: readonly Size[]) =>
        declaration.state({ like: (value) => ({ shape, value }), shape, hyper }) as Record<string, StateInit>,
      update: (param, grad, state) =>
        declaration.update({
          param: param as unknown as AnyTensor,
          grad: grad as unknown as AnyTensor,
          state: state as unknown as Readonly<Record<S, AnyTensor>>,
          hyper,
          step: stepScalar() as unknown as Scalar,
        }) as unknown as ReturnType<Optimizer["update"]>,
    } satisfies Optimizer);
  });
}
