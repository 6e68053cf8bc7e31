/**
 * The places that an index expression takes while the loops around it run, at given run-time sizes: as bounds, and as
 * an exact set if the expression is a number that has the loop indices as digits.
 */
import {
  add,
  constantOf,
  indexSize,
  indicesOf,
  mul,
  size,
  splitAffine,
  substitute,
  visitFactors,
  type Factor,
  type Size,
} from "../../ir/size.js";

export interface Interval {
  readonly from: number;
  readonly to: number;
}

export const anything: Interval = { from: -Infinity, to: Infinity };

/** Sizes of the named dimensions. */
export type Sizes = Readonly<Record<string, number>>;

/**
 * The number of values that an index takes: the run-time extent of a loop, or the number below which a bound index must
 * lie.
 */
export type ExtentOf = (id: string) => number | undefined;

/** `constant + sum of coefficient * digit`, each digit from 0 to below its extent. */
export interface Digits {
  readonly constant: number;
  readonly digits: readonly { readonly id: string; readonly coefficient: number; readonly extent: number }[];
  /** Whether every combination of digits occurs; else they only bound the places. */
  readonly exact: boolean;
}

/** The usual case, fast: a sum of indices with coefficients that are numbers at the given sizes. */
function linear(index: Size, sizes: Sizes, extentOf: ExtentOf): Digits | null {
  let constant = 0;
  const found = new Map<string, number>();
  for (const term of index.terms) {
    let coefficient = term.coefficient;
    let id: string | null = null;
    for (const factor of term.factors) {
      if (factor.kind === "floor") return null;
      if (factor.kind === "dimension") {
        coefficient *= sizes[factor.name] as number;
        continue;
      }
      if (id !== null) return null;
      id = factor.index.id;
    }
    if (id === null) constant += coefficient;
    else found.set(id, (found.get(id) ?? 0) + coefficient);
  }
  const digits = [];
  for (const [id, coefficient] of found) {
    const extent = extentOf(id);
    if (extent === undefined) return null;
    if (coefficient !== 0) digits.push({ id, coefficient, extent });
  }
  return { constant, digits, exact: true };
}

/** A floor by a number, of a sum in which there are no other floors: the one with the largest divisor. */
function largestFloor(index: Size): (Factor & { kind: "floor" }) | null {
  let found: (Factor & { kind: "floor" }) | null = null;
  let most = 0;
  visitFactors(index, (factor) => {
    if (factor.kind !== "floor") return;
    const divisor = constantOf(factor.denominator);
    if (divisor === null || divisor <= most) return;
    if (factor.numerator.terms.some(({ factors }) => factors.some(({ kind }) => kind === "floor"))) return;
    [found, most] = [factor, divisor];
  });
  return found;
}

/**
 * The index as digits. An index under a floor is written with two digits, `i = b * high + low`: then `floor(i / b)` is
 * `high`, and the normal form of sizes simplifies the rest.
 */
export function digitsOf(index: Size, sizes: Sizes, extentOf: ExtentOf): Digits | null {
  const quick = linear(index, sizes, extentOf);
  if (quick) return quick;
  const extents = new Map<string, number>();
  const numbered = (id: string, extent: number): Size => {
    extents.set(id, extent);
    return extent === 1 ? size(0) : indexSize({ id, extent: size(extent) });
  };
  let missing = false;
  let at = substitute(index, (factor) => {
    if (factor.kind === "dimension") return size(sizes[factor.name] as number);
    if (factor.kind !== "index") return undefined;
    const extent = extentOf(factor.index.id);
    if (extent === undefined) missing = true;
    return numbered(factor.index.id, extent ?? 1);
  });
  if (missing) return null;
  let exact = true;
  for (let round = 0; round < 12; round++) {
    const floor = largestFloor(at);
    if (!floor) break;
    const divisor = constantOf(floor.denominator) as number;
    const split = indicesOf(floor.numerator).flatMap((each) => {
      const coefficient = constantOf(splitAffine(floor.numerator, each)?.coefficient ?? size("?")) ?? 0;
      const base = coefficient > 0 && divisor % coefficient === 0 ? divisor / coefficient : 0;
      const extent = extents.get(each.id) as number;
      return base > 1 && base < extent ? [{ each, base, extent }] : [];
    });
    const [first] = split;
    if (!first) break;
    const { each, base, extent } = first;
    exact &&= extent % base === 0;
    const high = numbered(`${each.id}/${base}`, Math.ceil(extent / base));
    const low = numbered(`${each.id}%${base}`, base);
    const digits = add(mul(size(base), high), low);
    at = substitute(at, (factor) => (factor.kind === "index" && factor.index.id === each.id ? digits : undefined));
  }
  const made = linear(at, sizes, (id) => extents.get(id));
  return made && { ...made, exact };
}

