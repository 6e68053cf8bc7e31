/** The kinds of hyper-parameters that an optimizer of one's own declares: `hyper.number(1e-3)`. */
import { fail } from "../diagnostics.js";
import { describeValue, guarded } from "../ir/guards.js";
import type {
  ChoiceRule,
  FixedNumbersRule,
  FixedRule,
  FlagRule,
  InitialRule,
  NumberRule,
  NumbersRule,
  Range,
} from "./hyperparameters.js";

/** A hyper-parameter with a default; the caller may give a number or a schedule. */
export const number = (value: number, range: Range = {}): NumberRule<"number"> => ({ kind: "number", value, range });
/**
 * Several numbers under one name, such as betas. A number may be null by default; if it stays null, the formula sees
 * null.
 */
export const numbers = <const V extends readonly (number | null)[]>(value: V, range: Range = {}): NumbersRule<V> => ({
  kind: "numbers",
  value,
  range,
});
/** A number that is left out of the graph if it is omitted or 0: the formula then sees the number 0. */
export const optional = (range: Range = {}): NumberRule<"optional"> => ({ kind: "optional", value: 0, range });
/** A number that is fixed when the model is built, such as an initial value: a call cannot override it. */
export const fixed = (value: number, range: Range = {}): FixedRule => ({ kind: "fixed", value, range });
/** Several numbers under one name that are fixed when the model is built, such as those that `evaluate` needs. */
export const fixedNumbers = <const V extends readonly number[]>(value: V, range: Range = {}): FixedNumbersRule<V> => ({
  kind: "fixedNumbers",
  value,
  range,
});
/**
 * The initial value of another option: its default, or its schedule's value at t = 0. Calls and schedules do not change
 * it; the caller may give another value.
 */
export const initialOf = (option: string, range: Range = {}): InitialRule => ({
  kind: "initial",
  value: null,
  of: option,
  range,
});
/** One of several words, the first by default; fixed when the model is built. */
export const choice = <const W extends readonly [string, ...string[]]>(words: W): ChoiceRule<W[number]> => {
  const areWords = guarded(
    "hyper.choice",
    [words],
    () => Array.isArray(words) && words.every((word) => typeof word === "string"),
  );
  if (!areWords || words.length === 0) {
    fail({
      code: "invalid-argument",
      message: "hyper.choice: its words are not usable",
      expected: 'an array of words, such as ["group", "global"]',
      found: describeValue(words),
    });
  }
  return { kind: "choice", value: words[0], words };
};
/** A boolean, fixed when the model is built. */
export const flag = (value = false): FlagRule => ({ kind: "flag", value });
