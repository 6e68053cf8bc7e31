/**
 * Integer expressions: sizes of tensors, and the indices at which kernels load and store.
 *
 * An expression is a polynomial with integer coefficients in named dimensions and loop indices, plus floor division.
 * It is kept in a normal form whose printed `key` is unique, so that equality is equality of keys. `a mod b` is
 * written `a - b * floor(a / b)`: splitting a linear index and joining it again then cancels by itself.
 */

export type Size = {
  /** The normal form as text, without spaces: equal sizes have equal keys. */
  readonly key: string;
  readonly terms: readonly Term[];
};

/** `coefficient * factors[0] * factors[1] * ...`, the factors sorted by key. */
export type Term = { readonly coefficient: number; readonly factors: readonly Factor[] };

export type Factor =
  | { readonly kind: "dimension"; readonly key: string; readonly name: string }
  | { readonly kind: "index"; readonly key: string; readonly index: Index }
  | { readonly kind: "floor"; readonly key: string; readonly numerator: Size; readonly denominator: Size };

/** A loop index, or an integer value read from memory: at least 0 and, where `extent` is known, below it. */
export type Index = { readonly id: string; readonly extent: Size | null };

/** A size as a public function takes it: a whole number, or the name of a dimension. */
export type SizeLike = number | string | Size;

function fromTerms(terms: readonly Term[]): Size {
  const sums = new Map<string, Term>();
  for (const term of terms) {
    const key = term.factors.map((factor) => factor.key).join("*");
    const before = sums.get(key);
    sums.set(key, before ? { ...before, coefficient: before.coefficient + term.coefficient } : term);
  }
  const kept = [...sums].filter(([, term]) => term.coefficient !== 0);
  // Higher degree first, the constant last: `64*batch+3`.
  kept.sort(([a, x], [b, y]) => y.factors.length - x.factors.length || (a < b ? -1 : a > b ? 1 : 0));
  const key = kept
    .map(([name, term], position) => {
      const sign = position > 0 && term.coefficient >= 0 ? "+" : "";
      if (name === "") return `${sign}${term.coefficient}`;
      if (term.coefficient === 1) return `${sign}${name}`;
      return term.coefficient === -1 ? `-${name}` : `${sign}${term.coefficient}*${name}`;
    })
    .join("");
  return { key: key || "0", terms: kept.map(([, term]) => term) };
}

const constants = new Map<number, Size>();

/** The size of a whole number, of a named dimension, or the size itself. */
export function size(value: SizeLike): Size {
  if (typeof value === "object") return value;
  if (typeof value === "string") return ofFactor({ kind: "dimension", key: value, name: value });
  let known = constants.get(value);
  if (!known) constants.set(value, (known = fromTerms([{ coefficient: value, factors: [] }])));
  return known;
}

function ofFactor(factor: Factor): Size {
  return fromTerms([{ coefficient: 1, factors: [factor] }]);
}

/** The expression that is just this index. */
export function indexSize(index: Index): Size {
  return ofFactor({ kind: "index", key: `%${index.id}`, index });
}

export const zero = size(0);
export const one = size(1);

export function add(...sizes: readonly Size[]): Size {
  // Most sums are of numbers or have one part: they need no normal form anew.
  const parts = sizes.filter(({ terms }) => terms.length > 0);
  if (parts.length < 2) return parts[0] ?? zero;
  let sum: number | null = 0;
  for (const part of parts) {
    const value = constantOf(part);
    sum = sum === null || value === null ? null : sum + value;
  }
  return sum === null ? fromTerms(parts.flatMap((each) => each.terms)) : size(sum);
}

export function sub(a: Size, b: Size): Size {
  return add(a, scale(b, -1));
}

function scale(a: Size, by: number): Size {
  return fromTerms(a.terms.map((term) => ({ ...term, coefficient: term.coefficient * by })));
}

function mulTerms(a: Term, b: Term): Term {
  const factors = [...a.factors, ...b.factors].sort((x, y) => (x.key < y.key ? -1 : x.key > y.key ? 1 : 0));
  return { coefficient: a.coefficient * b.coefficient, factors };
}

