/** Sizes and indices as JavaScript expressions. All are whole numbers, and none is negative. */
import type { Factor, Size, Term } from "../../ir/size.js";

export type FactorName = (factor: Exclude<Factor, { kind: "floor" }>) => string;

/** Prints the floor of a quotient. */
export type Quotient = (numerator: string, denominator: string, mayBeNegative: boolean) => string;

/** A numerator that is not negative is below 2^31, so that the cut to an integer is the floor. */
const cut: Quotient = (numerator, denominator, negative) =>
  negative ? `Math.floor(${numerator} / ${denominator})` : `((${numerator} / ${denominator}) | 0)`;

function printFactor(factor: Factor, name: FactorName, quotient: Quotient): string {
  if (factor.kind !== "floor") return name(factor);
  const negative = factor.numerator.terms.some((term) => term.coefficient < 0);
  return quotient(within(factor.numerator, name, quotient), within(factor.denominator, name, quotient), negative);
}

/** Whether its text is one word, or has parentheses already. */
export function isWord({ terms }: Size): boolean {
  const [only, ...others] = terms;
  if (only === undefined) return true;
  if (others.length > 0 || only.coefficient < 0) return false;
  return only.factors.length === 0 || (only.factors.length === 1 && only.coefficient === 1);
}

function within(size: Size, name: FactorName, quotient: Quotient): string {
  const text = printSize(size, name, quotient);
  return isWord(size) ? text : `(${text})`;
}

function printTerm(term: Term, name: FactorName, quotient: Quotient): string {
  const factors = term.factors.map((factor) => printFactor(factor, name, quotient));
  const coefficient = Math.abs(term.coefficient);
  if (factors.length === 0) return String(coefficient);
  return coefficient === 1 ? factors.join(" * ") : [...factors, coefficient].join(" * ");
}

export function printSize(size: Size, name: FactorName, quotient: Quotient = cut): string {
  if (size.terms.length === 0) return "0";
  // The longest step first, as a person would write it: `i * 100 + j`. A positive term leads if there is one.
  const order = (term: Term): number => (term.factors.length === 0 ? 0 : Math.abs(term.coefficient));
  const terms = [...size.terms].sort((a, b) => order(b) - order(a));
  const first = terms.findIndex((term) => term.coefficient > 0);
  if (first > 0) terms.unshift(...terms.splice(first, 1));
  return terms
    .map((term, position) => {
      const text = printTerm(term, name, quotient);
      if (position === 0) return term.coefficient < 0 ? `-${text}` : text;
      return `${term.coefficient < 0 ? "-" : "+"} ${text}`;
    })
    .join(" ");
}
