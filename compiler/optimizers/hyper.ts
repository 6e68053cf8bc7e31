/** The kinds of hyper-parameters that an optimizer of one's own declares: `hyper.number(1e-3)`. */
import { fail } from "../diagnostics.js";
import { describe, guarded } from "../ir/guards.js";
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
/** Several numbers under one name, such as betas. One that is null by default may be left so: `hyper` then has null. */
export const numbers = <const V extends readonly (number | null)[]>(value: V, range: Range = {}): NumbersRule<V> => ({
  kind: "numbers",
  value,
  range,
});
/** A number that is left out of the graph where it is omitted or 0: `hyper.momentum` is then the number 0. */
export const optional = (range: Range = {}): NumberRule<"optional"> => ({ kind: "optional", value: 0, range });
/** A number that is fixed when the model is built, such as an initial value: no call overrides it. */
export const fixed = (value: number, range: Range = {}): FixedRule => ({ kind: "fixed", value, range });
/** Several numbers under one name that are fixed when the model is built, such as those that an evaluation needs. */
export const fixedNumbers = <const V extends readonly number[]>(value: V, range: Range = {}): FixedNumbersRule<V> => ({
  kind: "fixedNumbers",
  value,
  range,
});
/**
 * The number that another option has at the start, which no call and no schedule changes: its default, or its
 * schedule's value at t = 0. The caller may give another one.
 */
export const initialOf = (option: string, range: Range = {}): InitialRule => ({
  kind: "initial",
  value: null,
  of: option,
  range,
});
/** One of several words, the first by default: it fixes the graph. */
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
      found: describe(words),
    });
  }
  return { kind: "choice", value: words[0], words };
};
/** A boolean that fixes the graph. */
export const flag = (value = false): FlagRule => ({ kind: "flag", value });