export function mul(...sizes: readonly Size[]): Size {
  let product = one;
  for (const each of sizes) product = product === one ? each : each === one ? product : times(product, each);
  return product;
}

function times(left: Size, right: Size): Size {
  const [a, b] = [constantOf(left), constantOf(right)];
  if (a !== null && b !== null) return size(a * b);
  return fromTerms(left.terms.flatMap((x) => right.terms.map((y) => mulTerms(x, y))));
}

/** The term divided by the divisor, if it divides without remainder. */
function divideTerm(term: Term, by: Term): Term | null {
  if (term.coefficient % by.coefficient !== 0) return null;
  const factors = [...term.factors];
  for (const factor of by.factors) {
    const position = factors.findIndex((each) => each.key === factor.key);
    if (position < 0) return null;
    factors.splice(position, 1);
  }
  return { coefficient: term.coefficient / by.coefficient, factors };
}

/** `floor(a / b)`, for b > 0. Terms that b divides move outside; a rest that is known to lie in [0, b) vanishes. */
export function floorDiv(a: Size, b: Size): Size {
  const divisor = constantOf(b);
  if (divisor === 1) return a;
  const value = constantOf(a);
  if (value !== null && divisor !== null) return size(Math.floor(value / divisor));
  if (b.terms.length !== 1) {
    if (a.key === b.key) return one;
    if (a.key === "0" || within(a, b)) return zero;
    return ofFactor({ kind: "floor", key: `floor(${a.key}/${b.key})`, numerator: a, denominator: b });
  }
  const by = b.terms[0] as Term;
  const whole: Term[] = [];
  const rest: Term[] = [];
  for (const term of a.terms) {
    const quotient = divideTerm(term, by);
    if (quotient) whole.push(quotient);
    else if (by.factors.length === 0 && term.factors.length === 0) {
      const quotientOfConstant = Math.floor(term.coefficient / by.coefficient);
      whole.push({ coefficient: quotientOfConstant, factors: [] });
      rest.push({ coefficient: term.coefficient - quotientOfConstant * by.coefficient, factors: [] });
    } else rest.push(term);
  }
  const remainder = fromTerms(rest);
  const outside = fromTerms(whole);
  if (remainder.key === "0" || within(remainder, b)) return outside;
  const floor: Factor = {
    kind: "floor",
    key: `floor(${remainder.key}/${b.key})`,
    numerator: remainder,
    denominator: b,
  };
  return add(outside, ofFactor(floor));
}

/** `a - b * floor(a / b)`. */
export function mod(a: Size, b: Size): Size {
  return sub(a, mul(b, floorDiv(a, b)));
}

/**
 * Whether 0 <= a < bound is certain for every value of the indices. It peels indices off `a` as if it were a number
 * written with the digits `index_n ... index_0`: an index with coefficient c and extent e lies below bound if the
 * others lie below c and c * e = bound; constants are compared as numbers.
 */
function within(a: Size, bound: Size): boolean {
  const digits: { coefficient: Size; extent: Size }[] = [];
  let offset = 0;
  for (const term of a.terms) {
    const position = term.factors.findIndex((factor) => factor.kind === "index");
    if (position < 0) {
      if (term.factors.length > 0 || term.coefficient < 0) return false;
      offset = term.coefficient;
      continue;
    }
    const factor = term.factors[position] as Factor & { kind: "index" };
    if (factor.index.extent === null || term.coefficient < 0) return false;
    const others = term.factors.filter((_, i) => i !== position);
    if (others.some((each) => each.kind === "index")) return false;
    digits.push({
      coefficient: fromTerms([{ coefficient: term.coefficient, factors: others }]),
      extent: factor.index.extent,
    });
  }
  const limit = constantOf(bound);
  if (limit !== null) {
    let most = offset;
    for (const { coefficient, extent } of digits) {
      const [c, e] = [constantOf(coefficient), constantOf(extent)];
      if (c === null || e === null) return false;
      most += c * (e - 1);
    }
    return most < limit;
  }
  if (offset !== 0) return false;
  let below = bound;
  while (digits.length > 0) {
    const position = digits.findIndex(({ coefficient, extent }) => mul(coefficient, extent).key === below.key);
    if (position < 0) return false;
    below = (digits.splice(position, 1)[0] as { coefficient: Size }).coefficient;
  }
  return true;
}

