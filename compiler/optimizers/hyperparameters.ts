/**
 * The options of an optimizer: their kinds, the types of values that a caller may give for each, and of those that the
 * formula sees.
 */
import type { HostNumber } from "../ir/tensorMethods.js";
import type { Schedule } from "./schedule.js";

/** A number that a call may override: it is a host variable of the compiled function. */
export interface NumberRule<Kind extends "number" | "optional"> {
  readonly kind: Kind;
  readonly value: number;
  readonly range: Range;
}
/** Numbers that a call may override; those that may be left open are null by default. */
export interface NumbersRule<Values extends readonly (number | null)[] = readonly (number | null)[]> {
  readonly kind: "numbers";
  readonly value: Values;
  readonly range: Range;
}
export interface FixedRule {
  readonly kind: "fixed";
  readonly value: number;
  readonly range: Range;
}
/** Several numbers that are fixed when the model is built. */
export interface FixedNumbersRule<Values extends readonly number[] = readonly number[]> {
  readonly kind: "fixedNumbers";
  readonly value: Values;
  readonly range: Range;
}
/** A number that is fixed when the model is built: that of another option at the start, unless the caller gives one. */
export interface InitialRule {
  readonly kind: "initial";
  readonly value: null;
  readonly of: string;
  readonly range: Range;
}
/** One of several words, which fixes the graph. */
export interface ChoiceRule<Word extends string> {
  readonly kind: "choice";
  readonly value: Word;
  readonly words: readonly Word[];
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
  /** Values must be whole numbers. */
  readonly whole?: boolean;
}
export type HyperparameterSpec =
  | NumberRule<"number">
  | NumbersRule
  | NumberRule<"optional">
  | FixedRule
  | FixedNumbersRule
  | InitialRule
  | ChoiceRule<string>
  | FlagRule;
export type HyperRules = Readonly<Record<string, HyperparameterSpec>>;

/** The options that the caller may give for the declared hyper-parameters. */
export type OptionsOf<H extends HyperRules> = {
  readonly [K in keyof H]?: H[K] extends { kind: "flag" }
    ? boolean
    : H[K] extends NumbersRule<infer V>
      ? readonly (number | Schedule | Extract<V[number], null>)[]
      : H[K] extends { kind: "fixed" | "initial" }
        ? number
        : H[K] extends { kind: "fixedNumbers" }
          ? readonly number[]
          : H[K] extends ChoiceRule<infer W>
            ? W
            : number | Schedule;
};

/** The hyper-parameters as `update` and `state` see them. */
export type HyperOf<H extends HyperRules> = {
  readonly [K in keyof H]: H[K] extends { kind: "flag" }
    ? boolean
    : H[K] extends NumbersRule<infer V>
      ? { readonly [I in keyof V]: V[I] extends null ? HostNumber | null : HostNumber }
      : H[K] extends { kind: "optional" }
        ? HostNumber | 0
        : H[K] extends { kind: "fixed" | "initial" }
          ? number
          : H[K] extends FixedNumbersRule<infer V>
            ? { readonly [P in keyof V]: number }
            : H[K] extends ChoiceRule<infer W>
              ? W
              : HostNumber;
};

/** The hyper-parameters that are known when the model is built. */
export type BuiltOf<H extends HyperRules> = {
  readonly [
    K in keyof H as H[K] extends { kind: "flag" | "fixed" | "fixedNumbers" | "initial" | "choice" } ? K : never
  ]: HyperOf<H>[K];
};

/** The range in words: `a finite number, at least 0 and below 1`. */
export function describeRange({ from, below, above, whole = false }: Range): string {
  const kind = whole ? "a whole number" : "a finite number";
  const parts = [
    ...(from === undefined ? [] : [`at least ${from}`]),
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(below === undefined ? [] : [`below ${below}`]),
  ];
  return parts.length > 0 ? `${kind}, ${parts.join(" and ")}` : kind;
}

export const inRange = (
  value: number,
  { from = -Infinity, below = Infinity, above = -Infinity, whole = false }: Range,
): boolean => Number.isFinite(value) && value >= from && value < below && value > above && !(whole && value % 1 !== 0);