/** The least and the greatest place. */
export function boundsOf({ constant, digits }: Digits): Interval {
  let [from, to] = [constant, constant];
  for (const { coefficient, extent } of digits) {
    if (coefficient > 0) to += coefficient * (extent - 1);
    else from += coefficient * (extent - 1);
  }
  return { from, to };
}

/** Bounds by interval arithmetic, for an expression without digits. */
export function looseBounds(index: Size, sizes: Sizes, extentOf: ExtentOf): Interval {
  let sum: Interval = { from: 0, to: 0 };
  for (const term of index.terms) {
    let product: Interval = { from: term.coefficient, to: term.coefficient };
    for (const factor of term.factors) {
      let here: Interval;
      if (factor.kind === "dimension") here = { from: sizes[factor.name] as number, to: sizes[factor.name] as number };
      else if (factor.kind === "index") {
        const extent = extentOf(factor.index.id);
        here = extent === undefined ? anything : { from: 0, to: extent - 1 };
      } else {
        const [above, below] = [factor.numerator, factor.denominator].map((each) =>
          looseBounds(each, sizes, extentOf),
        ) as [Interval, Interval];
        const corners = [above.from / below.from, above.from / below.to, above.to / below.from, above.to / below.to];
        here = { from: Math.floor(Math.min(...corners)), to: Math.floor(Math.max(...corners)) };
      }
      const corners = [
        product.from * here.from,
        product.from * here.to,
        product.to * here.from,
        product.to * here.to,
      ].map((each) => (Number.isNaN(each) ? 0 : each));
      product = { from: Math.min(...corners), to: Math.max(...corners) };
    }
    sum = { from: sum.from + product.from, to: sum.to + product.to };
  }
  return sum;
}

interface Runs {
  readonly constant: number;
  readonly runs: readonly { readonly coefficient: number; readonly extent: number }[];
}

/**
 * Digits in one unique form: with positive coefficients, without digits of one value, the smallest first, and joined if
 * they step evenly.
 */
function normal(first: number, given: readonly { readonly coefficient: number; readonly extent: number }[]): Runs {
  let constant = first;
  const digits = given.map(({ coefficient, extent }) => {
    if (coefficient < 0) constant += coefficient * (extent - 1);
    return { coefficient: Math.abs(coefficient), extent };
  });
  const sorted = digits.filter(({ extent }) => extent > 1).sort((a, b) => a.coefficient - b.coefficient);
  const runs: { coefficient: number; extent: number }[] = [];
  for (const each of sorted) {
    const last = runs[runs.length - 1];
    if (last && last.coefficient * last.extent === each.coefficient) last.extent *= each.extent;
    else runs.push({ coefficient: each.coefficient, extent: each.extent });
  }
  return { constant, runs };
}

/** Whether digits name every element of a buffer exactly once, and nothing else. */
export function coversExactly(index: Digits, shape: readonly number[], strides: readonly number[]): boolean {
  const here = normal(index.constant, index.digits);
  const there = normal(
    0,
    shape.map((extent, axis) => ({ coefficient: strides[axis] as number, extent })),
  );
  return (
    here.constant === there.constant &&
    here.runs.length === there.runs.length &&
    here.runs.every(({ coefficient, extent }, position) => {
      const other = there.runs[position];
      return other?.coefficient === coefficient && other.extent === extent;
    })
  );
}