export function product(sizes: readonly Size[]): Size {
  return mul(...sizes);
}

export function equal(a: Size, b: Size): boolean {
  return a.key === b.key;
}

export function equalAll(a: readonly Size[], b: readonly Size[]): boolean {
  return a.length === b.length && a.every((each, axis) => equal(each, b[axis] as Size));
}

/** The number, if the size is one; else null. */
export function constantOf(a: Size): number | null {
  if (a.terms.length === 0) return 0;
  const [term] = a.terms;
  return a.terms.length === 1 && term && term.factors.length === 0 ? term.coefficient : null;
}

/** The value of the size when every dimension and index has the given value. Throws if one is missing. */
export function evaluate(a: Size, valueOf: (name: string) => number | undefined): number {
  let sum = 0;
  for (const term of a.terms) {
    let value = term.coefficient;
    for (const factor of term.factors) {
      if (factor.kind === "floor") {
        value *= Math.floor(evaluate(factor.numerator, valueOf) / evaluate(factor.denominator, valueOf));
        continue;
      }
      const known = valueOf(factor.kind === "dimension" ? factor.name : factor.index.id);
      if (known === undefined) throw new Error(`size ${a.key}: '${factor.key}' has no value`);
      value *= known;
    }
    sum += value;
  }
  return sum;
}

/** The size with dimensions and indices replaced; `replacement` gives undefined for what stays. */
export function substitute(a: Size, replacement: (factor: Factor) => Size | undefined): Size {
  if (a.terms.every((term) => term.factors.length === 0)) return a;
  const parts = a.terms.map((term) => {
    const factors = term.factors.map((factor) => {
      if (factor.kind === "floor") {
        return floorDiv(substitute(factor.numerator, replacement), substitute(factor.denominator, replacement));
      }
      return replacement(factor) ?? ofFactor(factor);
    });
    return mul(size(term.coefficient), ...factors);
  });
  return add(...parts);
}

/** Calls `visit` for every dimension and index in the size, those inside floors included. */
export function visitFactors(a: Size, visit: (factor: Factor) => void): void {
  for (const term of a.terms) {
    for (const factor of term.factors) {
      visit(factor);
      if (factor.kind === "floor") {
        visitFactors(factor.numerator, visit);
        visitFactors(factor.denominator, visit);
      }
    }
  }
}

/** The names of the dimensions in the size, sorted. */
export function dimensionsOf(a: Size): string[] {
  const names = new Set<string>();
  visitFactors(a, (factor) => {
    if (factor.kind === "dimension") names.add(factor.name);
  });
  return [...names].sort();
}

/** The indices in the size. */
export function indicesOf(a: Size): Index[] {
  const found = new Map<string, Index>();
  visitFactors(a, (factor) => {
    if (factor.kind === "index") found.set(factor.index.id, factor.index);
  });
  return [...found.values()];
}

/**
 * `a` as `coefficient * index + rest`, where neither part contains the index; null if `a` is not affine in it.
 */
export function splitAffine(a: Size, index: Index): { coefficient: Size; rest: Size } | null {
  const key = `%${index.id}`;
  const coefficient: Term[] = [];
  const rest: Term[] = [];
  for (const term of a.terms) {
    const here = term.factors.filter((factor) => factor.key === key).length;
    if (here > 1) return null;
    const others = term.factors.filter((factor) => factor.key !== key);
    for (const factor of others) {
      if (factor.kind !== "floor") continue;
      const inside = [...indicesOf(factor.numerator), ...indicesOf(factor.denominator)];
      if (inside.some((each) => each.id === index.id)) return null;
    }
    (here === 1 ? coefficient : rest).push(here === 1 ? { ...term, factors: others } : term);
  }
  return { coefficient: fromTerms(coefficient), rest: fromTerms(rest) };
}

/** A shape as text: `[batch, 100]`. */
export function printShape(shape: readonly Size[]): string {
  return `[${shape.map((each) => each.key).join(", ")}]`;
}
